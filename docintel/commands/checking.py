"""`docintel check`: whether the home holds what was put into it."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from docintel.commands import HomeOption, JsonOption, console, opened, settings_for
from docintel.errors import UsageError

if TYPE_CHECKING:
    from docintel.checking import Finding
    from docintel.library.people.acknowledging import SignOff
    from docintel.settings import Settings

commands = typer.Typer()


@commands.command()
def check(
    repair: Annotated[bool, typer.Option("--repair", help="Mend what has its truth elsewhere.")] = False,
    acknowledge: Annotated[
        str | None,
        typer.Option(metavar="WHY", help="Put on record what nothing can mend, so that it is not said as new again."),
    ] = None,
    home_dir: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """Proves originals, pages, pictures, cache, index and database; exit 1 where something is left to do.

    A break of the audit trail, or a row that is not what was written, is acknowledged once it is understood: the trail
    then says who did so, when, why, and what was broken, and whatever changes after that is found again.
    """
    from docintel.checking import is_well
    from docintel.intake import confined

    findings: list[Finding] = []
    settings = _settings(home_dir)
    sign_off = None if acknowledge is None else _sign_off(acknowledge)
    console.note(f"sandbox of what decodes files: {confined.describe(settings)}")
    for finding in _found(settings, repair=repair, sign_off=sign_off):
        findings.append(finding)
        _print_finding(finding, json=json)
    if not findings and not json:
        console.note("all is well")
    raise typer.Exit(0 if is_well(findings) else 1)


def _settings(home_dir: Path | None) -> "Settings":
    """Where those that are kept in the home cannot be used, without them: the check tells."""
    try:
        return settings_for(home_dir)
    except UsageError:
        return settings_for(home_dir, with_kept=False)


def _sign_off(why: str) -> "SignOff":
    """Who runs the command, as the operating system says."""
    import getpass
    import os

    from docintel.library.people.acknowledging import SignOff

    try:
        account = getpass.getuser()
    except (KeyError, OSError):  # an account without a name, as in a container
        account = f"number {os.geteuid()}"
    return SignOff(why=why, account=account)


def _found(settings: "Settings", *, repair: bool, sign_off: "SignOff | None") -> Iterator["Finding"]:
    from docintel.checking import check as checked
    from docintel.checking import not_opened
    from docintel.errors import DamagedStore

    try:
        home = opened(settings)
    except DamagedStore as error:
        yield not_opened(error)
        return
    with home, console.page_progress() as show:
        yield from checked(home, repair=repair, sign_off=sign_off, show=show)


def _print_finding(finding: "Finding", *, json: bool) -> None:
    if json:
        console.print_json(finding.model_dump())
        return
    mark = {"found": "FOUND", "mended": "mended", "left_out": "left out", "acknowledged": "on record"}[finding.state]
    what_now = f" → {finding.advice}" if finding.advice else ""
    console.print_line(console.printable(f"{mark:<9} {finding.part}: {finding.name}: {finding.problem}{what_now}"))
