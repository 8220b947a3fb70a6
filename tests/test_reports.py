"""Inputs after public bug reports, through the real way in: what comes of each is right (benchmarks/reports)."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.reports.judging import faults, reading, take
from benchmarks.reports.make import CASES, DRAWINGS, write_input
from benchmarks.reports.right import right_of
from docintel.home import Home

NOT_YET = frozenset({"cover-box-asked", "scan-measures", "words-letter-spacing"})
"""Cases that are still wrong."""


@pytest.fixture(scope="module")
def home() -> Iterator[Home]:
    with reading("local") as opened:
        yield opened


def test_every_case_is_drawn_and_judged() -> None:
    assert {path.stem for path in CASES.glob("*.toml")} == set(DRAWINGS)


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=[pytest.mark.xfail(strict=True, reason="not yet right")] if name in NOT_YET else [])
        for name in sorted(DRAWINGS)
    ],
)
def test_what_comes_is_right(home: Home, tmp_path: Path, name: str) -> None:
    found = faults(right_of(CASES / f"{name}.toml"), take(home, write_input(tmp_path, name), name))
    assert not found, "\n".join(f"{each.what}: expected {each.expected!r}, came {each.came!r}" for each in found)
