"""Check boxes as printers draw them and people mark them, each a little different."""

import itertools
import math
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from PIL import ImageDraw

from training.checkboxes.words import Hand, sign_font
from training.drawing.pagetypes import Box

Point = tuple[float, float]

FRAMES = {"square": 8, "rounded": 2, "ring": 5, "bracket": 1.2, "parenthesis": 0.6, "sign": 1.5}
PRINTED = ("tick", "cross", "letter", "full", "inset", "dot", "reversed")
WRITTEN = ("tick", "cross", "scribble", "slash", "shaded", "stroke")
SIGN_PAIRS = ("☐☑", "☐☒", "□■", "□☑", "○●", "○◉", "◯●", "❏☑", "❍●", "□☒")
TICKS = "✓✔✗✘✕✖"


@dataclass(frozen=True)
class DrawnBox:
    """`frame` is the box itself, `extent` the box with its mark."""

    frame: Box
    extent: Box
    is_checked: bool


@dataclass(frozen=True)
class Style:
    """How a form's boxes look and are marked; lengths in pixels, inks from 0 for black."""

    frame: str
    side: float
    aspect: float
    stroke: float
    ink: int
    fill: int | None
    mark: str
    is_by_hand: bool
    mark_ink: int
    pen: float
    dash: float = 0.0
    double: float = 0.0
    """From the frame to a second one around it."""
    shadow: float = 0.0
    bevel: int | None = None
    signs: str = ""
    sign_face: Path | None = None

    @property
    def width(self) -> float:
        return self.side * (2.1 if self.frame == "bracket" else self.aspect)


def style_of(rng: random.Random, line: float, faces: Sequence[Path]) -> Style:
    """For lines `line` pixels high."""
    frame = rng.choices(list(FRAMES), list(FRAMES.values()))[0]
    side = line * min(max(rng.lognormvariate(-0.3, 0.32), 0.38), 1.7)
    is_by_hand, is_oval = rng.random() < 0.5, frame == "ring" and rng.random() < 0.2
    mark = rng.choice(WRITTEN if is_by_hand else PRINTED)
    if frame == "ring" and not is_by_hand:
        mark = rng.choices(("dot", "full", "tick", "cross"), (7, 2, 1, 1))[0]
    if frame in ("bracket", "parenthesis"):
        side, mark = max(side, 0.7 * line), rng.choice(("letter", "letter", "cross", "tick"))
    pair = rng.choice(SIGN_PAIRS)
    style = Style(
        frame, side, rng.uniform(1.2, 2.0) if is_oval else rng.choice((1.0, 1.0, 1.0, rng.uniform(0.85, 1.25))),
        stroke=side * rng.choice((rng.uniform(0.03, 0.08), rng.uniform(0.05, 0.18))),
        ink=rng.choice((0, 0, 0, rng.randint(0, 180))),
        fill=rng.choice((None, None, 255, rng.randint(225, 250))),
        mark=mark, is_by_hand=is_by_hand,
        mark_ink=rng.choice((0, 0, rng.randint(10, 130))),
        pen=side * rng.uniform(0.05, 0.22) if is_by_hand else side * rng.uniform(0.06, 0.16),
        signs=pair if frame == "sign" else "",
        sign_face=rng.choice(faces) if frame == "sign" and faces else None,
    )  # fmt: skip
    if frame == "sign" and not faces:
        return replace(style, frame="square")
    extra = rng.random()
    if frame == "square" and extra < 0.06:
        return replace(style, shadow=side * rng.uniform(0.08, 0.16), fill=255)
    if frame in ("square", "ring") and extra < 0.12:
        return replace(style, dash=side * rng.uniform(0.08, 0.2))
    if frame in ("square", "ring", "rounded") and extra < 0.18:
        return replace(style, double=side * rng.uniform(0.1, 0.22))
    if frame == "square" and extra < 0.24:
        return replace(style, bevel=rng.randint(140, 210), fill=rng.choice((255, 240)))
    return style


def knocked_out(style: Style) -> Style:
    """White on a coloured sheet, without a frame."""
    if style.frame not in ("square", "rounded", "ring"):
        return style
    return replace(style, fill=255, ink=255, dash=0.0, double=0.0, shadow=0.0, bevel=None)


def draw(
    pen: ImageDraw.ImageDraw, rng: random.Random, style: Style, place: Point, hand: Hand, *, is_checked: bool
) -> DrawnBox:
    """A box whose left side is at `place`, which lies on the line's middle."""
    x, middle = place
    rect = (x, middle - style.side / 2, x + style.width, middle + style.side / 2)
    if style.frame == "sign":
        return _sign(pen, style, place, is_checked=is_checked)
    if style.double:
        _framed(pen, replace(style, dash=0.0), _inset(rect, -style.double, -style.double))
    _framed(pen, style, rect)
    extent = _marked(pen, rng, style, rect, hand) if is_checked else rect
    return DrawnBox(rect, _around(rect, extent), is_checked)


