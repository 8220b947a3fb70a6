"""Commands that go well, fail and make no sense, with their exit codes: tried on the home of the release before."""

from pathlib import Path

from tests.contracts.command_line import run
from tests.contracts.old_home import id_of, listed

CASES = (
    "--help",
    "",
    "nonsense",
    "documents",
    "documents --json",
    "documents --collection nowhere",
    "documents --nonsense",
    "show {ready}",
    "show {ready} --page 1 --json",
    "show {ready} --page 99",
    "show {beginning}",
    "show {ambiguous}",
    "show nosuchdocument",
    "show",
    "export {ready} --format text",
    "export {ready} --format wordperfect",
    "export {ready} --format text --output {folder}/missing/out.txt",
    "export nosuchdocument --format text",
    "search ladder --document nosuchdocument",
    "search ladder -k 0",
    "ask",
    "ask ladder --document nosuchdocument",
    "ingest",
    "ingest {folder}/missing.pdf --json",
    "ingest {folder}/letter.pdf --jobs -1",
    "watch",
    "watch {folder}/missing --once",
    "collections",
    "share nowhere --reader a@example.org",
    "share alice@example.org/letters --reader nobody",
    "share alice@example.org/letters --reader eve@example.org",
    "audit -n 0",
    "audit -n 1",
    "retry nosuchdocument",
    "cancel nosuchdocument",
    "delete nosuchdocument",
    "delete",
    "pause",
    "resume",
    "pause --nonsense",
    "status",
    "engines --home {folder}",
    "serve --port 0",
)


def codes(home: Path, folder: Path) -> dict[str, dict[str, object]]:
    """Command → exit code, and whether anything is printed on stdout, and on stderr."""
    ids = [str(row["document"]) for row in listed(home)]
    ready = id_of(home, "lease.pdf")
    places = {
        "folder": str(folder),
        "ready": ready,
        "beginning": ready[:12],
        "ambiguous": next(id[0] for id in ids if sum(other[0] == id[0] for other in ids) > 1),
    }
    return {case or "(nothing)": _tried(home, case.format(**places)) for case in CASES}


def original(home: Path, name: str) -> Path:
    """Where the bytes of a document are kept: under their checksum."""
    content = str(run("show", id_of(home, name), "--json", home=home).json["document"]["content"])
    return home / "files" / "originals" / content[:2] / content


def _tried(home: Path, command: str) -> dict[str, object]:
    result = run(*command.split(), home=home)
    return {"code": result.code, "stdout": bool(result.out), "stderr": bool(result.err)}
