"""What is written on pages and is no check box, though some of it looks like one."""

from training.checkboxes.forms import Scene
from training.checkboxes.sheet import LINE, SUPER, Sheet
from training.checkboxes.words import LIKE_BOXES, LIKE_RINGS, sign_font
from training.drawing.handwriting import draw_note

MOST_RING = 0.38 * LINE * SUPER
"""Pixels of a ring that is a bullet: larger ones are boxes."""
AMOUNTS = "#.##|##.##|#,###.##|#|##|0.00|00|# x #.##|##.## S|RM #.##|##:##|# ###,##|-##.#|#00".split("|")
BRACKETED = "[]|a[x]|f(x)|[1]|(a)|(x)|[ ]string|{x}|values = []|[3, 4]|()|(1)|[x, y]|x[0]|([x])".split("|")
FIRST_LETTERS = "O O O 0 D Q o C G Θ О Ο Ф".split()
"""One of them begins a line: the Latin O, the Russian and the Greek one among them."""
WRITTEN_SIGNS = "0123456789OOo.DGx"


def paragraph(sheet: Sheet) -> None:
    size = sheet.size * sheet.rng.uniform(0.8, 1.1)
    for _ in range(sheet.rng.randint(1, 6)):
        sheet.write(sheet.margin, sheet.words(6, 14), size=size)
        sheet.go_down(sheet.rng.choice((0.8, 1.0)))


def heading(sheet: Sheet) -> None:
    size = sheet.size * sheet.rng.uniform(1.2, 2.2)
    sheet.y += 0.4 * size
    if sheet.rng.random() < 0.15:
        sheet.pen.rectangle(
            (0, sheet.y - 0.7 * size, sheet.width, sheet.y + 0.7 * size), fill=sheet.rng.randint(0, 120)
        )
        sheet.write(max(sheet.margin, 0), sheet.words(1, 6), size=size, ink=255)
    else:
        text = sheet.words(1, 6)
        sheet.write(sheet.margin, text.upper() if sheet.rng.random() < 0.3 else text, size=size)
    sheet.y += 0.5 * size
    sheet.go_down(0.8)


def letters(sheet: Sheet) -> None:
    """Letters and figures that are nearly boxes, spaced as a list of values or the heads of columns might be."""
    rng = sheet.rng
    for _ in range(rng.randint(1, 3)):
        x = sheet.margin
        while x < sheet.width:
            like = rng.choice(LIKE_BOXES.get(sheet.hand.script, LIKE_RINGS))
            x = sheet.write(x, like if rng.random() < 0.7 else sheet.words(1, 2))
            x += sheet.size * rng.choice((0.4, 1.0, 3.0))
        sheet.go_down()


def amounts(sheet: Sheet) -> None:
    """Rows of words and of figures in columns, as on receipts and statements, letters spaced or not."""
    rng = sheet.rng
    columns = rng.randint(1, 4)
    forms = [rng.choice(AMOUNTS) for _ in range(columns)]
    digits = rng.choice(("0123456789", "0123456789", "00058"))
    is_spaced = rng.random() < 0.2
    first = sheet.width * rng.uniform(0.2, 0.6)
    step = (sheet.width - first) / columns
    for _ in range(rng.randint(2, 9)):
        if rng.random() < 0.8:
            sheet.write(sheet.margin, sheet.words(1, 4)[: int(first / sheet.size * 1.8)])
        for column, form in enumerate(forms):
            text = "".join(rng.choice(digits) if sign == "#" else sign for sign in form)
            sheet.write(first + column * step, " ".join(text) if is_spaced else text)
        sheet.go_down(rng.choice((0.7, 0.8)))
    sheet.go_down(0.5)


def openings(sheet: Sheet) -> None:
    """Lines that begin with one letter that is nearly a box: "O bien", "口座"."""
    rng = sheet.rng
    gap = 0.3 * sheet.size if sheet.hand.is_spaced else 0.0
    for _ in range(rng.randint(1, 4)):
        like = rng.choice(LIKE_BOXES.get(sheet.hand.script, FIRST_LETTERS))
        end = sheet.write(sheet.margin, like)
        sheet.write(end + gap, sheet.words(3, 10))
        sheet.go_down(rng.choice((0.8, 1.0)))


