"""What forms ask with boxes: options in a row, below one another, in tables, at the margin, in the midst of text."""

from collections.abc import Callable

from training.checkboxes.sheet import Sheet

Scene = Callable[[Sheet], None]


def in_a_row(sheet: Sheet) -> None:
    """A question, or none, and its options, on one line; some write the box after its words."""
    rng = sheet.rng
    x = sheet.margin
    if rng.random() < 0.7:
        x = sheet.write(x, sheet.words(1, 5)) + sheet.size * rng.uniform(0.5, 4.0)
    is_after = rng.random() < 0.15
    checked = _chosen(sheet, 5)
    for number in range(rng.randint(1, 5)):
        if is_after:
            x = sheet.write(x, sheet.words(1, 2)) + sheet.gap
            x = sheet.box(x, is_checked=checked[number])
        else:
            x = sheet.box(x, is_checked=checked[number]) + sheet.gap
            x = sheet.write(x, sheet.words(1, 2))
        x += sheet.size * rng.choice((rng.uniform(0.8, 2.0), rng.uniform(1.5, 5.0)))
    sheet.go_down()


def below(sheet: Sheet) -> None:
    """Options below one another, in one column or more, numbered or not."""
    rng = sheet.rng
    if rng.random() < 0.7:
        sheet.write(sheet.margin, sheet.words(2, 8))
        sheet.go_down()
    columns = rng.choice((1, 1, 2, 3))
    indent = sheet.margin + rng.choice((0.0, 1.5 * sheet.size))
    is_numbered = rng.random() < 0.12
    rows = rng.randint(2, 7)
    step = rng.uniform(0.8, 1.0)
    checked = _chosen(sheet, columns * rows)
    for row in range(rows):
        for column in range(columns):
            x = indent + column * sheet.width / columns
            if is_numbered:
                x = sheet.write(x, f"{row + 1}.") + sheet.gap
            x = sheet.box(x, is_checked=checked[row * columns + column]) + sheet.gap
            sheet.write(x, sheet.words(1, 8 // columns))
        sheet.go_down(step)
    sheet.go_down(0.5)


def table(sheet: Sheet) -> None:
    """Rows with a box in each of some columns: ruled, shaded or bare; heads on top or none."""
    rng = sheet.rng
    columns, rows = rng.randint(1, 6), rng.randint(2, 6)
    first = sheet.width * rng.uniform(0.25, 0.55)
    step = max(sheet.style.width * 1.6, (sheet.width - first) / columns * rng.uniform(0.6, 1.0))
    height = max(sheet.pitch, 1.5 * sheet.style.side) * rng.uniform(1.0, 1.4)
    kind = rng.choice(("ruled", "ruled", "rows", "shaded", "bare"))
    stroke = rng.randint(1, 3)
    if rng.random() < 0.7:
        for column in range(columns):
            sheet.write(
                sheet.margin + first + column * step,
                sheet.words(1, 1)[: int(step / sheet.size * 1.6)],
                size=0.85 * sheet.size,
            )
        sheet.y += height
    top = sheet.y - height / 2
    right = sheet.margin + first + columns * step
    checked = _chosen(sheet, rows * columns)
    has_words = rng.random() < 0.15
    for row in range(rows):
        if kind == "shaded" and row % 2 == 0:
            left = sheet.left(sheet.margin, right - sheet.margin)
            sheet.pen.rectangle(
                (left, sheet.y - height / 2, left + right - sheet.margin, sheet.y + height / 2),
                fill=rng.randint(205, 240),
            )
        sheet.write(sheet.margin + 0.3 * sheet.size, sheet.words(1, 4)[: int(first / sheet.size * 1.4)])
        for column in range(columns):
            x = (
                sheet.margin
                + first
                + column * step
                + (0.3 * sheet.size if has_words else (step - sheet.style.width) / 2)
            )
            x = sheet.box(x, is_checked=checked[row * columns + column])
            if has_words:
                sheet.write(x + sheet.gap, sheet.words(1, 1)[: int((step - sheet.style.width) / sheet.size)])
        sheet.y += height
    for row in range(rows + 1) if kind in ("ruled", "rows") else ():
        sheet.rule(sheet.margin, top + row * height, right, top + row * height, stroke=stroke)
    for column in range(columns + 1) if kind == "ruled" else ():
        x = sheet.margin + first + column * step
        sheet.rule(x, top, x, top + rows * height, stroke=stroke)
    sheet.go_down(0.5)


def at_the_margin(sheet: Sheet) -> None:
    """Statements with a box or two at the other margin, white or dots between."""
    rng = sheet.rng
    far = sheet.width - sheet.margin - sheet.style.width * rng.uniform(1.5, 6)
    count = rng.choice((1, 1, 2))
    leader = rng.choice(("", "", "."))
    rows = rng.randint(2, 6)
    checked = _chosen(sheet, rows * count)
    for row in range(rows):
        end = sheet.write(sheet.margin, sheet.words(2, 6))
        x = max(far - (count - 1) * sheet.style.width * 2.2, end + sheet.size)
        if leader:
            sheet.write(end + 0.3 * sheet.size, leader * max(int((x - end) / sheet.size * 2), 0))
        for number in range(count):
            sheet.box(x + number * sheet.style.width * 2.2, is_checked=checked[row * count + number])
        sheet.go_down()


def under_words(sheet: Sheet) -> None:
    """Boxes in a row, each with its word or its number above or below it."""
    rng = sheet.rng
    count = rng.randint(2, 7)
    step = max(sheet.width / (count + 1) * rng.uniform(0.5, 1.0), 2.4 * sheet.style.width)
    is_above = rng.random() < 0.6
    y = sheet.y + (0.6 * sheet.size + sheet.style.side * 0.8) * (1 if is_above else -1)
    checked = _chosen(sheet, count)
    for number in range(count):
        x = sheet.margin + number * step
        text = str(number + 1) if rng.random() < 0.4 else sheet.words(1, 1)[: int(step / sheet.size * 1.4)]
        sheet.write(x, text)
        sheet.box(x, is_checked=checked[number], y=y)
    sheet.y = max(sheet.y, y) + sheet.pitch


def in_the_text(sheet: Sheet) -> None:
    """A sentence with one or two boxes in it, before and after words that are close."""
    rng = sheet.rng
    x = sheet.margin
    for _ in range(rng.randint(1, 3)):
        x = sheet.write(x, sheet.words(1, 4)) + max(sheet.gap, 0.3 * sheet.size)
        x = sheet.box(x, is_checked=rng.random() < 0.5) + max(sheet.gap, 0.3 * sheet.size)
        x = sheet.write(x, sheet.words(1, 3)) + 0.3 * sheet.size
    sheet.go_down()


def alone(sheet: Sheet) -> None:
    """One box before a longer statement."""
    rng = sheet.rng
    x = sheet.box(sheet.margin, is_checked=rng.random() < 0.5) + sheet.gap
    for _ in range(rng.choice((1, 1, 2, 3))):
        sheet.write(x, sheet.words(6, 12))
        sheet.go_down(0.8)
    sheet.go_down(0.4)


def _chosen(sheet: Sheet, count: int) -> list[bool]:
    """Which are marked. Where filled boxes could be bullets, one at least is empty."""
    share = sheet.rng.choice((0.15, 0.4, 0.6, 0.9))
    checked = [sheet.rng.random() < share for _ in range(count)]
    if count > 1 and all(checked):
        checked[sheet.rng.randrange(min(count, 2))] = False
    return checked


FORMS: dict[Scene, float] = {
    in_a_row: 4, below: 4, table: 3, at_the_margin: 2, under_words: 1, in_the_text: 0.7, alone: 1.5,
}  # fmt: skip
