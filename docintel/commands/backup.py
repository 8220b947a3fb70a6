"""`docintel backup` and `docintel restore`."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from docintel.commands import HomeOption, JsonOption, console, settings_for
from docintel.display import file_size
from docintel.errors import UsageError

if TYPE_CHECKING:
    from docintel.backup import Saved

commands = typer.Typer()

TargetArgument = Annotated[Path, typer.Argument(metavar="TARGET", help="The folder of backups, best on another disk.")]
PassphraseOption = Annotated[
    Path | None,
    typer.Option("--passphrase-file", metavar="FILE", help="Encrypts; its first line is the passphrase; chmod 600."),
]


@commands.command()
def backup(
    target: TargetArgument,
    keep: Annotated[int | None, typer.Option(metavar="N", min=1, help="Only the newest N snapshots stay.")] = None,
    list_them: Annotated[bool, typer.Option("--list", help="Lists the snapshots; makes none.")] = False,
    verify: Annotated[
        bool, typer.Option("--verify", help="Reads all that is there and proves it; makes none.")
    ] = False,
    passphrase_file: PassphraseOption = None,
    home_dir: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """Makes a snapshot of the home while it is used; what an earlier one holds is not copied again."""
    if list_them + verify + (keep is not None) > 1:
        raise UsageError("Only one of --keep, --list and --verify at a time.")
    passphrase = _passphrase(passphrase_file)
    if list_them:
        _list(target, passphrase, json=json)
    elif verify:
        _verify(target, passphrase, json=json)
    else:
        _back_up(settings_for(home_dir).home, target, passphrase, keep, json=json)


@commands.command()
def restore(
    target: TargetArgument,
    home: Annotated[Path, typer.Argument(metavar="HOME", help="An empty folder, or a new one.")],
    snapshot: Annotated[str, typer.Option(metavar="S", help="As --list names it; the newest if none is named.")] = "",
    partial: Annotated[bool, typer.Option("--partial", help="Leaves out what is damaged in the backup.")] = False,
    passphrase_file: PassphraseOption = None,
    json: JsonOption = False,
) -> None:
    """Makes a home from a backup. Exit 1 where something of it is damaged."""
    from docintel.backup import restore as restored

    passphrase = _passphrase(passphrase_file)
    with console.byte_progress() as show:
        done = restored(
            target,
            settings_for(home),
            snapshot=snapshot,
            passphrase=passphrase,
            is_partial=partial,
            show=show,
        )
    for problem in done.damaged:
        console.note(f"left out: {console.printable(problem)}")
    if json:
        console.print_json(done.model_dump(mode="json"))
    else:
        console.note(
            f"{home} holds {done.documents:,} documents, {file_size(done.size)}, of snapshot {done.snapshot}; "
            f"the vector index is built when it is first used"
        )
    raise typer.Exit(1 if done.damaged else 0)


def _passphrase(path: Path | None) -> str:
    from docintel.backup import passphrase_in

    return passphrase_in(path) if path else ""


def _back_up(home: Path, target: Path, passphrase: str, keep: int | None, *, json: bool) -> None:
    from docintel.backup import back_up

    with console.byte_progress() as show:
        saved = back_up(home, target, passphrase=passphrase, keep=keep, show=show)
    if json:
        console.print_json(saved.model_dump(mode="json"))
    else:
        _tell(saved, console.note)
    for problem in saved.problems:
        console.note(f"damaged in the home: {console.printable(problem)}")
    if saved.problems:
        console.note("`docintel check --repair` mends what can be mended; no snapshot was removed")
    raise typer.Exit(1 if saved.problems else 0)


def _tell(saved: "Saved", note: Callable[[str], None]) -> None:
    note(
        f"snapshot {saved.snapshot}: {saved.documents:,} documents, {saved.files:,} files, {file_size(saved.size)}; "
        f"{file_size(saved.new_bytes)} of it were new"
    )
    if saved.removed:
        note(f"{len(saved.removed):,} older snapshots were removed")


def _list(target: Path, passphrase: str, *, json: bool) -> None:
    from docintel.backup import listed

    rows = [each.model_dump(mode="json") for each in listed(target, passphrase=passphrase)]
    if json:
        console.print_json(rows)
    else:
        console.print_rows(rows, ("snapshot", "made_at", "documents", "pages", "files", "size", "problem"))


def _verify(target: Path, passphrase: str, *, json: bool) -> None:
    from docintel.backup import verify

    is_sound = True
    with console.page_progress() as show:
        for finding in verify(target, passphrase=passphrase, show=show):
            is_sound = False
            if json:
                console.print_json(finding.model_dump(mode="json"))
            else:
                console.print_line(console.printable(f"{finding.name}: {finding.problem} → {finding.advice}"))
    if is_sound and not json:
        console.note("all of it is what was written")
    raise typer.Exit(0 if is_sound else 1)
