"""Parts of pages, drawn and worn, with the check boxes on them: what the finder is fitted to."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from training.checkboxes.forms import FORMS
from training.checkboxes.lookalikes import LOOKALIKES
from training.checkboxes.pictures import PICTURES
from training.checkboxes.sheet import SIDE, SUPER, Sheet
from training.checkboxes.words import Hands
from training.drawing.pagetypes import Block, Box, Page
from training.drawing.scan import Scanner

FORM_SHARE = 0.45
"""Of the parts that have boxes at all."""
CLEAN = 0.2
"""Of the parts that are as printed from a file."""


@dataclass(frozen=True)
class Target:
    """In pixels of the part: the box, the box with its mark, and whether it is marked."""

    frame: Box
    extent: Box
    is_checked: bool


@dataclass(frozen=True)
class Part:
    grey: NDArray[np.uint8]
    """(448, 448)."""
    targets: tuple[Target, ...]


def parts(data: Path, seed: int) -> Iterator[Part]:
    """Without end."""
    rng = random.Random(seed)
    hands, scanner = Hands(data), Scanner(seed, SIDE)
    while True:
        yield _worn(_drawn(rng, hands), rng, scanner)


def _drawn(rng: random.Random, hands: Hands) -> Sheet:
    is_form = rng.random() < FORM_SHARE
    sheet = Sheet(rng, hands.some(rng), hands.signs, hands.written, scale=1.0 if is_form else rng.uniform(0.6, 2.0))
    while sheet.y < sheet.height:
        kinds = FORMS if is_form and rng.random() < 0.55 else LOOKALIKES | PICTURES
        rng.choices(list(kinds), list(kinds.values()))[0](sheet)
    return sheet


def _worn(sheet: Sheet, rng: random.Random, scanner: Scanner) -> Part:
    image = sheet.image if sheet.boxes else _turned(sheet.image, rng)
    image = image.resize((SIDE, SIDE), rng.choice((Image.Resampling.BOX, Image.Resampling.BILINEAR)))
    boxes = [box for box in sheet.boxes if _is_within(box.frame)]
    blocks = [
        Block(str(number), (x0 / SUPER, y0 / SUPER, x1 / SUPER, y1 / SUPER))
        for number, box in enumerate(boxes)
        for x0, y0, x1, y1 in (box.frame, box.extent)
    ]
    page = Page(_shaded(np.asarray(image), rng), blocks)
    if rng.random() > CLEAN:
        page = scanner.scan(_coarse(page, rng), rng, strength=rng.random(), is_worn=rng.random() < 0.3)
    targets = [
        Target(frame.box, extent.box, box.is_checked)
        for box, frame, extent in zip(boxes, page.blocks[::2], page.blocks[1::2], strict=True)
    ]
    return Part(page.image, tuple(targets))


def _turned(image: Image.Image, rng: random.Random) -> Image.Image:
    """Text stretched or squeezed, and some of it sideways or on its head: till rolls, stamps, turned pages."""
    wide, high = (rng.choice((1.0, rng.uniform(0.45, 1.0))) for _ in range(2))
    part = image.crop((0, 0, round(image.width * wide), round(image.height * high)))
    return part.rotate(rng.choice((0, 0, 0, 90, 180, 270)), expand=True)


def _is_within(box: Box) -> bool:
    """Half of it at least is on the part."""
    x, y = (box[0] + box[2]) / 2 / SUPER, (box[1] + box[3]) / 2 / SUPER
    return 0 < x < SIDE and 0 < y < SIDE


def _shaded(image: NDArray[np.uint8], rng: random.Random) -> NDArray[np.uint8]:
    """Paler ink, greyer paper, seldom white on black."""
    low, high = rng.choice((0, rng.uniform(0, 130))), 255 - rng.choice((0.0, rng.uniform(0, 70)))
    if high - low < 90:
        low = high - 90
    shaded = low + image.astype(np.float32) * ((high - low) / 255)
    if rng.random() < 0.03:
        shaded = 255 - shaded
    return shaded.astype(np.uint8)


def _coarse(page: Page, rng: random.Random) -> Page:
    """Seen by fewer pixels, as small type on a scan is."""
    if rng.random() < 0.5:
        return page
    side = round(SIDE * rng.uniform(0.45, 0.95))
    small = Image.fromarray(page.image).resize((side, side), Image.Resampling.BOX)
    how = rng.choice((Image.Resampling.BILINEAR, Image.Resampling.BICUBIC))
    return Page(np.asarray(small.resize((SIDE, SIDE), how)), page.blocks)
