"""A printed sheet as a phone sees it. Seeded: the same page, damage and seed give the same pixels.

The sheet is a surface that bends along its width and is folded along either side. A pinhole camera looks at it; paper,
desk, light, lens and sensor follow in the order in which light meets them.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import LinearNDInterpolator

from benchmarks.photographed.paper import Bend, Fold, Profile, creased, profile, shown_on_screen
from samples.scan import Pixels, desk, grain, shade

Floats = NDArray[np.float32]
BEYOND = 0.25
"""How far the sheet's plane is followed beyond its edges, in sheets: what lies there is the desk."""
NODES = 81
"""Places along each side where the surface is projected."""
COARSE = 8
"""Pixels between the places for which the way from picture to sheet is worked out exactly."""
GAMMA = 2.2


@dataclass(frozen=True)
class View:
    """Where the camera is: angles in degrees, distance in sheet widths."""

    pitch: float
    yaw: float
    turn: float
    distance: float


@dataclass(frozen=True)
class Shot:
    """How one photograph is taken."""

    view: View
    bend: Bend | None = None
    folds: tuple[Fold, ...] = ()
    uneven: float = 0.25
    """How much light is lost at the darkest edge."""
    shadow: float = 0.0
    """How much light something takes that is held over the sheet."""
    defocus: float = 0.8
    """Sigma in pixels of a picture that is a little larger than the page at 200 dpi."""
    shake: float = 0.0
    """Length in such pixels."""
    gain: float = 1.0
    """Of the exposure: linear light, clipped at white."""
    glare: float = 0.0
    noise: float = 4.0
    is_screen: bool = False


Sampler = Callable[[np.random.Generator], Shot]


def _held(random: np.random.Generator, most: float = 5.0) -> View:
    """A camera that somebody holds over the sheet, up to `most` degrees from straight."""
    pitch, yaw, turn = random.uniform(-most, most, 3)
    return View(pitch, yaw, turn / 2, random.uniform(2.0, 3.5))


def _straight(random: np.random.Generator) -> Shot:
    return Shot(_held(random))


def _perspective(random: np.random.Generator) -> Shot:
    pitch = random.uniform(14, 36) * random.choice((-1, 1))
    yaw = random.uniform(4, 22) * random.choice((-1, 1))
    return Shot(View(pitch, yaw, random.uniform(-7, 7), random.uniform(1.8, 2.6)))


def _curl(random: np.random.Generator) -> Shot:
    bend = Bend(random.uniform(0.05, 0.2), random.uniform(0.12, 0.45), bool(random.random() < 0.5))
    view = replace(_held(random), pitch=random.uniform(8, 22) * random.choice((-1, 1)))
    return Shot(view, bend=bend)


def _fold(random: np.random.Generator) -> Shot:
    across = (0.5,) if random.random() < 0.5 else (0.33, 0.67)
    folds = [Fold(place + random.uniform(-0.03, 0.03), random.uniform(0.02, 0.06), True) for place in across]
    if random.random() < 0.5:
        folds.append(Fold(0.5 + random.uniform(-0.05, 0.05), random.uniform(0.02, 0.05), False))
    return Shot(_held(random, 9), folds=tuple(folds))


def _shadow(random: np.random.Generator) -> Shot:
    return Shot(_held(random), shadow=random.uniform(0.4, 0.8), uneven=random.uniform(0.3, 0.6))


def _blur(random: np.random.Generator) -> Shot:
    if random.random() < 0.5:
        return Shot(_held(random), defocus=random.uniform(1.8, 3.6))
    return Shot(_held(random), shake=random.uniform(6, 14))


def _underexposed(random: np.random.Generator) -> Shot:
    return Shot(_held(random), gain=random.uniform(0.04, 0.15), noise=random.uniform(8, 14))


def _overexposed(random: np.random.Generator) -> Shot:
    return Shot(_held(random), gain=random.uniform(2.5, 5), glare=random.uniform(0.5, 1))


def _screen(random: np.random.Generator) -> Shot:
    return Shot(_held(random, 8), is_screen=True, uneven=0.1, defocus=random.uniform(0.5, 0.8))


