"""Composes pages: some hundred to some thousand characters in headings, paragraphs, lists, tables, forms, columns."""

from __future__ import annotations

import random
from dataclasses import dataclass

from PIL import ImageDraw

from training.drawing.fonts import HANDWRITING
from training.drawing.handwriting import draw_note
from training.drawing.pagetypes import Block, Box, Line, Page
from training.drawing.setting import PLAIN, Manner, draw_hand, draw_manner, draw_paragraph_line, wrapped
from training.drawing.tables import Room, draw_table
from training.drawing.typeface import Cabinet, Typeface, blank
from training.text.passages import Library, Wording, Writer, draw_language

KERNED = 0.15
"""Share of pages that FreeType lays out; see `typeface.Canvas`."""
_PLAIN_WEIGHTS = (0.44, 0.16, 0.09, 0.18, 0.09, 0.03, 0.01)
"""How often a plain page has paragraphs, headings, lists, tables, forms, figures, contents."""


@dataclass(frozen=True, slots=True)
class Style:
    """One page's look: fonts' file names, sizes in pixels, inks and spacing."""

    body: str
    heading: str
    size: float
    leading: float
    ink: int
    paper: int
    gap: float


@dataclass(slots=True)
class Column:
    """A column that fills downwards: from `x0` to `x1`, `y` is where the next block starts, `bottom` where it ends."""

    x0: float
    x1: float
    y: float
    bottom: float

    @property
    def width(self) -> float:
        """Pixels from edge to edge."""
        return self.x1 - self.x0


class Composer:
    """Draws pages and regions; everything random comes from the `rng` that each call is given."""

    def __init__(self, cabinet: Cabinet, libraries: dict[str, Library]) -> None:
        self.cabinet = cabinet
        self.libraries = libraries
        self.languages = [language for language in cabinet.languages() if language in libraries]

    def writer(self, rng: random.Random, wording: Wording) -> tuple[str, Writer]:
        """A language and who writes it."""
        language = wording.language or draw_language(rng, self.languages)
        return language, Writer(self.libraries[language], rng, wording)

    def page(
        self, rng: random.Random, width: int, height: int, wording: Wording,
        *, num_chars: int, least_size: float = 12.0, is_worn: bool = False, is_written: bool = False,
        num_columns: int = 0, scale: float = 1.0,
    ) -> Page:  # fmt: skip
        """A whole page with about `num_chars` characters, or as many as fit; `least_size` of type in pixels.

        `is_written`: by hand; `num_columns`: of small type, 0 for any.
        `scale`: by how much type is larger, for pages drawn at a higher resolution than those that are trained on.
        """
        manner = draw_hand(rng) if is_written else draw_manner(rng) if is_worn else PLAIN
        asked = Asked(width, height, num_chars, least_size, manner, num_columns, scale)
        return _PageDrawing(self, rng, wording, asked).draw()


@dataclass(frozen=True, slots=True)
class Asked:
    """What a page is to be like; see `Composer.page`."""

    width: int
    height: int
    num_chars: int
    least_size: float
    manner: Manner
    num_columns: int
    scale: float


