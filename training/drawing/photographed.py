"""What a telephone's camera makes of a page: askew, bent, unevenly lit, shaded, blurred, too dark, from a screen, JPEG.

`exposure` is what its lens and the light do.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass

import cv2
import numpy as np

from training.drawing.exposure import Look, developed, lit, through_lens
from training.drawing.pagetypes import Block, Box, Page
from training.drawing.surface import CELL, Frame, View, draw_surface, framed

_NOISE_SIDE = 1600
_ATTEMPTS = 4
_LEAST_CONTRAST = 28.0
"""Grey levels: a photograph in which most letters have less is taken again, in better light."""
_MARGIN = 4.0
"""Pixels that stay around everything that is written."""
_LEAST_SCALE = 0.72
"""How much smaller a region's type may become so that its slanting lines fit; else it lies straighter."""


class Photographer:
    """Takes photographs; holds a bank of noise."""

    def __init__(self, seed: int, side: int = _NOISE_SIDE) -> None:
        """`side`: pixels of the longest side that may come."""
        rng = np.random.default_rng(seed + 1)
        noise = rng.standard_normal((side, side), dtype=np.float32)
        soft = cv2.GaussianBlur(noise, (0, 0), 1.1)
        self._noise, self._soft_noise = _as_bytes(noise), _as_bytes(soft / float(soft.std()))

    def photograph(self, page: Page, rng: random.Random, *, strength: float, is_whole: bool = True) -> Page:
        """The page in a picture of the same size; places and boxes follow. `strength` 0…1 scales how bad it can get.

        `is_whole`: a page with what lies around it, else a region.
        """
        points = _Points.of(page)
        for attempt in range(_ATTEMPTS):
            image, view, look = self._exposed(page, rng, strength * 0.5**attempt, is_whole=is_whole)
            places = view.to_picture(points.all)
            contrast = _contrast(image, places[: points.num_characters])
            if contrast >= _LEAST_CONTRAST:
                break
        image = self._grainy(image, rng, look, contrast)
        image = developed(image, rng, look)
        return Page(image, points.moved(page.blocks, places), page.language)

    def _exposed(
        self, page: Page, rng: random.Random, strength: float, *, is_whole: bool
    ) -> tuple[np.ndarray, View, Look]:
        """What light falls on the sensor."""
        height, width = page.image.shape
        type_size = _type_size(page)
        strength *= min(1.0, type_size / 14)
        view = _view_of_page(page, rng, strength) if is_whole else _view_of_region(page, rng, strength)
        look = Look(strength, rng.random() < 0.1, type_size * view.frame.scale / view.unit)
        source = page.image if look.is_screen else _creased(page.image, view, rng)
        cells, origins = view.origins(height, width)
        paper = int(np.median(page.image[:: max(1, height // 16), :: max(1, width // 16)]))
        image = cv2.remap(source, origins, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=paper)
        if is_whole:
            drawn = (cells - np.array(view.corner)) * view.unit
            image = self._laid(image, drawn, source.shape, rng, is_screen=look.is_screen)
        if look.is_screen:
            image = _screened(image, origins, rng)
        image = through_lens(image, rng, look)
        return lit(image, cells, view.surface, rng, look), view, look

    def _laid(
        self, image: np.ndarray, drawn: np.ndarray, size: tuple[int, ...], rng: random.Random, *, is_screen: bool
    ) -> np.ndarray:
        """What is beyond the sheet: a table, cloth, other paper, or the dark around a screen.

        `drawn`: each cell's place in the drawing, whose `size` is height and width.
        """
        height, width = size
        x, y = drawn[..., 0], drawn[..., 1]
        beyond = np.maximum(np.maximum(-x, x - (width - 1)), np.maximum(-y, y - (height - 1)))
        if float(beyond.max()) < 0:
            return image
        quarters = _whole(np.clip((beyond + CELL) * 4, 0, 255).astype(np.uint8), image.shape)
        away = np.arange(256) / 4 - CELL
        on = cv2.LUT(quarters, (255 * np.clip(1.0 - away, 0, 1)).astype(np.uint8))
        grey = rng.uniform(0, 60) if is_screen else rng.choice((rng.uniform(20, 120), rng.uniform(60, 235)))
        around = np.full(image.shape, round(grey), np.uint8)
        if not is_screen:
            around = _with_noise(around, self._texture(image.shape, rng), rng.uniform(2, 14))
            shade = 1.0 - rng.uniform(0.1, 0.5) * np.clip(1.0 - away / rng.uniform(6, 38), 0.0, 1.0)
            around = cv2.multiply(around, cv2.LUT(quarters, (255 * shade).astype(np.uint8)), scale=1 / 255)
        sheet = cv2.multiply(image, on, scale=1 / 255)
        return np.asarray(cv2.add(sheet, cv2.multiply(around, cv2.bitwise_not(on), scale=1 / 255)))

    def _texture(self, shape: tuple[int, ...], rng: random.Random) -> np.ndarray:
        """Cloth's grain, or wood's: the same noise drawn out along one side."""
        part = _cut_out(self._soft_noise, shape, rng)
        stretch = rng.choice((1, 1, 8, 24))
        if stretch == 1:
            return part
        height, width = shape
        along = rng.random() < 0.5
        few = part[: height // stretch + 1] if along else part[:, : width // stretch + 1]
        return np.asarray(cv2.resize(few, (width, height), interpolation=cv2.INTER_LINEAR))

    def _grainy(self, image: np.ndarray, rng: random.Random, look: Look, contrast: float) -> np.ndarray:
        """With a sensor's noise, little enough for the letters' contrast."""
        amount = min(rng.uniform(0.5, 3.0 + 8.0 * look.strength * rng.random()), contrast / 7)
        noise = _cut_out(rng.choice((self._noise, self._soft_noise)), image.shape, rng)
        return _with_noise(image, noise, amount)


def _as_bytes(noise: np.ndarray) -> np.ndarray:
    """Noise of deviation 1 as bytes: 32 a deviation, 128 for none."""
    return np.asarray(np.clip(noise * 32 + 128.5, 0, 255).astype(np.uint8))


def _with_noise(image: np.ndarray, noise: np.ndarray, amount: float) -> np.ndarray:
    """`amount`: the deviation in grey levels."""
    return np.asarray(cv2.addWeighted(image, 1.0, noise, amount / 32, -4.0 * amount))


def _whole(cells: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """A picture's pixels from those of its cells, of which there is one more on each side."""
    height, width = shape
    rows, columns = cells.shape[:2]
    whole = cv2.resize(cells, (columns * CELL, rows * CELL), interpolation=cv2.INTER_LINEAR)
    return np.asarray(whole[CELL : CELL + height, CELL : CELL + width])


def _cut_out(noise: np.ndarray, shape: tuple[int, ...], rng: random.Random) -> np.ndarray:
    height, width = shape
    top, left = rng.randrange(len(noise) - height + 1), rng.randrange(len(noise) - width + 1)
    return noise[top : top + height, left : left + width]


def _view_of_page(page: Page, rng: random.Random, strength: float) -> View:
    """The sheet fills the picture, with some of the table at its edges, or some of its margins cut off."""
    height, width = page.image.shape
    surface = draw_surface(rng, height / width, strength)
    sheet = _extent(surface.seen(_outline((0.0, 0.0, 1.0, height / width))))
    written = _extent(surface.seen(np.concatenate([_outline(block.box) for block in page.blocks]) / width))
    least = _MARGIN / width
    sides = []
    for number, (edge, ink) in enumerate(zip(sheet, written, strict=True)):
        sign = -1.0 if number < 2 else 1.0
        ink += sign * 2 * least
        if rng.random() < 0.3 and sign * (edge - ink) > 0:
            edge += (ink - edge) * rng.random()
        else:
            edge += sign * rng.choice((0.0, 0.0, 0.02, 0.05, 0.09)) * rng.random()
        sides.append(min(edge, ink) if sign < 0 else max(edge, ink))
    frame = framed((sides[0], sides[1], sides[2], sides[3]), height, width, room=(rng.random(), rng.random()))
    return View(surface, frame, float(width), (0.0, 0.0))


def _view_of_region(page: Page, rng: random.Random, strength: float) -> View:
    """A part of a photographed page: what is written fills the crop as it did, its lines slant and bend."""
    height, width = page.image.shape
    written = _written(page)
    for attempt in range(5):
        unit = width / rng.uniform(0.25, 0.9)
        aspect = max(1.35, height / unit + 0.1)
        surface = draw_surface(rng, aspect, strength * 0.5**attempt)
        corner = (rng.uniform(0, 1 - width / unit), rng.uniform(0, aspect - height / unit))
        seen = _extent(surface.seen(written / unit + np.array(corner)))
        margin = rng.uniform(1.0, 3.0) / unit
        seen = (seen[0] - margin, seen[1] - margin, seen[2] + margin, seen[3] + margin)
        frame = framed(seen, height, width, room=(rng.random(), rng.random()))
        if frame.scale >= _LEAST_SCALE * unit:
            break
    scale = min(frame.scale, unit * rng.uniform(0.92, 1.06))
    room = (width / scale - (seen[2] - seen[0]), height / scale - (seen[3] - seen[1]))
    frame = Frame(scale, seen[0] - rng.random() * room[0], seen[1] - rng.random() * room[1])
    return View(surface, frame, unit, corner)


def _type_size(page: Page) -> float:
    """The height of most lines' ink in pixels, which is about that of the font."""
    heights = [line.ink[3] - line.ink[1] for block in page.blocks for line in block.all_lines()]
    return float(np.median(heights)) if heights else 16.0


def _written(page: Page) -> np.ndarray:
    """Points on the outline of each line's ink."""
    boxes = [line.ink for block in page.blocks for line in block.all_lines()]
    height, width = page.image.shape
    return np.concatenate([_outline(box) for box in boxes or [(1.0, 1.0, width - 1.0, height - 1.0)]])


def _outline(box: Box) -> np.ndarray:
    """Seven points on each side."""
    x0, y0, x1, y1 = box
    xs, ys = np.linspace(x0, x1, 7), np.linspace(y0, y1, 7)
    sides = [(xs, np.full(7, y0)), (xs, np.full(7, y1)), (np.full(7, x0), ys), (np.full(7, x1), ys)]
    return np.concatenate([np.stack(side, -1) for side in sides])


def _extent(points: np.ndarray) -> Box:
    (x0, y0), (x1, y1) = points.min(0).tolist(), points.max(0).tolist()
    return (x0, y0, x1, y1)


@dataclass(frozen=True, slots=True)
class _Points:
    """What of a page is to be found again in the picture: each character's place, then each block's outline."""

    all: np.ndarray
    num_characters: int

    @classmethod
    def of(cls, page: Page) -> _Points:
        """In pixels of the drawing."""
        characters = [place for block in page.blocks for line in block.all_lines() for place in line.places()]
        outlines = [_outline(block.box) for block in page.blocks]
        return cls(np.concatenate([np.array(characters).reshape(-1, 2), *outlines]), len(characters))

    def moved(self, blocks: list[Block], places: np.ndarray) -> list[Block]:
        """The blocks with all these points at their `places` in the picture; the lines are changed."""
        characters, start = places[: self.num_characters].tolist(), 0
        for line in (line for block in blocks for line in block.all_lines() if line.xs):
            xs, ys = zip(*characters[start : start + len(line.xs)], strict=True)
            start += len(line.xs)
            line.xs, line.ys, line.y = list(xs), list(ys), sum(ys) / len(ys)
        outlines = places[self.num_characters :].reshape(len(blocks), -1, 2)
        return [
            Block(block.kind, _extent(outline), block.lines, block.rows)
            for block, outline in zip(blocks, outlines, strict=True)
        ]


def _contrast(image: np.ndarray, places: np.ndarray) -> float:
    """The range of grey around most characters, seen from far enough that single pixels don't count."""
    if not len(places):
        return 255.0
    height, width = image.shape
    some = places[:: max(1, len(places) // 150)].astype(int)
    reach = np.arange(-6, 7, 2)
    ys = np.clip(some[:, 1, None, None] + reach[:, None], 0, height - 1)
    xs = np.clip(some[:, 0, None, None] + reach, 0, width - 1)
    near = cv2.blur(image, (2, 2))[ys, xs].reshape(len(some), -1).astype(int)
    return float(np.percentile(near.max(1) - near.min(1), 25))


def _creased(image: np.ndarray, view: View, rng: random.Random) -> np.ndarray:
    """Folds leave a line in the paper: light, dark, or both beside each other."""
    height, width = image.shape
    for fold in view.surface.folds:
        corner = view.corner[1 if fold.is_across else 0]
        length = view.surface.aspect if fold.is_across else 1.0
        place = (fold.place * length - corner) * view.unit
        side = height if fold.is_across else width
        if not 3 < place < side - 3:
            continue
        away = (np.arange(side) - place) / rng.uniform(0.8, 3.0)
        shade = (
            1.0 + rng.uniform(-0.3, 0.12) * np.exp(-(away**2)) + rng.uniform(-0.12, 0.12) * np.exp(-np.abs(away) / 6)
        )
        factors = shade.astype(np.float32)
        rows = np.broadcast_to(factors[:, None] if fold.is_across else factors, image.shape)
        image = np.asarray(cv2.multiply(image, rows, dtype=cv2.CV_8U))
    return image


def _screened(image: np.ndarray, origins: np.ndarray, rng: random.Random) -> np.ndarray:
    """The beat of a screen's pixels with the camera's: bands that bend as the view does."""
    depth = rng.uniform(0.03, 0.22)
    waves = ((1 - depth / 2 + depth / 2 * np.cos(np.arange(256) * math.pi / 128)) * 128).astype(np.uint8)
    for axis in rng.choice(((0,), (1,), (0, 1))):
        frequency = rng.choice((0.5, 1.0, 1.0, 2.0)) + rng.choice((-1, 1)) * rng.uniform(0.008, 0.12)
        phases = (origins[..., axis] * (256 * frequency)).astype(np.int32).astype(np.uint8)
        image = cv2.multiply(image, cv2.LUT(phases, waves), scale=1 / 128)
    return np.asarray(image)
