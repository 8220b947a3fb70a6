"""`docintel corrections` lists who corrected what, and writes it as lines of JSON."""

import json
from pathlib import Path

from docintel.corrections import Correction, applied
from docintel.home import Home
from docintel.model import Document
from tests.contracts.command_line import run
from tests.corrections.home import say


def test_corrections_are_listed_and_exported(home: Home, document: Document, tmp_path: Path) -> None:
    before = home.library.page(document.id, 1)
    say(home, document, "green quinces and pears")
    home.correcting.undo(document.id, 1)
    where = home.settings.home
    listed = run("corrections", document.id, home=where)
    assert listed.code == 0
    assert "“green apples and pears” → “green quinces and pears”" in listed.out.decode()
    file = tmp_path / "corrections.jsonl"
    assert run("corrections", document.id[:8], "--export", file, home=where).code == 0
    rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    assert [(row["page"], row["kind"], row["fits"], row["reverses"]) for row in rows] == [
        (1, "text", True, None),
        (1, "text", True, rows[0]["correction"]),
    ]
    correction = Correction.model_validate({"kind": rows[0]["kind"], "changes": rows[0]["changes"]})
    assert applied(before, correction).blocks[0].text == "green quinces and pears"
    assert home.library.people.trail(document_id=document.id)[0].detail == "corrections"


def test_a_document_without_corrections_says_so(home: Home, document: Document) -> None:
    listed = run("corrections", document.id, home=home.settings.home)
    assert (listed.code, listed.out) == (0, b"")
    assert "nothing was corrected" in listed.err
    assert run("corrections", document.id, "--json", home=home.settings.home).json == []


def test_a_file_that_cannot_be_written_is_wrong_usage(home: Home, document: Document, tmp_path: Path) -> None:
    refused = run("corrections", document.id, "--export", tmp_path / "no" / "file", home=home.settings.home)
    assert refused.code == 2
    assert "Choose another --export" in refused.err
