"""Draws the project's own inputs: python -m benchmarks.reports.make FOLDER [NAME…]"""

import sys
from collections.abc import Callable
from pathlib import Path

from benchmarks.reports.drawings import archives, directions, forms, lists, scans, words

CASES = Path(__file__).with_name("cases")

DRAWINGS: dict[str, Callable[[], bytes]] = {
    **archives.DRAWINGS,
    **directions.DRAWINGS,
    **forms.DRAWINGS,
    **lists.DRAWINGS,
    **scans.DRAWINGS,
    **words.DRAWINGS,
}
"""Each case's file, by its name."""

SUFFIXES = {b"%PDF": ".pdf", b"\x89PNG": ".png", b"\xff\xd8\xff\xe0": ".jpg", b"PK\x03\x04": ".zip"}


def write_input(folder: Path, name: str) -> Path:
    data = DRAWINGS[name]()
    path = folder / f"{name}{SUFFIXES[data[:4]]}"
    path.write_bytes(data)
    return path


if __name__ == "__main__":
    target, *names = sys.argv[1:]
    for each in names or DRAWINGS:
        print(write_input(Path(target), each))