DAMAGES: dict[str, Sampler] = {
    "straight": _straight,
    "perspective": _perspective,
    "curl": _curl,
    "fold": _fold,
    "shadow": _shadow,
    "blur": _blur,
    "underexposed": _underexposed,
    "overexposed": _overexposed,
    "screen": _screen,
}


def photograph(page: Pixels, damage: str, *, seed: int) -> Pixels:
    """The page as a photograph that is a little larger, with the desk around it."""
    random = np.random.default_rng([seed, list(DAMAGES).index(damage)])
    return taken(page, DAMAGES[damage](random), random)


def taken(page: Pixels, shot: Shot, random: np.random.Generator) -> Pixels:
    height, width = page.shape[:2]
    across = profile(NODES, 1.0, shot.bend, [fold for fold in shot.folds if not fold.is_across])
    down = profile(NODES, height / width, None, [fold for fold in shot.folds if fold.is_across])
    size = (round(1.1 * width), round(1.1 * height))
    places = _places(shot, across, down, size)
    paper = shown_on_screen(page) if shot.is_screen else creased(page, shot.folds, across, down)
    whole = _laid(paper, places, random, is_screen=shot.is_screen)
    light = _light(whole.shape, shot, random)
    seen = _through_lens(np.asarray((whole / 255) ** GAMMA * light, np.float32), shot, random)
    exposed = 255 * np.clip(seen * shot.gain, 0, 1) ** (1 / GAMMA)
    return _compressed(exposed + grain(exposed.shape, random, shot.noise), random)


def _places(shot: Shot, across: Profile, down: Profile, size: tuple[int, int]) -> Floats:
    """For each pixel of a picture of `size` (width, height), its place on the sheet: (height, width, 2), 0…1 inside."""
    sheet = np.linspace(-BEYOND, 1 + BEYOND, NODES)
    points = np.stack(
        [
            np.broadcast_to(_followed(sheet, across.along), (NODES, NODES)),
            np.broadcast_to(_followed(sheet, down.along)[:, None], (NODES, NODES)),
            across.height_at(sheet)[None, :] + down.height_at(sheet)[:, None],
        ],
        axis=-1,
    )
    points -= [across.along[-1] / 2, down.along[-1] / 2, 0]
    x, y, z = np.moveaxis(points @ _rotation(shot.view).T, -1, 0)
    far = np.maximum(shot.view.distance - z, 0.2)
    seen = np.stack([x / far, y / far], axis=-1)
    inside = np.flatnonzero((sheet >= 0) & (sheet <= 1))
    seen = _framed(seen, seen[inside[0] : inside[-1] + 1, inside[0] : inside[-1] + 1], size)
    texture = np.stack(np.meshgrid(sheet, sheet), axis=-1).reshape(-1, 2)
    coarse = [np.arange(0, length, COARSE) + (COARSE - 1) / 2 for length in size]
    found = LinearNDInterpolator(seen.reshape(-1, 2), texture, fill_value=-1.0)(*np.meshgrid(*coarse))
    whole = (len(coarse[0]) * COARSE, len(coarse[1]) * COARSE)
    return np.asarray(cv2.resize(found.astype(np.float32), whole)[: size[1], : size[0]], np.float32)


def _followed(sheet: NDArray[np.float64], along: NDArray[np.float64]) -> NDArray[np.float64]:
    """Lengths along the sheet, followed beyond its ends as if it were flat there."""
    inside = np.interp(sheet, np.linspace(0, 1, len(along)), along)
    return np.asarray(inside + (np.minimum(sheet, 0) + np.maximum(sheet - 1, 0)) * along[-1])


def _rotation(view: View) -> NDArray[np.float64]:
    (cx, cy, cz), (sx, sy, sz) = (f(np.deg2rad([view.pitch, view.yaw, view.turn])) for f in (np.cos, np.sin))
    pitched = np.array([[1, 0, 0], [0, cx, -sx], [0, sx, cx]])
    yawed = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    turned = np.array([[cz, -sz, 0], [sz, cz, 0], [0, 0, 1]])
    return np.asarray(turned @ yawed @ pitched)


