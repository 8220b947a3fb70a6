"""Draws regions: crops of one block of text, with what a crop may catch of its neighbours; and crops of a few words."""

from __future__ import annotations

import random
from dataclasses import dataclass

from training.drawing.layout import KERNED, Composer, draw_inks
from training.drawing.pagetypes import Block, Line, Page
from training.drawing.setting import PLAIN, draw_hand, draw_manner, draw_paragraph_line, wrapped
from training.drawing.typeface import Canvas, Typeface, blank
from training.text.charset import joint
from training.text.passages import Wording, Writer


@dataclass(frozen=True, slots=True)
class _Lines:
    """How many lines there are, how far apart, and the font's size."""

    count: int
    pitch: float
    size: int


def draw_region(
    composer: Composer, rng: random.Random, width: int, height: int, wording: Wording,
    *, sizes: tuple[int, int] | None = None, is_worn: bool = False, is_written: bool = False,
) -> Page:  # fmt: skip
    """A crop with one block of text that fills it: one line, or several at their natural spacing.

    `sizes`: the font's size in pixels, from … to; without it the lines' number decides. `is_written`: by hand.
    """
    language, writer = composer.writer(rng, wording)
    manner = draw_hand(rng) if is_written else draw_manner(rng) if is_worn else PLAIN
    least = max(round(writer.library.least_size), manner.least_size)
    lines = _lines_of_size(rng, height, sizes, least) if sizes else _lines_of_count(rng, height, least)
    face = composer.cabinet.open(composer.cabinet.draw_name(rng, language, manner.faces), lines.size)
    paper, ink = draw_inks(rng)
    typist = rng if manner.is_uneven else None
    canvas = blank(width, height, paper, kerned=rng.random() < KERNED, typist=typist)
    margin = rng.uniform(0, min(16.0, width * 0.05)) + 1
    room = width - 2 * margin
    per_line = room / face.advance("n") * 0.5 / writer.library.em
    text = writer.passage(int(lines.count * per_line * rng.uniform(0.5, 1.1)) + 4)
    first = (height - lines.pitch * lines.count) / 2 + (lines.pitch + face.x_height) / 2
    set_lines, drawn = wrapped(face, text, room, manner)[: lines.count], []
    for number in range(len(set_lines)):
        baseline = first + number * lines.pitch + rng.uniform(-0.06, 0.06) * lines.size * (lines.count == 1)
        drawn.append(
            draw_paragraph_line(
                canvas, face, set_lines, number, margin, baseline, ink, room=room, manner=manner, rng=rng
            )
        )
    if is_worn and rng.random() < 0.5 and drawn:
        _draw_neighbours(canvas, face, writer, rng, (margin, room), (first, baseline), ink)
    return Page(canvas.array, [Block("text", (0, 0, width, height), drawn)], language)


def draw_crop(
    composer: Composer, rng: random.Random, width: int, height: int, wording: Wording, *, is_written: bool = False
) -> Page:
    """A crop of something short: a heading, a name, a page's number, a form's line; as large as a title's type."""
    language, writer = composer.writer(rng, wording)
    count = rng.choice((1, 1, 2)) if height >= 64 else 1
    manner = draw_hand(rng) if is_written else PLAIN
    size = _rounded(
        min(max(writer.library.least_size, manner.least_size, 12.0, height / count * rng.uniform(0.35, 0.8)), 100.0)
    )
    name = composer.cabinet.draw_name(rng, language, manner.faces)
    face = composer.cabinet.open(composer.cabinet.bold_of(name) if rng.random() < 0.5 else name, size)
    paper, ink = draw_inks(rng)
    canvas = blank(width, height, paper, kerned=rng.random() < KERNED, typist=rng if manner.is_uneven else None)
    margin = rng.uniform(1.0, 12.0)
    room = width - 2 * margin
    texts = face.wrap(writer.label(max(3, width // 60)), room)[:count] or ["1"]
    pitch = min(size * rng.uniform(1.1, 1.4), height / len(texts))
    first = (height - pitch * (len(texts) - 1) + face.size * 0.7) / 2
    is_centred, lines = rng.random() < 0.3, []
    for number, text in enumerate(texts):
        x = margin + ((room - face.width(text)) / 2 if is_centred else 0.0)
        lines.append(face.draw(canvas, text, x, first + number * pitch, ink))
    if len(lines) == 1 and not is_centred and rng.random() < 0.3:
        _draw_value(canvas, face, writer, rng, lines[0], margin + room, first, ink)
    return Page(canvas.array, [Block("text", (0, 0, width, height), lines)], language)


def _draw_value(
    canvas: Canvas, face: Typeface, writer: Writer, rng: random.Random, line: Line, end: float, baseline: float,
    ink: int,
) -> None:  # fmt: skip
    """A number far behind a line's text, as a form or a table of contents has it; it becomes part of the line."""
    start = line.xs[-1] + face.size
    value = face.writable(writer.number())
    if value and start + face.width(value) < end:
        drawn = face.draw(canvas, value, rng.uniform(start, end - face.width(value)), baseline, ink)
        space = joint(line.text, value)
        line.text += space + value
        line.xs += [line.xs[-1] + face.size / 2] * len(space) + drawn.xs
        line.ink = (line.ink[0], min(line.ink[1], drawn.ink[1]), drawn.ink[2], max(line.ink[3], drawn.ink[3]))


def _lines_of_size(rng: random.Random, height: int, sizes: tuple[int, int], least: int) -> _Lines:
    size = max(least, rng.randint(*sizes))
    count = max(1, int(height / (size * rng.uniform(1.15, 1.6))))
    return _Lines(count, height / (count + rng.uniform(0.0, 0.25)), _rounded(size))


def _lines_of_count(rng: random.Random, height: int, least: int) -> _Lines:
    count = rng.choice([n for n in (1, 1, 1, 2, 2, 3, 4, 5, 6, 8) if max(16.5, 1.2 * least) * n <= height] or [1])
    pitch = height / (count + rng.uniform(0.0, 0.25))
    return _Lines(count, pitch, _rounded(min(max(pitch / rng.uniform(1.15, 1.7), 11.0, least), 46.0)))


def _rounded(size: float) -> int:
    """Whole pixels, even ones above 24, so that few sizes share the glyph cache."""
    return round(size) if size < 24 else 2 * round(size / 2)


def _draw_neighbours(
    canvas: Canvas, face: Typeface, writer: Writer, rng: random.Random, across: tuple[float, float],
    baselines: tuple[float, float], ink: int,
) -> None:  # fmt: skip
    """The feet of the line above and the heads of the line below, where they do not touch the text."""
    height, (margin, room), (first, last) = len(canvas.array), across, baselines
    above = rng.uniform(-0.2, 0.35) * face.x_height
    below = height + rng.uniform(0.65, 1.2) * face.x_height
    for baseline, is_free in ((above, first - above > 1.05 * face.size), (below, below - last > 1.05 * face.size)):
        text = (face.wrap(writer.passage(int(room / face.advance("n"))), room) or ["1"])[0]
        if is_free and rng.random() < 0.7:
            face.draw(canvas, text, margin, baseline, ink)