def _sign(pen: ImageDraw.ImageDraw, style: Style, place: Point, *, is_checked: bool) -> DrawnBox:
    assert style.sign_face
    font = sign_font(style.sign_face, style.side * 1.25)
    text = style.signs[is_checked]
    seen = pen.textbbox(place, text, font=font, anchor="lm")
    pen.text(place, text, fill=style.ink, font=font, anchor="lm")
    return DrawnBox(seen, seen, is_checked)


def _framed(pen: ImageDraw.ImageDraw, style: Style, rect: Box) -> None:
    x0, y0, x1, y1 = rect
    width, ink = _pen_of(style.stroke, style.ink)
    match style.frame:
        case "bracket" | "parenthesis":
            _brackets(pen, style, rect)
        case "ring":
            if style.dash:
                step = 360 * style.dash / (math.pi * style.side)
                for start in range(0, int(360 / step), 2):
                    pen.arc(rect, start * step, (start + 1) * step, fill=ink, width=width)
            else:
                pen.ellipse(rect, fill=style.fill, outline=ink, width=width)
        case "rounded":
            pen.rounded_rectangle(rect, 0.2 * style.side, fill=style.fill, outline=ink, width=width)
        case _ if style.dash:
            corners = [(x0, y0), (x1, y0), (x1, y1), (x0, y1), (x0, y0)]
            for a, b in itertools.pairwise(corners):
                count = max(3, int(math.dist(a, b) / style.dash)) | 1
                for n in range(0, count, 2):
                    pen.line([_between(a, b, n / count), _between(a, b, (n + 1) / count)], fill=ink, width=width)
        case _:
            if style.shadow:
                pen.rectangle((x0 + style.shadow, y0 + style.shadow, x1 + style.shadow, y1 + style.shadow), fill=90)
            pen.rectangle(rect, fill=style.fill, outline=ink, width=width)
            if style.bevel is not None:
                pen.line([(x0, y1), (x1, y1), (x1, y0)], fill=style.bevel, width=width)


def _brackets(pen: ImageDraw.ImageDraw, style: Style, rect: Box) -> None:
    x0, y0, x1, y1 = rect
    width, ink = _pen_of(style.stroke, style.ink)
    if style.frame == "parenthesis":
        lean = 0.3 * style.side
        pen.arc((x0, y0, x0 + 2 * lean, y1), 110, 250, fill=ink, width=width)
        pen.arc((x1 - 2 * lean, y0, x1, y1), 290, 70, fill=ink, width=width)
        return
    foot = 0.2 * style.side
    pen.line([(x0 + foot, y0), (x0, y0), (x0, y1), (x0 + foot, y1)], fill=ink, width=width)
    pen.line([(x1 - foot, y0), (x1, y0), (x1, y1), (x1 - foot, y1)], fill=ink, width=width)


def _marked(pen: ImageDraw.ImageDraw, rng: random.Random, style: Style, rect: Box, hand: Hand) -> Box:
    """The mark's own box."""
    room = _inset(rect, 0.3 * style.side if style.frame == "bracket" else 0.0, 0.0)
    if style.is_by_hand:
        return _by_hand(pen, rng, style, room)
    width, ink = _pen_of(style.pen, style.mark_ink)
    match style.mark:
        case "tick":
            return _line(pen, [_at(room, 0.15, 0.55), _at(room, 0.42, 0.82), _at(room, 0.86, 0.18)], width, ink)
        case "cross":
            inner = _inset(room, *[rng.uniform(0.0, 0.22) * style.side] * 2)
            _line(pen, [inner[:2], inner[2:]], width, ink)
            return _line(pen, [(inner[0], inner[3]), (inner[2], inner[1])], width, ink)
        case "letter":
            font = hand.font(style.side * rng.uniform(0.8, 1.15))
            middle = ((room[0] + room[2]) / 2, (room[1] + room[3]) / 2)
            text = rng.choice("xXXV") if rng.random() < 0.9 else "×"
            pen.text(middle, text, fill=ink, font=font, anchor="mm")
            seen: Box = pen.textbbox(middle, text, font=font, anchor="mm")
            return seen
        case "full" | "inset" | "dot":
            inset = {"full": 0.0, "inset": rng.uniform(0.12, 0.25), "dot": rng.uniform(0.18, 0.3)}[style.mark]
            inner = _inset(room, inset * style.side, inset * style.side)
            is_round = style.frame in ("ring", "parenthesis") or style.mark == "dot"
            (pen.ellipse if is_round else pen.rectangle)(inner, fill=style.mark_ink)
            return inner
        case _:
            pen.rounded_rectangle(room, rng.choice((0.0, 0.15)) * style.side, fill=min(style.mark_ink, 110))
            _line(pen, [_at(room, 0.2, 0.52), _at(room, 0.42, 0.74), _at(room, 0.8, 0.28)], width, 255)
            return room


