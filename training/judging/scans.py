"""Real scans to judge by, never to train on: a folder of images, each with a NAME.txt of what it says."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import cv2
import numpy as np

from training.text.charset import written

HEIGHT, WIDTH = 1088, 768
Scan = tuple[str, np.ndarray, str]
"""Name, grey image of HEIGHT × WIDTH, text."""


def load_scans(folder: Path) -> list[Scan]:
    """The folder's images that have a text, by name."""
    scans = []
    for path in sorted(folder.iterdir()):
        truth = path.with_suffix(".txt")
        image = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE) if path.suffix != ".txt" and truth.exists() else None
        if image is not None:
            scans.append((path.stem, fitted(image), said(truth.read_text(encoding="utf-8"))))
    return scans


def fitted(image: np.ndarray) -> np.ndarray:
    """The whole image in HEIGHT × WIDTH, what is left over in the grey of most of it."""
    scale = min(HEIGHT / image.shape[0], WIDTH / image.shape[1])
    size = (min(WIDTH, round(image.shape[1] * scale)), min(HEIGHT, round(image.shape[0] * scale)))
    canvas = np.full((HEIGHT, WIDTH), int(np.median(image)), np.uint8)
    canvas[: size[1], : size[0]] = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    return canvas


def said(text: str) -> str:
    """Text as it is compared: one line, look-alikes unified, the transcriber's mark for a broken word as a hyphen."""
    return written(unicodedata.normalize("NFC", text).replace("¬", "-").replace("⸗", "-"))