def numbered(sheet: Sheet) -> None:
    """Items that begin with numbers: bare, in brackets, or white on black."""
    rng = sheet.rng
    form = rng.choice(("{})", "{})", "({})", "{}.", "§ {}", "[{}]", "black", "framed"))
    side = sheet.size * rng.uniform(0.9, 1.5)
    first = rng.choice((1, 1, 7, 10))
    for number in range(first, first + rng.randint(2, 6)):
        x = sheet.margin + 1.6 * side
        if form in ("black", "framed"):
            left = sheet.left(sheet.margin, side)
            place = (left, sheet.y - side / 2, left + side, sheet.y + side / 2)
            is_black = form == "black"
            sheet.pen.rectangle(
                place, fill=rng.randint(0, 90) if is_black else None, outline=sheet.ink, width=rng.randint(1, 3)
            )
            font = sheet.hand.font(0.65 * side)
            ink = 255 if is_black else sheet.ink
            sheet.pen.text((left + side / 2, sheet.y), sheet.hand.known(str(number)), fill=ink, font=font, anchor="mm")
        else:
            name = rng.choice("abcdefg") if rng.random() < 0.2 else number
            x = sheet.write(sheet.margin, form.format(name)) + 0.4 * sheet.size
        sheet.write(x, sheet.words(1, 8))
        sheet.y += max(sheet.pitch, 1.15 * side)


def comb(sheet: Sheet) -> None:
    """A frame for each letter, with letters or without, touching or apart; one stroke between or none on top."""
    rng = sheet.rng
    x = sheet.margin
    if rng.random() < 0.6:
        x = sheet.write(x, sheet.words(1, 3)) + sheet.size
    side = sheet.size * rng.uniform(0.9, 1.7)
    gap = rng.choice((0.0, 0.0, rng.uniform(0.05, 0.3) * side))
    is_open = rng.random() < 0.2
    is_filled, stroke = rng.random() < 0.6, rng.randint(1, 3)
    for number in range(rng.randint(4, 16)):
        left, top = x + number * (side * 0.85 + gap), sheet.y - side / 2
        if is_open:
            sheet.rule(left, top + side / 2, left, top + side, stroke=stroke)
            sheet.rule(left, top + side, left + side * 0.85, top + side, stroke=stroke)
        else:
            sheet.frame(left, top, side * 0.85, side, stroke=stroke)
        if is_filled and rng.random() < 0.85:
            sheet.write(left + 0.2 * side, rng.choice("0123456789ABCDEXOV"), size=0.7 * side)
    sheet.go_down(1.4)


def fields(sheet: Sheet) -> None:
    """Labels with frames or rules to write on, some with a signature or a cross before it."""
    rng = sheet.rng
    for _ in range(rng.randint(1, 3)):
        end = sheet.write(sheet.margin, sheet.words(1, 3)) + 0.5 * sheet.size
        width, height = sheet.size * rng.uniform(3.0, 14), sheet.size * rng.uniform(1.1, 1.8)
        if rng.random() < 0.5:
            sheet.frame(
                end, sheet.y - height / 2, width, height, stroke=rng.randint(1, 3), fill=rng.choice((None, 255, 235))
            )
        else:
            sheet.rule(end, sheet.y + height / 3, end + width, sheet.y + height / 3, stroke=rng.randint(1, 2))
            if rng.random() < 0.15:
                sheet.write(end, "X", size=1.2 * sheet.size)
        kind = rng.random()
        if kind < 0.4 and sheet.written:
            text = "".join(rng.choices(WRITTEN_SIGNS, k=8)) if rng.random() < 0.5 else sheet.words(1, 3)
            font = sign_font(rng.choice(sheet.written), height * rng.uniform(0.6, 1.0))
            sheet.pen.text((sheet.left(end, width), sheet.y), text, fill=rng.randint(0, 110), font=font, anchor="lm")
        elif kind < 0.65:
            left = sheet.left(end, width)
            draw_note(
                sheet.pen, rng, (left, sheet.y - height / 2, left + width, sheet.y + height / 2), rng.randint(0, 120)
            )
        sheet.go_down(1.2)


