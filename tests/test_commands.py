"""The command line's contract: names, JSON keys, exit codes, and errors of one line."""

import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pymupdf
import pytest

from docintel.__main__ import main
from docintel.damage import REPAIRED

ROOT = Path(__file__).resolve().parent.parent


class Result:
    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.splitlines()]


@pytest.fixture
def docintel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Any:
    """Runs a command in this process, with a home of its own and the fake engine."""
    monkeypatch.setenv("DOCINTEL_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("DOCINTEL_ENGINE", "fake")
    monkeypatch.setenv("DOCINTEL_JOBS", "1")

    def run(*arguments: str, stdin: str = "") -> Result:
        monkeypatch.setattr(sys, "stdin", io.StringIO(stdin))
        monkeypatch.setattr(sys, "argv", ["docintel", *arguments])
        with pytest.raises(SystemExit) as stopped:
            main()
        out, err = capfd.readouterr()
        code = stopped.value.code
        return Result(code if isinstance(code, int) else 0 if code is None else 1, out, err)

    return run


def pdf(path: Path, *texts: str) -> Path:
    """A born-digital PDF, a page for each text."""
    with pymupdf.open() as document:
        for text in texts:
            document.new_page().insert_text((72, 100), text, fontsize=12)
        document.save(path)
    return path


@pytest.fixture
def letter(tmp_path: Path) -> Path:
    return pdf(
        tmp_path / "letter.pdf", "The rent for the workshop is 840 euros a month.", "Yours sincerely, the landlord"
    )


def test_ingest_tells_one_json_line_a_document(docintel: Any, letter: Path) -> None:
    result = docintel("ingest", str(letter), "--json")
    assert result.code == 0, result.err
    (line,) = result.lines
    assert set(line) == set("document name state pages pages_read pages_failed pages_cached seconds error".split())
    assert (line["name"], line["state"], line["pages"], line["pages_read"]) == ("letter.pdf", "ready", 2, 2)
    assert line["error"] is None


def test_the_same_file_again_is_a_duplicate(docintel: Any, letter: Path) -> None:
    first = docintel("ingest", str(letter), "--json").lines[0]
    again = docintel("ingest", str(letter), "--json")
    assert again.code == 0
    assert (again.lines[0]["state"], again.lines[0]["document"]) == ("duplicate", first["document"])


def test_one_bad_file_does_not_stop_the_others(docintel: Any, letter: Path, tmp_path: Path) -> None:
    bad = tmp_path / "broken.pdf"
    bad.write_bytes(b"%PDF-1.7 and then nothing of use")
    result = docintel("ingest", str(bad), str(letter), str(tmp_path / "missing.pdf"), "--json")
    assert result.code == 1
    states = {line["name"]: line["state"] for line in result.lines}
    assert states == {"broken.pdf": "failed", "letter.pdf": "ready", "missing.pdf": "failed"}
    assert all(line["error"] for line in result.lines if line["state"] == "failed")


def test_folders_and_zips_are_opened_and_what_is_no_document_is_left_out(docintel: Any, tmp_path: Path) -> None:
    folder = tmp_path / "incoming"
    folder.mkdir()
    pdf(folder / "one.pdf", "one")
    (folder / "notes.txt").write_text("no document", encoding="utf-8")
    with zipfile.ZipFile(folder / "more.zip", "w") as archive:
        archive.write(pdf(tmp_path / "two.pdf", "two"), "inner/two.pdf")
    result = docintel("ingest", str(folder), "--json")
    assert result.code == 0, result.err
    assert sorted((line["name"].rsplit("/")[-1], line["state"]) for line in result.lines) == [
        ("one.pdf", "ready"),
        ("two.pdf", "ready"),
    ]


def test_an_encrypted_file_waits_for_its_password(docintel: Any, tmp_path: Path) -> None:
    path = tmp_path / "secret.pdf"
    with pymupdf.open() as document:
        document.new_page().insert_text((72, 100), "The safe opens at noon.")
        document.save(path, encryption=pymupdf.PDF_ENCRYPT_AES_256, user_pw="sesame", owner_pw="owner")
    locked = docintel("ingest", str(path), "--json")
    assert (locked.code, locked.lines[0]["state"]) == (1, "needs_password")
    wrong = docintel("ingest", str(path), "--password", "swordfish", "--json")
    assert (wrong.code, wrong.lines[0]["state"]) == (1, "needs_password")
    opened = docintel("ingest", str(path), "--password", "sesame", "--json")
    assert (opened.code, opened.lines[0]["state"]) == (0, "ready")
    assert "noon" in docintel("export", opened.lines[0]["document"], "--format", "text").out


def test_documents_show_and_export(docintel: Any, letter: Path, tmp_path: Path) -> None:
    document = docintel("ingest", str(letter), "--json").lines[0]["document"]
    (row,) = docintel("documents", "--json").json
    assert set(row) == set("document name state pages pages_failed added_at collection languages tags error".split())
    shown = docintel("show", document[:8], "--page", "1", "--json").json
    assert shown["document"]["id"] == document
    assert [page["number"] for page in shown["pages"]] == [1]
    assert "840" in shown["pages"][0]["blocks"][0]["text"]
    for name in ("markdown", "html", "json", "text", "csv", "xlsx"):
        target = tmp_path / f"out.{name}"
        assert docintel("export", document, "--format", name, "--output", str(target)).code == 0
        assert target.stat().st_size > 0
    target = tmp_path / "all.zip"
    assert docintel("export-zip", document, "--format", "text", "--output", str(target)).code == 0
    with ZipFile(target) as archive:
        assert archive.namelist() == ["letter.pdf.txt"]
    assert docintel("export-zip", "--format", "text").code == 2


def test_a_damaged_file_is_said_to_be_damaged(docintel: Any, letter: Path) -> None:
    letter.write_bytes(letter.read_bytes()[:-100].replace(b"startxref", b"startxxxx"))
    ingested = docintel("ingest", str(letter))
    assert ingested.code == 0
    assert REPAIRED in ingested.out
    assert REPAIRED in docintel("documents").out
    (row,) = docintel("documents", "--json").json
    assert row["error"] == REPAIRED
    assert docintel("show", row["document"][:8]).out.count(REPAIRED) == 3  # of the document and of its two pages


def test_search_and_ask_point_at_boxes(docintel: Any, letter: Path) -> None:
    document = docintel("ingest", str(letter), "--json").lines[0]["document"]
    hits = docintel("search", "rent workshop", "-k", "1", "--json").json
    assert set(hits[0]) == set("document name page boxes text score".split())
    assert (hits[0]["document"], hits[0]["page"]) == (document, 1)
    answer = docintel("ask", "What is the rent for the workshop?", "--json").json
    assert set(answer) == set("answer citations nearest answerer probability".split())
    assert "840" in answer["answer"]
    citation = answer["citations"][0]
    assert set(citation) == set("document name page boxes text".split())
    assert set(citation["boxes"][0]) == {"x0", "y0", "x1", "y1"}


def test_answers_of_two_documents_stand_on_lines_of_their_own(docintel: Any, letter: Path, tmp_path: Path) -> None:
    copy = tmp_path / "second.pdf"
    copy.write_bytes(letter.read_bytes() + b"\n% another file")
    for path in (letter, copy):
        docintel("ingest", str(path))
    answers = [line for line in docintel("ask", "What is the rent for the workshop?").out.splitlines() if "840" in line]
    assert len([line for line in answers if not line.startswith(" ")]) == 2


def test_search_explains_what_it_found(docintel: Any, letter: Path) -> None:
    docintel("ingest", str(letter))
    hit = docintel("search", "rents for workshops", "--explain", "--json").json[0]
    why = hit["explanation"]
    assert set(why) == {"rank", "lexical", "dense", "terms", "by_name"}
    assert (why["rank"], why["lexical"]["rank"]) == (1, 1)
    assert {"term": "workshops", "written": ["workshop"]} in why["terms"]
    head, first = docintel("search", "rents for workshops", "-k", "1", "--explain").out.splitlines()
    assert head.split() == ["RANK", "SCORE", "WORDS", "MEANING", "TERMS", "PLACE", "TEXT"]
    assert "in the document's name" in docintel("search", "letter.pdf", "-k", "1", "--explain").out
    assert "BM25" in first and "workshops (workshop)" in first and "letter.pdf, page 1" in first


def test_delete_removes_a_document(docintel: Any, letter: Path) -> None:
    document = docintel("ingest", str(letter), "--json").lines[0]["document"]
    assert docintel("delete", document).code == 0
    assert docintel("documents", "--json").json == []
    assert docintel("search", "rent", "--json").json == []


def test_errors_are_one_line_that_says_what_to_do(docintel: Any) -> None:
    result = docintel("show", "nosuchdocument")
    assert result.code == 1
    assert len(result.err.strip().splitlines()) == 1
    assert "nosuchdocument" in result.err
    assert docintel("show").code == 2
    assert docintel("export", "x", "--format", "wordperfect").code == 2


def test_debug_gives_the_traceback(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "docintel", "--debug", "show", "nosuchdocument", "--home", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "Traceback" in done.stderr


def test_module_and_help_work_from_any_directory(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "docintel", "--help"],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT), "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0
    assert "ingest" in done.stdout


def test_watch_once_reads_what_is_there_and_moves_it(
    docintel: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("docintel.commands.watch.LOOK_EVERY_S", 0.1)
    monkeypatch.setattr("docintel.commands.watch.SETTLED_S", 0.05)
    folder, done = tmp_path / "incoming", tmp_path / "done"
    folder.mkdir()
    pdf(folder / "a.pdf", "A")
    (folder / "empty.pdf").touch()
    result = docintel("watch", str(folder), "--once", "--move-to", str(done), "--json")
    assert result.code == 1
    assert {line["name"]: line["state"] for line in result.lines} == {"a.pdf": "ready", "empty.pdf": "failed"}
    assert [path.name for path in done.iterdir()] == ["a.pdf"]
    again = docintel("watch", str(folder), "--once", "--json")
    assert (again.code, again.out) == (0, "")


def test_watching_a_folder_that_is_not_there_is_told(docintel: Any, tmp_path: Path) -> None:
    result = docintel("watch", str(tmp_path / "missing"), "--once")
    assert result.code == 2
    assert "missing" in result.err


def test_collections_say_whose_they_are_and_who_reads_them(docintel: Any, letter: Path) -> None:
    docintel("ingest", str(letter), "--collection", "alice@example.org/letters")
    shared = docintel(
        "share", "alice@example.org/letters", "--reader", "Bob@example.org", "--reader", "eve@example.org"
    )
    assert shared.code == 0, shared.err
    docintel("share", "alice@example.org/letters", "--remove", "eve@example.org")
    [row] = docintel("collections", "--json").json
    assert (row["title"], row["owner"], row["readers"], row["documents"]) == (
        "letters",
        "alice@example.org",
        ["bob@example.org"],
        1,
    )
    docintel("share", "alice@example.org/letters", "--owner", "bob@example.org")
    assert docintel("collections", "--json").json[0]["owner"] == "bob@example.org"


@pytest.mark.parametrize(
    ("arguments", "code"), [(("nowhere", "--reader", "a@example.org"), 1), (("letters", "--reader", "nobody"), 2)]
)
def test_sharing_what_is_not_there_or_with_nobody_is_one_line(
    docintel: Any, letter: Path, arguments: tuple[str, ...], code: int
) -> None:
    docintel("ingest", str(letter), "--collection", "letters")
    result = docintel("share", *arguments)
    assert result.code == code
    assert len(result.err.splitlines()) == 1


def test_the_audit_trail_tells_of_users_that_come_change_and_go(docintel: Any) -> None:
    assert docintel("users", "add", "Alice@example.org", stdin="a long password\n").code == 0
    assert docintel("users", "add", "alice@example.org", stdin="a long password\n").code == 2
    assert docintel("users", "password", "alice@example.org", stdin="another long one\n").code == 0
    assert docintel("users", "remove", "alice@example.org").code == 0
    assert docintel("users", "remove", "alice@example.org").code == 1
    rows = docintel("audit", "--user", "", "--json").json
    assert [row["action"] for row in reversed(rows)] == ["added a user", "changed a password", "removed a user"]
    assert {row["detail"] for row in rows} == {"alice@example.org"}
    assert len(docintel("audit", "--action", "removed a user", "--json").json) == 1


def test_the_audit_trail_tells_what_was_done_from_the_command_line(docintel: Any, letter: Path, tmp_path: Path) -> None:
    document = docintel("ingest", str(letter), "--json").lines[0]["document"]
    docintel("export", document, "--format", "text", "--output", str(tmp_path / "out.txt"))
    docintel("delete", document)
    rows = docintel("audit", "--document", document[:12], "--json").json
    assert [(row["user"], row["action"], row["name"], row["detail"]) for row in rows] == [
        ("", "deleted", "letter.pdf", ""),
        ("", "exported", "letter.pdf", "text"),
        ("", "added", "letter.pdf", ""),
    ]
    assert len(docintel("audit", "-n", "1", "--json").json) == 1
    assert "letter.pdf" in docintel("audit").out


def test_status_tells_the_queue_the_failures_the_disk_the_workers_and_the_watched_folders(
    docintel: Any, tmp_path: Path
) -> None:
    bad = tmp_path / "broken.pdf"
    bad.write_bytes(b"%PDF-1.7 and then nothing of use")
    docintel("ingest", str(bad))
    state = docintel("status", "--json").json
    assert set("home owner documents pages chunks collections embedding_models paused".split()) < set(state)
    assert set("jobs progress pages_cached workers index_backlog disk_free watches".split()) < set(state)
    [[reason, count]] = state["progress"]["failures"]
    assert (count, state["jobs"], state["workers"]) == (1, {"failed": 1}, 0)
    assert state["disk_free"] > 0
    lines = docintel("status").out.splitlines()
    assert any(line.startswith("failed") and reason[:20] in line for line in lines)
    assert any(line.startswith("workers") and "0 alive" in line for line in lines)


@pytest.mark.parametrize("content", ["no JSON at all", "[1, 2]", '{"dpi": 5}', "\x00\xff"])
def test_settings_that_cannot_be_used_are_found_by_the_check_and_told_by_other_commands(
    content: str, docintel: Any, letter: Path, tmp_path: Path
) -> None:
    docintel("ingest", str(letter))
    kept = tmp_path / "home" / "settings.json"
    kept.write_bytes(content.encode("latin-1"))
    kept.chmod(0o600)
    checked = docintel("check")
    assert checked.code == 1
    [found] = [line for line in checked.out.splitlines() if line.startswith("FOUND")]
    assert "settings.json" in found
    assert "delete it to go back to the defaults" in found or "delete it and set it anew" in found
    listed = docintel("documents")
    assert listed.code == 2
    assert "settings.json" in listed.err
    assert "docintel check" in listed.err
    assert "delete it to go back to the defaults" in listed.err
    kept.unlink()
    assert docintel("check").code == 0
