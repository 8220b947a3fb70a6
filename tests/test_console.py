import unicodedata

import pytest

from docintel.commands.console import print_rows

COLUMNS = ("name", "pages")


def printed(rows: list[dict[str, object]], capsys: pytest.CaptureFixture[str]) -> list[str]:
    print_rows(rows, COLUMNS)
    return capsys.readouterr().out.splitlines()


def width(text: str) -> int:
    """Places in a terminal."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def test_columns_stand_below_each_other_in_any_script(capsys: pytest.CaptureFixture[str]) -> None:
    lines = printed([{"name": "請求書.pdf", "pages": 3}, {"name": "letter.pdf", "pages": 12}], capsys)
    assert lines[0].split() == ["NAME", "PAGES"]
    assert {width(line[: -len(line.split()[-1])]) for line in lines} == {len("letter.pdf  ")}


def test_a_row_is_one_line_however_long(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "20")
    lines = printed([{"name": "long " * 200, "pages": None}], capsys)
    assert len(lines) == 2
    assert lines[1] == ("long " * 200).rstrip()


def test_a_name_is_never_markup_or_a_terminal_command(capsys: pytest.CaptureFixture[str]) -> None:
    _, line = printed([{"name": "[bold]a[/]\x1b[31m\n.pdf", "pages": 1}], capsys)
    assert line == "[bold]a[/] [31m .pdf  1"
