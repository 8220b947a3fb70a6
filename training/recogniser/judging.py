"""Reads real lines with the recogniser, and with Tesseract as the engine `local` has it."""

import csv
from collections import defaultdict
from pathlib import Path

import cv2
import numpy as np
from rapidfuzz.distance import Levenshtein

from docintel.engines.local.geometry import Pixels
from docintel.engines.local.lines.letters import HEIGHT, LineLetters
from docintel.engines.local.lines.tesseract import Tesseract, preparation
from docintel.engines.local.scripts import SCRIPTS
from training.recogniser.alphabet import written

LANGUAGES = {
    "ara": "ar", "rus": "ru", "hin": "hi", "grc": "el", "kor": "ko", "heb": "he", "vie": "vi", "ces": "cs",
    "dan": "da", "slk": "sk", "fra": "fr", "spa": "es", "ita": "it", "oci": "fr", "tha": "th",
}  # fmt: skip
SURER = 0.2
"""As in the engine, but for Arabic (0.4), and without its rule for readings that nearly agree."""


def judge(folder: Path) -> None:
    """`folder`: lines.tsv of file, script, language, text, source, kind. Prints CER in percent by script and kind,
    then by source, and what is got where ours is taken only when it is much surer."""
    own, tesseract = LineLetters(), Tesseract()
    wrong: dict[tuple[str, ...], dict[str, int]] = defaultdict(lambda: defaultdict(int))
    with (folder / "lines.tsv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    for name, script, language, text, source, kind in rows:
        image = cv2.imread(str(folder / name))
        truth = written(text)
        if image is None or not truth:
            continue
        pixels = np.ascontiguousarray(image[:, :, ::-1])
        mine = own.recognise([_sized(pixels, HEIGHT)])[0]
        code = LANGUAGES.get(language, language)
        model = SCRIPTS[script].languages.get(code, SCRIPTS[script].model)
        theirs = tesseract.recognise([_sized(pixels, preparation(model).height)], model)[0]
        both = mine if mine.confidence > theirs.confidence + SURER else theirs
        for counts in (wrong[script, kind], wrong[script, kind, source]):
            for reader, line in (("own", mine), ("tesseract", theirs), ("both", both)):
                counts[reader] += min(Levenshtein.distance(written(line.text), truth), len(truth))
            counts["letters"] += len(truth)
            counts["lines"] += 1
    for group, counts in sorted(wrong.items(), key=lambda item: (len(item[0]), item[0])):
        rates = ", ".join(
            f"{reader} {100 * counts[reader] / counts['letters']:.1f}" for reader in ("own", "tesseract", "both")
        )
        print(f"{' '.join(group)}, {counts['lines']} lines: {rates}")


def _sized(pixels: Pixels, height: int) -> Pixels:
    width = max(8, round(pixels.shape[1] * height / pixels.shape[0]))
    how = cv2.INTER_AREA if height < pixels.shape[0] else cv2.INTER_CUBIC
    sized: Pixels = cv2.resize(pixels, (width, height), interpolation=how)
    return sized
