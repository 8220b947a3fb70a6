"""Draws some parts beside one another, boxes framed: green where marked, red where not."""

from itertools import islice
from pathlib import Path

from PIL import Image, ImageDraw

from training.checkboxes.parts import parts
from training.checkboxes.sheet import SIDE

COLUMNS, ROWS = 4, 3


def show(data: Path, output: Path, seed: int) -> None:
    sheet = Image.new("RGB", (COLUMNS * SIDE, ROWS * SIDE))
    for number, part in enumerate(islice(parts(data, seed), COLUMNS * ROWS)):
        image = Image.fromarray(part.grey).convert("RGB")
        pen = ImageDraw.Draw(image)
        for target in part.targets:
            pen.rectangle(target.extent, outline="blue")
            pen.rectangle(target.frame, outline="green" if target.is_checked else "red")
        sheet.paste(image, (number % COLUMNS * SIDE, number // COLUMNS * SIDE))
    sheet.save(output)