def _framed(points: NDArray[np.float64], sheet: NDArray[np.float64], size: tuple[int, int]) -> NDArray[np.float64]:
    """Scaled and moved so that the sheet fills 94 % of the picture one way or the other."""
    low, high = sheet.reshape(-1, 2).min(axis=0), sheet.reshape(-1, 2).max(axis=0)
    scale = 0.94 * np.min(np.array(size) / (high - low))
    return np.asarray((points - (low + high) / 2) * scale + np.array(size) / 2)


def _laid(paper: Pixels, places: Floats, random: np.random.Generator, *, is_screen: bool) -> Floats:
    """The sheet on a desk, or the screen in its dark frame."""
    height, width = paper.shape[:2]
    xs, ys = places[..., 0] * width - 0.5, places[..., 1] * height - 0.5
    seen = cv2.remap(paper, xs, ys, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE).astype(np.float32)
    on = ((places >= 0) & (places <= 1)).all(axis=-1).astype(np.float32)
    soft = cv2.GaussianBlur(on, (0, 0), 0.7)[..., None]
    if is_screen:
        return np.asarray(seen * soft + 24 * (1 - soft), np.float32)
    cast = cv2.GaussianBlur(on, (0, 0), 12)[..., None]
    table = desk((on.shape[1], on.shape[0]), random) * (1 - 0.5 * cast)
    return np.asarray(seen * np.array([1.0, 0.985, 0.95], np.float32) * soft + table * (1 - soft), np.float32)


def _light(shape: tuple[int, ...], shot: Shot, random: np.random.Generator) -> Floats:
    """What of the light arrives: (height, width, 1)."""
    height, width = shape[:2]
    light = 1.0 - shade(shape, random, shot.uneven)
    if shot.shadow:
        middle = random.uniform(0.1, 0.9, 2) * (width, height)
        angles = np.sort(random.uniform(0, 2 * np.pi, 7))
        reach = random.uniform(0.25, 0.7, 7) * width
        corners = middle + reach[:, None] * np.stack([np.cos(angles), np.sin(angles)], axis=-1)
        held = np.zeros((height, width), np.float32)
        cv2.fillPoly(held, [corners.astype(np.int32)], 1.0)
        light *= 1.0 - shot.shadow * cv2.GaussianBlur(held, (0, 0), random.uniform(0.01, 0.04) * width)
    if shot.glare:
        x, y = random.uniform(0.2, 0.8, 2) * (width, height)
        rows, columns = np.mgrid[:height, :width].astype(np.float32)
        away = ((columns - x) ** 2 + (rows - y) ** 2) / (random.uniform(0.15, 0.3) * width) ** 2
        light += shot.glare * np.exp(-away)
    return np.asarray(light[..., None], np.float32)


def _through_lens(light: Floats, shot: Shot, random: np.random.Generator) -> Floats:
    seen = cv2.GaussianBlur(light, (0, 0), shot.defocus)
    if not shot.shake:
        return np.asarray(seen, np.float32)
    side = int(shot.shake) | 1
    kernel = np.zeros((side, side), np.float32)
    angle = random.uniform(0, np.pi)
    step = side / 2 * np.array([np.cos(angle), np.sin(angle)])
    ends = [tuple(round(float(v)) for v in side // 2 + sign * step) for sign in (-1, 1)]
    cv2.line(kernel, ends[0], ends[1], 1.0, 1)
    return np.asarray(cv2.filter2D(seen, -1, kernel / kernel.sum()), np.float32)


def _compressed(values: Floats, random: np.random.Generator) -> Pixels:
    """As phones keep it: JPEG."""
    levels = np.clip(values, 0, 255).astype(np.uint8)
    written = cv2.imencode(".jpg", levels[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, int(random.integers(75, 93))])[1]
    read = np.asarray(cv2.imdecode(written, cv2.IMREAD_COLOR), np.uint8)
    return np.ascontiguousarray(read[:, :, ::-1])
