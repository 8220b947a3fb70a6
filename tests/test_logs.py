"""Logs: one configuration, lines of text or JSON, and nothing in them that a document says."""

import io
import json
import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from docintel import logs
from docintel.settings import PROJECT
from tests.houses import pdf, settings_in

SECRET, NAME, PASSWORD = "Xylocarp", "Quillfeather", "Snickersnee"


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    """What a test configures ends with it."""
    levels = {name: logging.getLogger(name).level for name in logs.OURS}
    yield
    logging.root.handlers = [handler for handler in logging.root.handlers if handler.get_name() != logs.HANDLER]
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)


def raised() -> Exception:
    try:
        try:
            raise KeyError(SECRET)
        except KeyError as cause:
            raise ValueError(f"not readable: {SECRET}") from cause
    except ValueError as error:
        return error


def test_json_lines_carry_what_a_collector_needs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure(settings_in(tmp_path, log_format="json", log_level="info"))
    logging.getLogger("docintel.somewhere").info("page %d is read", 3)
    line = json.loads(capsys.readouterr().err)
    assert (line["level"], line["logger"], line["message"]) == ("info", "docintel.somewhere", "page 3 is read")
    assert line["time"].endswith("+00:00")
    assert line["process"] == os.getpid()


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_an_error_is_logged_by_type_and_place_without_its_message(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], log_format: str
) -> None:
    logs.configure(settings_in(tmp_path, log_format=log_format))
    logging.getLogger("docintel.somewhere").error("unexpected", exc_info=raised())
    told = capsys.readouterr().err
    assert "ValueError" in told
    assert "KeyError" in told
    assert Path(__file__).name in told
    assert SECRET not in told
    assert log_format == "text" or len(told.splitlines()) == 1


def test_configuring_twice_writes_each_line_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for _ in range(2):
        logs.configure(settings_in(tmp_path))
    logging.getLogger("docintel").warning("once")
    assert capsys.readouterr().err.count("once") == 1


def test_other_libraries_write_through_the_same_handler(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    theirs = logging.getLogger("some.web.server")
    theirs.propagate = False
    theirs.addHandler(logging.StreamHandler(io.StringIO()))
    logs.configure(settings_in(tmp_path, log_format="json"))
    theirs.warning("listening")
    logging.getLogger("sqlalchemy.engine").debug("a row")
    assert [json.loads(line)["message"] for line in capsys.readouterr().err.splitlines()] == ["listening"]


def test_no_log_line_of_an_ingestion_says_what_a_document_says(tmp_path: Path) -> None:
    """Not at the finest level either, from the command line and its worker: no text, no name, no password."""
    folder = tmp_path / "incoming"
    folder.mkdir()
    pdf(folder / f"{NAME}.pdf", f"The word is {SECRET}.")
    pdf(folder / f"{NAME}-locked.pdf", f"The word is {SECRET}.", password=PASSWORD)
    (folder / f"{NAME}-broken.pdf").write_bytes(b"%PDF-1.7 " + SECRET.encode())
    (folder / f"{NAME}.txt").write_text(SECRET, encoding="utf-8")
    command = [sys.executable, "-m", "docintel", "--debug", "ingest", str(folder), "--password", PASSWORD, "--json"]
    environment = os.environ | {
        "DOCINTEL_HOME": str(tmp_path / "home"),
        "DOCINTEL_ENGINE": "fake",
        "DOCINTEL_JOBS": "1",
        "DOCINTEL_LOG_FORMAT": "json",
    }
    done = subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True, check=False)
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    assert sum(" is read: " in line["message"] for line in lines) == 2
    assert NAME in done.stdout
    for word in (SECRET, NAME, PASSWORD):
        assert word not in done.stderr
