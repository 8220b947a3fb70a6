"""Lines of real pages, transcribed by others, that drawn ones are mixed with."""

import csv
import random
from collections import defaultdict
from pathlib import Path

import numpy as np
from bidi.algorithm import get_display
from PIL import Image

from training.recogniser.alphabet import RIGHT_TO_LEFT, encoded, written
from training.recogniser.strips import HEIGHT, MAX_WIDTH, DrawnLine

REAL_SHARE = 0.15
"""Of all lines."""
KINDS = {"handwritten": True, "printed": False}


class RealLines:
    """`folder`: lines.tsv of file, script, language, text, source, kind; held.tsv has those kept for judging."""

    def __init__(self, folder: Path, *, held_out: bool) -> None:
        self._folder = folder
        self._rows: dict[str, list[tuple[str, str, list[int], bool | None, str]]] = defaultdict(list)
        with (folder / ("held.tsv" if held_out else "lines.tsv")).open(encoding="utf-8", newline="") as file:
            for name, script, _, text, source, kind in csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
                base = "R" if script in RIGHT_TO_LEFT else "L"
                label = encoded(get_display(written(text), base_dir=base))
                self._rows[source].append((name, script, label, KINDS.get(kind), source))
        self._shares = [len(rows) ** 0.6 for rows in self._rows.values()]

    def line(self, rng: random.Random) -> DrawnLine:
        """Any; small sources oftener than their size would have it."""
        return self._opened(
            *rng.choice(rng.choices(list(self._rows.values()), self._shares)[0]), rng.uniform(0.9, 1.12)
        )

    def every(self) -> list[DrawnLine]:
        return [self._opened(*row, 1.0) for rows in self._rows.values() for row in rows]

    def _opened(
        self, name: str, script: str, label: list[int], is_handwritten: bool | None, source: str, stretch: float
    ) -> DrawnLine:
        with Image.open(self._folder / name) as image:
            grey = image.convert("L")
        width = max(4 * len(label) + 8, min(MAX_WIDTH, round(grey.width * HEIGHT / grey.height * stretch)))
        strip = np.asarray(grey.resize((width, HEIGHT), Image.Resampling.BILINEAR))
        return DrawnLine(strip, label, script, is_handwritten, source)


def real_lines(data: Path, *, held_out: bool) -> RealLines | None:
    folder = data / "lines"
    return RealLines(folder, held_out=held_out) if folder.is_dir() else None
