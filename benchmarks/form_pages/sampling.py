"""One form: a title, questions with their boxes, lists of statements, and much that looks like boxes and is none."""

from dataclasses import dataclass
from pathlib import Path
from random import Random

import pymupdf

from benchmarks.form_pages.drawing import STYLES, Pen
from benchmarks.form_pages.texts import LANGUAGES, Language

WIDTH, HEIGHT, MARGIN = 595.0, 842.0, 56.0


@dataclass(frozen=True)
class TruthBox:
    """A check box that was drawn: where, in fractions of the page, what it stands for and whether it is marked."""

    x: float
    y: float
    text: str
    is_checked: bool


@dataclass(frozen=True)
class Form:
    pdf: bytes
    style: str
    language: str
    is_scan: bool
    boxes: tuple[TruthBox, ...]


def form(seed: int, number: int) -> Form:
    """Styles and languages go round with `number`, all else is the seed's; every other form is a scan."""
    random = Random(f"{seed}/{number}")
    style = STYLES[number % len(STYLES)]
    is_scan = (number // len(STYLES)) % 2 == 0
    language = random.choice(sorted(LANGUAGES))
    with pymupdf.open() as document:
        sheet = _Sheet(document.new_page(width=WIDTH, height=HEIGHT), random, style, LANGUAGES[language])
        boxes = sheet.draw()
        pdf = document.tobytes(deflate=True)
    return Form(pdf, style, language, is_scan, tuple(boxes))


class _Sheet:
    def __init__(self, page: pymupdf.Page, random: Random, style: str, language: Language) -> None:
        self._page, self._random, self._style, self._language = page, random, style, language
        font = random.choice(language.fonts)
        self._file = str(font) if isinstance(font, Path) else None
        self._name = "text" if self._file else str(font)
        self._font = pymupdf.Font(fontfile=self._file) if self._file else pymupdf.Font(self._name)
        self._size = random.uniform(9, 12)
        self._pitch = self._size * random.uniform(1.5, 2.2)
        self._gap = self._size * random.uniform(0.4, 0.9)
        self._pen = Pen(page, random, style, self._size)
        self._y = MARGIN + 20
        self._boxes: list[TruthBox] = []

    def draw(self) -> list[TruthBox]:
        self._write(MARGIN, self._language.title, size=1.5 * self._size)
        self._y += 2 * self._pitch
        self._paragraph()
        if self._style == "table":
            self._table()
        else:
            for question, options in self._random.sample(self._language.questions, len(self._language.questions)):
                self._random.choice((self._in_row, self._in_row, self._below))(question, options)
            self._statements()
        self._random.choice((self._comb, self._bullets, self._grid, self._drawing))()
        self._paragraph()
        return [box for box in self._boxes if box.y < 0.98]

    def _write(self, x: float, text: str, *, size: float = 0.0) -> float:
        """Writes at `x` on the line, from the right where the script runs so, and gives the text's width."""
        size = size or self._size
        width = self._font.text_length(text, size)
        mirrored = self._language.mirrored
        start = WIDTH - x - width if mirrored else x
        shown = text[::-1] if mirrored else text
        self._page.insert_text((start, self._y), shown, fontsize=size, fontname=self._name, fontfile=self._file)
        return float(width)

    def _option(self, x: float, text: str, *, is_checked: bool) -> float:
        """A box and its words after it; gives where they end."""
        width = self._box(x, text, is_checked=is_checked)
        return x + width + self._gap + self._write(x + width + self._gap, text)

    def _box(self, x: float, text: str, *, is_checked: bool) -> float:
        place = WIDTH - x - self._pen.side if self._language.mirrored else x
        rect = self._pen.box(place, self._y, is_checked=is_checked)
        middle = (rect.tl + rect.br) / 2
        self._boxes.append(TruthBox(middle.x / WIDTH, middle.y / HEIGHT, text, is_checked))
        return float(rect.width)

    def _in_row(self, question: str, options: tuple[str, ...]) -> None:
        x = MARGIN + self._write(MARGIN, question) + self._size * self._random.uniform(1.0, 4.0)
        chosen = self._random.randrange(len(options) + 1)
        for number, option in enumerate(options):
            x = self._option(x, option, is_checked=number == chosen) + self._size * self._random.uniform(1.8, 4.0)
        self._y += self._pitch

    def _below(self, question: str, options: tuple[str, ...]) -> None:
        self._write(MARGIN, question)
        self._y += self._pitch
        indent = MARGIN + self._random.choice((0.0, 12.0))
        for option in options:
            self._option(indent, option, is_checked=self._random.random() < 0.4)
            self._y += self._pitch
        self._y += 0.5 * self._pitch

    def _statements(self) -> None:
        self._y += 0.6 * self._pitch
        columns = self._random.choice((1, 2))
        for number, statement in enumerate(self._language.statements):
            x = MARGIN + (number % columns) * (WIDTH / 2 - MARGIN)
            self._option(x, statement, is_checked=self._random.random() < 0.5)
            if number % columns == columns - 1:
                self._y += self._pitch
        self._y += 1.5 * self._pitch

    def _table(self) -> None:
        """Statements with a box in each of two columns, ruled."""
        question, options = self._language.questions[1]
        heads = options[:2]
        columns = (MARGIN, MARGIN + 240, MARGIN + 330, MARGIN + 420)
        height = 1.9 * self._pitch
        top = self._y - 0.5 * height
        rows = len(self._language.statements) + 1
        for row in range(rows + 1):
            self._line(columns[0], top + row * height, columns[-1], top + row * height)
        for x in columns:
            self._line(x, top, x, top + rows * height)
        self._y = top + 0.62 * height
        for x, text in zip(columns, (question, *heads), strict=False):
            self._write(x + 6, text)
        for statement in self._language.statements:
            self._y += height
            self._write(columns[0] + 6, statement)
            chosen = self._random.randrange(3)
            for number, x in enumerate(columns[1:3]):
                self._box(x + 35, "", is_checked=number == chosen)
        self._y += 1.5 * height

    def _line(self, x0: float, y0: float, x1: float, y1: float) -> None:
        if self._language.mirrored:
            x0, x1 = WIDTH - x0, WIDTH - x1
        self._page.draw_line((x0, y0), (x1, y1), width=0.7)

    def _paragraph(self) -> None:
        for text in (self._language.paragraph, self._language.paragraph):
            size = min(self._size, self._size * (WIDTH - 2 * MARGIN) / self._font.text_length(text, self._size))
            self._write(MARGIN, text, size=size)
            self._y += 1.35 * self._size
        self._y += self._pitch

    def _comb(self) -> None:
        """A box for each letter, with letters or without."""
        side = self._size * self._random.uniform(1.3, 1.6)
        gap = self._random.choice((0.0, 0.0, 2.0))
        for number in range(self._random.randrange(6, 14)):
            x = MARGIN + number * (side + gap)
            self._page.draw_rect((x, self._y - 0.85 * side, x + side, self._y + 0.15 * side), width=0.6)
            if self._random.random() < 0.6:
                place = (x + 0.3 * side, self._y - 0.1 * side)
                self._page.insert_text(place, self._random.choice("0OD8BX17"), fontsize=self._size)
        self._y += 2 * self._pitch

    def _bullets(self) -> None:
        sign, font = self._random.choice((("l", "zadb"), ("n", "zadb"), ("•", "helv"), ("–", "helv"), ("o", "cour")))
        for text in self._language.statements[:4]:
            x = WIDTH - MARGIN - 8 if self._language.mirrored else MARGIN
            self._page.insert_text((x, self._y), sign, fontsize=0.7 * self._size, fontname=font)
            self._write(MARGIN + 16, text)
            self._y += self._pitch
        self._y += self._pitch

    def _grid(self) -> None:
        """A table of small cells with figures."""
        side = self._size * self._random.uniform(1.5, 2.2)
        for row in range(4):
            for column in range(6):
                x, y = MARGIN + column * side * 1.2, self._y + row * side
                self._page.draw_rect((x, y, x + 1.2 * side, y + side), width=0.6)
                figure = self._random.choice(("0", "8", "O", "", "", "7"))
                self._page.insert_text((x + 0.4 * side, y + 0.7 * side), figure, fontsize=self._size)
        self._y += 4 * side + 2 * self._pitch

    def _drawing(self) -> None:
        """A little flow chart and an icon."""
        for number in range(3):
            x = MARGIN + number * 110
            self._page.draw_rect((x, self._y, x + 70, self._y + 32), width=0.8)
            self._page.insert_text((x + 8, self._y + 20), "A1 B0 OK"[: 3 * number + 2], fontsize=self._size)
            if number:
                self._page.draw_line((x - 40, self._y + 16), (x, self._y + 16), width=0.8)
        self._page.draw_circle((MARGIN + 380, self._y + 16), 14, width=1)
        self._page.draw_circle((MARGIN + 380, self._y + 16), 4, fill=(0, 0, 0))
        self._y += 32 + 2 * self._pitch