def _by_hand(pen: ImageDraw.ImageDraw, rng: random.Random, style: Style, room: Box) -> Box:
    """Strokes that miss the frame by a little or by much."""
    off = rng.choice((0.06, 0.12, 0.2))

    def near(x: float, y: float) -> Point:
        return _at(room, x + rng.gauss(0, off), y + rng.gauss(0, off))

    match style.mark:
        case "tick":
            reach = rng.uniform(0.8, 1.6)
            strokes = [[near(0.05, 0.45), near(0.38, 0.88), near(reach, 1 - 1.1 * reach)]]
        case "cross":
            strokes = [[near(0, 0), near(1, 1)], [near(1, 0), near(0, 1)]]
        case "scribble":
            strokes = [[near(n / 7 if n % 2 else (n + 1) / 8, n % 2) for n in range(rng.randint(5, 9))]]
        case "slash":
            strokes = [[near(0.0, 1.0), near(1.0, 0.0)]]
        case "stroke":
            strokes = [[near(0.0, 0.5), near(1.0, rng.uniform(0.3, 0.7))]]
        case _:
            strokes = [[near(0.15 + 0.7 * (n % 2), 0.1 + 0.8 * n / 12) for n in range(12)]]
    width = style.pen * (1.3 if style.mark == "shaded" else 1.0)
    boxes = [_stroke(pen, rng, points, width, style.mark_ink) for points in strokes]
    extent = boxes[0]
    for box in boxes[1:]:
        extent = _around(extent, box)
    return extent


def _stroke(pen: ImageDraw.ImageDraw, rng: random.Random, points: Sequence[Point], width: float, ink: int) -> Box:
    """Bent a little, pressed harder here than there."""
    seen: list[Point] = []
    for a, b in itertools.pairwise(points):
        bow = rng.gauss(0, 0.07) * math.dist(a, b)
        middle = (a[0] / 2 + b[0] / 2 + bow, a[1] / 2 + b[1] / 2 - bow)
        for n in range(8):
            t = n / 8
            seen.append(
                tuple((1 - t) ** 2 * p + 2 * t * (1 - t) * m + t * t * q for p, m, q in zip(a, middle, b, strict=True))  # type: ignore[arg-type]
            )
    seen.append(points[-1])
    pressed = rng.uniform(0, 6)
    for number, (a, b) in enumerate(itertools.pairwise(seen)):
        share = 1 + 0.25 * math.sin(pressed + 0.4 * number)
        thick, shade = _pen_of(width * share, ink)
        pen.line([a, b], fill=shade, width=thick)
        radius = thick / 2 - 0.5
        if radius > 1:
            pen.ellipse((b[0] - radius, b[1] - radius, b[0] + radius, b[1] + radius), fill=shade)
    xs, ys = [x for x, _ in seen], [y for _, y in seen]
    return min(xs) - width / 2, min(ys) - width / 2, max(xs) + width / 2, max(ys) + width / 2


def _pen_of(width: float, ink: int) -> tuple[int, int]:
    """Whole pixels; what is thinner than one is paler."""
    return max(round(width), 1), ink if width >= 1 else round(255 - (255 - ink) * max(width, 0.4))


def _line(pen: ImageDraw.ImageDraw, points: Sequence[Point], width: int, ink: int) -> Box:
    pen.line(list(points), fill=ink, width=width, joint="curve")
    xs, ys = [x for x, _ in points], [y for _, y in points]
    return min(xs) - width / 2, min(ys) - width / 2, max(xs) + width / 2, max(ys) + width / 2


def _at(rect: Box, x: float, y: float) -> Point:
    return rect[0] + x * (rect[2] - rect[0]), rect[1] + y * (rect[3] - rect[1])


def _between(a: Point, b: Point, share: float) -> Point:
    return a[0] + share * (b[0] - a[0]), a[1] + share * (b[1] - a[1])


def _inset(rect: Box, x: float, y: float) -> Box:
    return rect[0] + x, rect[1] + y, rect[2] - x, rect[3] - y


def _around(a: Box, b: Box) -> Box:
    return min(a[0], b[0]), min(a[1], b[1]), max(a[2], b[2]), max(a[3], b[3])