def grid(sheet: Sheet) -> None:
    """A table of small cells with figures, letters, crosses or nothing: a calendar, a puzzle, a price list."""
    rng = sheet.rng
    side = sheet.size * rng.uniform(0.9, 2.4)
    width = side * rng.choice((1.0, 1.0, rng.uniform(1.0, 4.0)))
    columns, rows = rng.randint(2, max(3, int(sheet.width / width))), rng.randint(1, 6)
    signs = rng.choice(("0123456789", "", "XO ", "ABCDOQ", "0 8 O", "- ", LIKE_BOXES.get(sheet.hand.script, "C9")))
    stroke = rng.randint(1, 3)
    shade = [rng.random() < 0.1 for _ in range(rows * columns)]
    for row in range(rows):
        for column in range(columns):
            x, y = sheet.margin + column * width, sheet.y + row * side
            fill = rng.choice((0, 120, 200)) if shade[row * columns + column] else None
            sheet.frame(x, y, width, side, stroke=stroke, fill=fill)
            if signs:
                sheet.write(x + 0.3 * side, rng.choice(signs), size=0.65 * side, y=y + side / 2)
    sheet.y += rows * side
    sheet.go_down()


def bullets(sheet: Sheet) -> None:
    """Lists whose items begin with a dot, a full square, a dash, an arrow or a small ring."""
    rng = sheet.rng
    kind = rng.choice(("dot", "square", "ring", "text", "sign"))
    side = sheet.size * {
        "dot": rng.uniform(0.2, 0.9),
        "square": rng.uniform(0.2, 0.9),
        "ring": rng.uniform(0.2, 0.38),
    }.get(kind, 0.5)
    side = min(side, MOST_RING) if kind == "ring" else side
    sign = rng.choice("•–-›»*·") if kind == "text" else rng.choice("▶►➤➔■●▪◆✓✔➢❖✦★")
    face = rng.choice(sheet.signs) if sheet.signs else None
    for _ in range(rng.randint(2, 6)):
        left = sheet.left(sheet.margin, side)
        place = (left, sheet.y - side / 2, left + side, sheet.y + side / 2)
        match kind:
            case "dot":
                sheet.pen.ellipse(place, fill=sheet.ink)
            case "square":
                sheet.pen.rectangle(place, fill=sheet.ink)
            case "ring":
                sheet.pen.ellipse(place, outline=sheet.ink, width=rng.choice((1, 2)))
            case "sign" if face:
                sheet.pen.text((left, sheet.y), sign, fill=sheet.ink, font=sign_font(face, sheet.size), anchor="lm")
            case _:
                sheet.write(sheet.margin, sign)
        x = sheet.margin + sheet.size * rng.uniform(0.9, 1.0)
        sheet.write(x, sheet.words(2, 9))
        sheet.go_down()


def code(sheet: Sheet) -> None:
    """Brackets as programmers and scholars write them."""
    rng = sheet.rng
    for _ in range(rng.randint(1, 4)):
        text = " ".join(
            rng.choice(BRACKETED) if rng.random() < 0.5 else sheet.words(1, 2) for _ in range(rng.randint(3, 6))
        )
        sheet.write(sheet.margin + sheet.size * rng.choice((0, 2)), text)
        sheet.go_down()


def circled(sheet: Sheet) -> None:
    """Numbers and letters in rings and frames: steps, keys, marks of copyright, seats."""
    rng = sheet.rng
    side = sheet.size * rng.uniform(1.0, 2.0)
    is_round, stroke = rng.random() < 0.6, rng.randint(1, 4)
    for number in range(rng.randint(1, 5)):
        x = sheet.margin + (0 if number % 2 else rng.uniform(0, 0.5) * sheet.width)
        left = sheet.left(x, side)
        place = (left, sheet.y - side / 2, left + side, sheet.y + side / 2)
        (sheet.pen.ellipse if is_round else sheet.pen.rectangle)(place, outline=sheet.ink, width=stroke)
        text = rng.choice(("1", "2", "3", "4", "A", "B", "i", "?", "!", "R", "c", "P", "+", "F1"))
        font = sheet.hand.font(0.62 * side)
        sheet.pen.text((left + side / 2, sheet.y), sheet.hand.known(text), fill=sheet.ink, font=font, anchor="mm")
        sheet.write(x + side + 0.4 * sheet.size, sheet.words(1, 4))
        sheet.y += max(1.3 * side, sheet.pitch)


LOOKALIKES: dict[Scene, float] = {
    paragraph: 6, heading: 2, letters: 2, comb: 1.5, fields: 3, grid: 2, bullets: 3, numbered: 3, code: 1, circled: 1.5,
    amounts: 4, openings: 3,
}  # fmt: skip