class _PageDrawing:
    """One page in the making."""

    def __init__(self, composer: Composer, rng: random.Random, wording: Wording, asked: Asked) -> None:
        self.cabinet = composer.cabinet
        self.rng = rng
        self.language, self.writer = composer.writer(rng, wording)
        self.em = self.writer.library.em
        self.manner, self.num_columns = asked.manner, asked.num_columns
        self.width, self.height = asked.width, asked.height
        num_chars = round(asked.num_chars * 0.5 / self.em)
        least_size = max(asked.least_size, self.writer.library.least_size, self.manner.least_size)
        self.style = self._draw_style(num_chars, least_size, asked.scale)
        typist = rng if self.manner.is_uneven else None
        self.canvas = blank(asked.width, asked.height, self.style.paper, kerned=rng.random() < KERNED, typist=typist)
        self.pen = self.canvas.pen
        self.pen_face = self._draw_pen_face()
        self.left = num_chars
        self.longest = rng.choice((420, 420, max(420, num_chars // 2)))
        self.blocks: list[Block] = []

    def _draw_pen_face(self) -> str:
        """What forms are filled in with on one page in six: somebody's handwriting, where a font can set it."""
        name = self.cabinet.draw_name(self.rng, self.language, HANDWRITING) if self.rng.random() < 0.16 else ""
        return name if name in HANDWRITING else ""

    def _draw_style(self, num_chars: int, least_size: float, scale: float) -> Style:
        """Half of the pages, and all that may be dense, get a size that fills a given share of the page."""
        rng, manner, width, height = self.rng, self.manner, self.width, self.height
        body = self.cabinet.draw_name(rng, self.language, manner.faces)
        heading = self.cabinet.bold_of(body if rng.random() < 0.7 else self.cabinet.draw_name(rng, self.language))
        paper, ink = draw_inks(rng)
        size = scale * rng.choice((12.0, 12.5, 13.0, 13.5, 14.0, 14.5, 15.0, 15.5, 16.0, 17.0, 18.0, 20.0, 22.0))
        if rng.random() < 0.5 or least_size < 12:
            size = min(26.0 * scale, (rng.uniform(0.125, 0.5) * width * height / self.em / max(num_chars, 60)) ** 0.5)
        size = max(least_size * scale, min(size, width / (26 if self.num_columns < 2 else 17.5 * self.num_columns)))
        leading = rng.choice((1.05, 1.25, 1.6)) if manner.is_typed else rng.uniform(1.2, 1.6)
        gap = rng.uniform(0.0, 0.15) if manner.indent else rng.uniform(0.5, 1.2)
        return Style(body, body if manner.is_uneven else heading, size, leading, ink, paper, gap)

    def draw(self) -> Page:
        """Header, columns of blocks, footer."""
        rng, width, height = self.rng, self.width, self.height
        margin_x, margin_y = width * rng.uniform(0.04, 0.12), height * rng.uniform(0.04, 0.1)
        if rng.random() < 0.35:
            self._running("page_header", margin_x, margin_y * 0.55)
        footer = rng.random() < 0.45
        top = max(margin_y, margin_y * 0.55 + 2.2 * self.style.size)
        bottom = height - max(margin_y, 3.0 * self.style.size)
        if rng.random() < 0.4:
            needed = self.left * 1.5 * self.em * self.style.size**2 * self.style.leading / (width - 2 * margin_x)
            top += rng.uniform(0.0, max(0.0, bottom - top - needed))
        column = Column(margin_x, width - margin_x, top, bottom)
        if rng.random() < 0.7:
            self._heading(column, "h1")
            column.y += self.style.size * rng.uniform(0.3, 1.0)
        for part in self._columns(column):
            self._fill(part)
        if self.manner != PLAIN and rng.random() < 0.2 and margin_x > 40:
            y = rng.uniform(0.1, 0.7) * height
            self._note((4.0, y, margin_x - 6, y + rng.uniform(0.04, 0.2) * height))
        if footer:
            self._running("page_footer", margin_x, height - margin_y * 0.45)
        return Page(self.canvas.array, self.blocks, self.language)

    def _columns(self, column: Column) -> list[Column]:
        """One, two or three columns; with several, the characters are shared out."""
        rng = self.rng
        count = rng.choices((1, 2, 3), (0.55, 0.3, 0.15) if self.left > 1300 else (0.72, 0.24, 0.04))[0]
        count = self.num_columns or count
        if column.width / count < 14 * self.style.size:
            count = 1
        if count == 1:
            return [column]
        gutter = self.style.size * rng.uniform(1.2, 2.6)
        width = (column.width - gutter * (count - 1)) / count
        per_column = self.left * (self.style.size * self.em) / width * self.style.size * self.style.leading / count
        bottom = min(column.bottom, column.y + per_column * rng.uniform(1.1, 1.5) + 6 * self.style.size)
        starts = [column.x0 + number * (width + gutter) for number in range(count)]
        if rng.random() < 0.3:
            for start in starts[1:]:
                self.pen.line([(start - gutter / 2, column.y), (start - gutter / 2, bottom)], fill=self.style.ink)
        return [Column(start, start + width, column.y, bottom) for start in starts]

    def _fill(self, column: Column) -> None:
        """Blocks until the characters or the column run out."""
        rng = self.rng
        makers = (self._paragraph, self._heading_2, self._list, self._table, self._form, self._figure, self._contents)
        weights = (0.8, 0.06, 0.02, 0.05, 0.03, 0.02, 0.02) if self.manner != PLAIN else _PLAIN_WEIGHTS
        weights = (*weights[:-1], max(weights[-1], self.writer.marks))
        while self.left > 20 and column.bottom - column.y > 2.5 * self.style.size:
            before = column.y
            rng.choices(makers, weights)[0](column)
            column.y += self.style.gap * self.style.size * (1 if column.y > before else 0)
            if column.y == before:
                column.y += self.style.size

    def _face(self, name: str, size: float) -> Typeface:
        return self.cabinet.open(name, round(size * 2) / 2)

    def _heading_2(self, column: Column) -> None:
        self._heading(column, "h2")

    def _heading(self, column: Column, kind: str) -> None:
        """A few words, larger; a typewriter has one size only: there they are centred, in capitals or underlined."""
        rng, is_typed = self.rng, self.manner.is_typed
        scale = rng.uniform(1.5, 2.3) if kind == "h1" else rng.uniform(1.15, 1.5)
        size = self.style.size * (1.0 if is_typed else scale)
        face = self._face(self.style.heading, min(size, self.width / 14))
        words = self.writer.words(rng.randint(1, 6))
        if rng.random() < 0.25:
            words = f"{rng.randint(1, 12)}{rng.choice(('.', '', '.' + str(rng.randint(1, 9))))} {words}"
        if rng.random() < (0.5 if is_typed else 0.2) and "ß" not in words:
            words = words.upper()
        lines = face.wrap(words, column.width)[:2]
        centred = is_typed or rng.random() < 0.3
        manner = Manner(marked=0.6) if is_typed else PLAIN
        self._text(column, lines, face, kind, leading=1.2, centred=centred, manner=manner)

    def _paragraph(self, column: Column) -> None:
        face = self._face(self.style.body, self.style.size)
        text = self.writer.passage(min(self.left, self.rng.randint(30, self.longest)))
        room = int((column.bottom - column.y) / (self.style.size * self.style.leading))
        lines = wrapped(face, text, column.width, self.manner)[: max(1, room)]
        self._text(column, lines, face, "text", leading=self.style.leading, manner=self.manner)

    def _contents(self, column: Column) -> None:
        """Titles and page numbers, with a row of dots between them."""
        face = self._face(self.style.body, self.style.size)
        leader = self.rng.choice((".", " .", "_", "-"))
        lines = []
        for number in range(self.rng.randint(2, 6)):
            title = (face.wrap(self.writer.words(self.rng.randint(1, 5)), 0.6 * column.width) or ["A"])[0]
            ends = f"{title} ", f" {number * 7 + self.rng.randint(1, 7)}"
            room = column.width - sum(map(face.width, ends))
            lines.append(face.writable((leader * int(room / face.width(leader))).join(ends)))
        self._text(column, lines, face, "text", leading=self.style.leading)

    def _caption(self, column: Column, box: Box) -> None:
        """A smaller line or two below a figure or a table."""
        face = self._face(
            self.style.body, max(self.writer.library.least_size, self.style.size * self.rng.uniform(0.8, 1.0))
        )
        words = self.writer.words(self.rng.randint(2, 9))
        if self.rng.random() < 0.6:
            words = f"{self.writer.words(1)[:4]}. {self.rng.randint(1, 30)}{self.rng.choice(':.')} {words}"
        below = Column(box[0], max(box[2], box[0] + 12 * face.size), column.y, column.bottom)
        below = Column(below.x0, min(below.x1, column.x1), below.y, below.bottom)
        self._text(below, face.wrap(words, below.width)[:2], face, "caption", leading=1.2)
        column.y = below.y

    def _list(self, column: Column) -> None:
        rng = self.rng
        face = self._face(self.style.body, self.style.size)
        bullet = rng.choice(("•", "–", "-", "■", "○", "1.", "1)", "a)"))
        indent = face.size * rng.uniform(1.4, 2.2)
        for number in range(rng.randint(2, 5)):
            if self.left < 15 or column.bottom - column.y < 3 * face.size:
                return
            ordered = bullet[0] in "1a"
            mark = f"{number + 1 if bullet[0] == '1' else 'abcdefg'[number]}{bullet[1]}" if ordered else bullet
            inner = Column(column.x0 + indent, column.x1, column.y, column.bottom)
            text = self.writer.passage(min(self.left, rng.randint(12, 110)))
            lines = face.wrap(f"{mark} {text}" if ordered else text, inner.width - (0 if ordered else face.size))
            if not ordered:
                draw_bullet(self.pen, bullet, face, column.x0 + indent * 0.25, column.y + face.size, self.style.ink)
            self._text(inner, lines[:4], face, "list_item", leading=self.style.leading)
            column.y = inner.y + face.size * rng.uniform(0.05, 0.3)

    def _form(self, column: Column) -> None:
        rng = self.rng
        face = self._face(self.style.body, self.style.size)
        bold = self._face(self.style.heading, self.style.size)
        indent = column.width * rng.uniform(0.25, 0.5)
        for _ in range(rng.randint(2, 5)):
            if self.left < 15 or column.bottom - column.y < 2 * face.size:
                return
            key = bold.writable(self.writer.words(rng.randint(1, 2)))[:24].strip() + ":"
            value = self.writer.number() if rng.random() < 0.5 else self.writer.words(rng.randint(1, 3))
            baseline = column.y + face.size
            x = (
                column.x0 + max(indent, bold.width(key) + face.size)
                if rng.random() < 0.7
                else column.x0 + bold.width(key + " ")
            )
            hand = self._face(self.pen_face, max(18.0, 1.4 * face.size)) if self.pen_face else face
            value = (hand.wrap(value, max(column.x1 - x, 4 * face.size)) or ["1"])[0]
            lines = [bold.draw(self.canvas, key, column.x0, baseline, self.style.ink)]
            lines.append(hand.draw(self.canvas, value, x, baseline, self.style.ink))
            self._add(Block("key_value", _union([line.ink for line in lines]), lines))
            column.y = baseline + face.size * rng.uniform(0.4, 0.9) + (hand.size - face.size)

    def _table(self, column: Column) -> None:
        face = self._face(self.style.body, self.style.size * self.rng.uniform(0.85, 1.0))
        bold = self._face(self.style.heading, face.size)
        room = Room(column.x0, column.y, column.x1, column.bottom)
        inks = (self.style.ink, self.style.paper)
        block = draw_table(self.canvas, self.writer, self.rng, (face, bold), room, inks=inks, num_chars=self.left)
        if block:
            self._add(block)
            column.y = block.box[3] + face.size * 0.6
            if self.rng.random() < 0.12:
                self._caption(column, block.box)

    def _figure(self, column: Column) -> None:
        rng = self.rng
        height = min(column.bottom - column.y, self.height * rng.uniform(0.06, 0.2))
        width = column.width * rng.uniform(0.3, 1.0)
        if height < 30:
            return
        box = (column.x0, column.y + 4, column.x0 + width, column.y + height)
        if rng.random() < 0.3:
            self._note(box)
            column.y = self.blocks[-1].box[3] + self.style.size * 0.6
            return
        self.pen.rectangle(box, fill=rng.randint(90, 220), outline=self.style.ink)
        for _ in range(rng.randint(1, 5)):
            x, y = rng.uniform(box[0], box[2] - 10), rng.uniform(box[1], box[3] - 10)
            self.pen.ellipse([x, y, rng.uniform(x + 4, box[2]), rng.uniform(y + 4, box[3])], fill=rng.randint(60, 240))
        self.blocks.append(Block("image", box))
        column.y = box[3] + self.style.size * 0.4
        if rng.random() < 0.5:
            self._caption(column, box)

    def _note(self, room: Box) -> None:
        """Handwriting."""
        ink = min(255, max(0, self.style.ink + self.rng.choice((-1, 1)) * self.rng.randint(0, 90)))
        self.blocks.append(Block("image", draw_note(self.pen, self.rng, room, ink)))

    def _running(self, kind: str, margin: float, baseline: float) -> None:
        """One line at the top or bottom: a few words, a page number, or both."""
        rng = self.rng
        face = self._face(self.style.body, self.style.size * rng.uniform(0.8, 0.95))
        number = self.writer.folio()
        words = self.writer.words(rng.randint(1, 4)) if rng.random() < 0.6 else ""
        text = number if not words else (words if rng.random() < 0.3 else f"{words}  {number}".replace("  ", " "))
        text = (face.wrap(text, self.width - 2 * margin) or ["1"])[0]
        x = rng.choice((margin, (self.width - face.width(text)) / 2, self.width - margin - face.width(text)))
        baseline = min(max(baseline, face.size * 1.2), self.height - face.size * 0.5)
        line = face.draw(self.canvas, text, x, baseline, self.style.ink)
        self._add(Block(kind, line.ink, [line]))

    def _text(
        self, column: Column, lines: list[str], face: Typeface, kind: str,
        *, leading: float, centred: bool = False, manner: Manner = PLAIN,
    ) -> None:  # fmt: skip
        """Draw lines from the column's y downwards as one block, as far as there is room."""
        drawn: list[Line] = []
        for number, text in enumerate(lines):
            baseline = column.y + face.size
            if baseline + 0.3 * face.size > column.bottom + face.size or not text:
                break
            x = column.x0 + ((column.width - face.width(text)) / 2 if centred else 0.0)
            line = draw_paragraph_line(self.canvas, face, lines, number, x, baseline, self.style.ink,
                                       room=column.width, manner=manner, rng=self.rng)  # fmt: skip
            drawn.append(line)
            column.y += face.size * leading
        if drawn:
            self._add(Block(kind, _union([line.ink for line in drawn]), drawn))

    def _add(self, block: Block) -> None:
        self.blocks.append(block)
        self.left -= sum(len(line.text) + 1 for line in block.lines) + 6
        self.left -= sum(len(line.text) + 2 for row in block.rows for cell in row for line in cell.lines)


def draw_bullet(pen: ImageDraw.ImageDraw, bullet: str, face: Typeface, x: float, baseline: float, ink: int) -> None:
    """A bullet as a shape, since not every font has the character; it is no part of the item's text."""
    half, y = face.size * 0.14, baseline - face.x_height / 2
    if bullet in "–-":
        pen.line([(x, y), (x + face.size * (0.5 if bullet == "–" else 0.3), y)], fill=ink, width=1)
    elif bullet == "■":
        pen.rectangle([x, y - half, x + 2 * half, y + half], fill=ink)
    else:
        pen.ellipse([x, y - half, x + 2 * half, y + half], fill=ink if bullet == "•" else None, outline=ink)


def draw_inks(rng: random.Random) -> tuple[int, int]:
    """Paper and ink as greys; a page in sixty is light on dark."""
    paper, ink = rng.randint(215, 255) if rng.random() < 0.5 else 255, rng.randint(0, 90) if rng.random() < 0.5 else 0
    return (255 - paper, 255 - ink) if rng.random() < 0.016 else (paper, ink)


def _union(boxes: list[Box]) -> Box:
    return (min(b[0] for b in boxes), min(b[1] for b in boxes), max(b[2] for b in boxes), max(b[3] for b in boxes))
