"""What is drawn on pages and is no check box: charts, plans, photographs, codes, houses, holes, dirt, handwriting."""

import math

import numpy as np
from PIL import Image, ImageDraw

from training.checkboxes.forms import Scene
from training.checkboxes.sheet import Sheet
from training.checkboxes.words import sign_font
from training.drawing.handwriting import draw_note


def blots(sheet: Sheet) -> None:
    """Dirt, ink that ran, a tear, and a large letter that begins a chapter."""
    rng = sheet.rng
    for _ in range(rng.randint(1, 5)):
        x, y = rng.uniform(0, sheet.width), sheet.y + rng.uniform(0, 3) * sheet.pitch
        radius = sheet.size * rng.uniform(0.1, 0.9)
        spots = [(x + rng.gauss(0, radius), y + rng.gauss(0, radius)) for _ in range(rng.randint(3, 9))]
        if rng.random() < 0.5:
            sheet.pen.polygon(spots, fill=rng.randint(0, 170))
        else:
            for a, b in spots:
                sheet.pen.ellipse(
                    (a, b, a + radius * 0.7, b + radius * rng.uniform(0.4, 0.8)), fill=rng.randint(0, 150)
                )
    large = rng.uniform(2.5, 4.5) * sheet.size
    end = sheet.write(sheet.margin, sheet.words(1, 1)[:1], size=large, y=sheet.y + 0.8 * sheet.pitch)
    for _ in range(3):
        sheet.write(end + 0.2 * sheet.size, sheet.words(4, 9))
        sheet.go_down(0.8)


def windows(sheet: Sheet) -> None:
    """Dark panes in rows: a house in a picture, keys, a legend, a pattern."""
    rng = sheet.rng
    side = sheet.size * rng.uniform(0.5, 1.5)
    step = side * rng.uniform(1.2, 2.2)
    left, rows, columns = rng.uniform(0, 0.7) * sheet.width, rng.randint(2, 5), rng.randint(3, 9)
    if rng.random() < 0.7:
        wall = rng.randint(120, 240)
        sheet.pen.rectangle((left - side, sheet.y - side, left + columns * step, sheet.y + rows * step), fill=wall)
    fill, is_framed = rng.randint(0, 160), rng.random() < 0.3
    for row in range(rows):
        for column in range(columns):
            x, y = left + column * step, sheet.y + row * step
            sheet.pen.rectangle(
                (x, y, x + side * 0.8, y + side), fill=fill, outline=255 if is_framed else None, width=2
            )
    sheet.y += rows * step
    sheet.go_down()


def holes(sheet: Sheet) -> None:
    """What a punch leaves at the margin, and a sign of a firm."""
    rng = sheet.rng
    radius = sheet.size * rng.uniform(0.4, 1.0)
    x = rng.choice((rng.uniform(0, 0.1), rng.uniform(0.9, 1.0), rng.random())) * sheet.width
    if rng.random() < 0.6:
        sheet.pen.ellipse((x - radius, sheet.y - radius, x + radius, sheet.y + radius), fill=rng.randint(0, 140))
    else:
        side = 1.6 * radius + sheet.size
        sheet.pen.rounded_rectangle(
            (x, sheet.y - side / 2, x + side, sheet.y + side / 2), 0.2 * side, fill=rng.randint(0, 150)
        )
        text = rng.choice(("✓", "A", "i", "P", "+", "✔"))
        font = sign_font(rng.choice(sheet.signs), 0.8 * side) if sheet.signs else sheet.hand.font(0.8 * side)
        sheet.pen.text((x + side / 2, sheet.y), text, fill=255, font=font, anchor="mm")
        sheet.write(sheet.margin, sheet.words(1, 3), size=1.3 * sheet.size)
    sheet.y += 2 * radius
    sheet.go_down()


def drawing(sheet: Sheet) -> None:
    """A flow chart, a plot, an icon or a logo."""
    rng = sheet.rng
    height = sheet.size * rng.uniform(2, 6)
    for _ in range(rng.randint(2, 7)):
        x, y = rng.uniform(0, sheet.width), sheet.y + rng.uniform(0, height)
        side = sheet.size * rng.choice((rng.uniform(0.5, 2.0), rng.uniform(1.5, 6)))
        place = (x, y, x + side * rng.choice((1.0, 2.5)), y + side)
        kind, stroke = rng.randrange(6), rng.randint(1, 5)
        if kind == 0 and side > 2 * sheet.size:
            sheet.pen.rectangle(place, outline=sheet.ink, width=stroke)
        elif kind == 1 and side > 1.9 * sheet.size:
            sheet.pen.ellipse(place, outline=sheet.ink, width=stroke)
        elif kind == 2:
            points = [
                (x + side * math.cos(a) * r, y + side * math.sin(a) * r)
                for a, r in zip(np.linspace(0, 6.28, 11), [1, 0.4] * 6, strict=False)
            ]
            sheet.pen.polygon(points, outline=sheet.ink)
        elif kind == 3:
            sheet.pen.pieslice(place, rng.randint(0, 180), rng.randint(180, 360), fill=rng.randint(0, 200))
        elif kind == 4:
            sheet.pen.line(
                [(x + n * side / 4, y + rng.uniform(0, side)) for n in range(9)], fill=sheet.ink, width=stroke
            )
        else:
            sheet.pen.line([(x, y), (x + 3 * side, y)], fill=sheet.ink, width=stroke)
    sheet.y += height
    sheet.go_down()


def picture(sheet: Sheet) -> None:
    """Blotches of grey: a photograph; or black and white squares: a code to be scanned; or bars."""
    rng = sheet.rng
    side = int(sheet.size * rng.uniform(3, 9))
    kind = rng.choice(("photograph", "code", "bars"))
    count = {"photograph": rng.randint(4, 12), "code": rng.randint(17, 33), "bars": rng.randint(20, 60)}[kind]
    noise = np.random.default_rng(rng.randrange(1 << 30)).random((1 if kind == "bars" else count, count))
    pixels = noise * 255 if kind == "photograph" else (noise < 0.5) * 255.0
    if kind == "code":
        pixels = _with_eyes(pixels)
    how = Image.Resampling.BICUBIC if kind == "photograph" else Image.Resampling.NEAREST
    part = Image.fromarray(pixels.astype(np.uint8)).resize((side, side), how)
    sheet.image.paste(part, (round(rng.uniform(-0.1, 0.8) * sheet.width), round(sheet.y)))
    sheet.y += side
    sheet.go_down()


def _with_eyes(pixels: np.ndarray) -> np.ndarray:
    """The three squares in the corners of a QR code."""
    eye = np.full((8, 8), 255.0)
    eye[:7, :7] = 0
    eye[1:6, 1:6] = 255
    eye[2:5, 2:5] = 0
    pixels[:8, :8], pixels[:8, -8:], pixels[-8:, :8] = eye, eye[:, ::-1], eye[::-1]
    return pixels


def note(sheet: Sheet) -> None:
    """Handwriting, or a stamp over what stands there."""
    rng = sheet.rng
    height = sheet.size * rng.uniform(1.5, 4)
    left = rng.uniform(0, 0.5) * sheet.width
    room = (left, sheet.y, min(left + rng.uniform(0.2, 0.6) * sheet.width, sheet.width - 1), sheet.y + height)
    if rng.random() < 0.7:
        draw_note(sheet.pen, rng, room, rng.randint(0, 120))
    else:
        stamp = Image.new("L", (int(room[2] - left) + 8, int(height) + 8), 255)
        pen = ImageDraw.Draw(stamp)
        pen.rectangle((2, 2, stamp.width - 3, stamp.height - 3), outline=90, width=rng.randint(2, 6))
        sheet.hand.write(
            pen,
            stamp.width if sheet.hand.is_mirrored else 8,
            stamp.height / 2,
            sheet.words(1, 2),
            size=height / 2,
            ink=90,
        )
        turned = stamp.rotate(rng.uniform(-15, 15), fillcolor=255, expand=True)
        sheet.image.paste(turned, (int(left), int(sheet.y)), turned.point(lambda value: 255 - value))
    sheet.y += height
    sheet.go_down()


def legend(sheet: Sheet) -> None:
    """What the colours, hatchings and signs of a chart or a map mean: no two look alike."""
    rng = sheet.rng
    side = sheet.size * rng.uniform(0.5, 1.3)
    width = side * rng.choice((1.0, 1.0, rng.uniform(1.0, 2.5)))
    kinds = [*rng.sample(range(0, 256, 32), 4), "hatched", "hatched", "ring", "line", "cross", "dots", None]
    rng.shuffle(kinds)
    is_in_a_row, x = rng.random() < 0.4, sheet.margin
    for kind in kinds[: rng.randint(2, 6)]:
        left, top = sheet.left(x, width), sheet.y - side / 2
        place = (left, top, left + width, top + side)
        if kind == "ring":
            sheet.pen.ellipse((left, top, left + side, top + side), outline=sheet.ink, width=2)
        else:
            fill = kind if isinstance(kind, int) else None
            sheet.pen.rectangle(place, fill=fill, outline=sheet.ink if fill is None or rng.random() < 0.5 else None)
        if kind == "hatched":
            step = max(side * rng.uniform(0.12, 0.3), 2)
            for n in range(int(side / step)):
                sheet.pen.line([(left, top + n * step), (left + width, top + n * step)], fill=sheet.ink)
        elif kind == "line":
            sheet.pen.line([(left - side, sheet.y), (left + width + side, sheet.y)], fill=sheet.ink, width=2)
        elif kind == "dots":
            for n in range(4):
                sheet.pen.point([(left + width * (n + 0.5) / 4, top + side * (m + 0.5) / 4) for m in range(4)], fill=0)
        elif kind == "cross":
            sheet.pen.line([(left, sheet.y), (left + width, sheet.y)], fill=sheet.ink, width=2)
            sheet.pen.line([(left + width / 2, top), (left + width / 2, top + side)], fill=sheet.ink, width=2)
        end = sheet.write(x + width + 0.5 * sheet.size, sheet.words(1, 3))
        if is_in_a_row:
            x = end + 1.5 * sheet.size
        else:
            sheet.y += max(sheet.pitch, 1.2 * side)
    sheet.go_down()


def chart(sheet: Sheet) -> None:
    """Curves with rings, squares and crosses at their points."""
    rng = sheet.rng
    height, left = sheet.size * rng.uniform(4, 10), rng.uniform(0, 0.3) * sheet.width
    sheet.rule(left, sheet.y, left, sheet.y + height, stroke=2)
    sheet.rule(left, sheet.y + height, sheet.width, sheet.y + height, stroke=2)
    for _ in range(rng.randint(1, 3)):
        side, stroke = sheet.size * rng.uniform(0.15, 0.45), rng.randint(1, 3)
        kind, fill = rng.choice(("ring", "square", "cross")), rng.choice((None, sheet.paper, 0, 150))
        step = sheet.size * rng.uniform(1.0, 4.0)
        count = int((sheet.width - left) / step)
        points = [(left + n * step, sheet.y + rng.random() * height) for n in range(count)]
        if rng.random() < 0.8 and count > 1:
            sheet.pen.line(points, fill=sheet.ink, width=stroke)
        for x, y in points:
            place = (x - side, y - side, x + side, y + side)
            if kind == "ring":
                sheet.pen.ellipse(place, outline=sheet.ink, width=stroke, fill=fill)
            elif kind == "square":
                sheet.pen.rectangle(place, outline=sheet.ink, width=stroke, fill=fill)
            else:
                sheet.pen.line([place[:2], place[2:]], fill=sheet.ink, width=stroke)
                sheet.pen.line([(place[0], place[3]), (place[2], place[1])], fill=sheet.ink, width=stroke)
    sheet.y += height
    sheet.go_down()


def plan(sheet: Sheet) -> None:
    """Walls, wires or streets with signs that are joined to them: squares, rings with strokes or letters, panes."""
    rng = sheet.rng
    height = sheet.size * rng.uniform(5, 14)
    stroke, fill = rng.choice((1, 2, 8)), rng.choice((None, None, sheet.paper, 0))
    for _ in range(rng.randint(2, 6)):
        x, y = rng.uniform(0, sheet.width), sheet.y + rng.uniform(0, height)
        ends = [(x, y), (x, y + rng.uniform(-1, 1) * height)] if rng.random() < 0.5 else [(x, y), (x + height, y)]
        sheet.pen.line(ends, fill=sheet.ink, width=stroke)
        for _ in range(rng.randint(1, 4)):
            share, radius = rng.random(), sheet.size * rng.uniform(0.25, 0.9)
            cx, cy = (a + share * (b - a) for a, b in zip(*ends, strict=True))
            place = (cx - radius, cy - radius, cx + radius, cy + radius)
            kind = rng.randrange(4)
            if kind == 0:
                sheet.pen.rectangle(place, outline=sheet.ink, width=rng.randint(1, 3), fill=fill)
            elif kind == 3:
                sheet.pen.pieslice((*place[:2], cx + 3 * radius, cy + 3 * radius), 180, 270, outline=sheet.ink)
            else:
                sheet.pen.ellipse(place, outline=sheet.ink, width=rng.randint(1, 3), fill=fill)
            if kind == 1:
                sheet.pen.line([place[:2], place[2:]], fill=sheet.ink, width=2)
                sheet.pen.line([(place[0], place[3]), (place[2], place[1])], fill=sheet.ink, width=2)
            elif kind == 2 and fill != 0:
                font = sheet.hand.font(radius)
                text = rng.choice(("M", "V", "A", "1", "2", "~", "G"))
                sheet.pen.text((cx, cy), sheet.hand.known(text), fill=sheet.ink, font=font, anchor="mm")
    sheet.y += height
    sheet.go_down()


def staves(sheet: Sheet) -> None:
    """Five lines with heads of notes, hollow and full; or rings of atoms."""
    rng = sheet.rng
    step = sheet.size * rng.uniform(0.25, 0.6)
    is_music = rng.random() < 0.6
    for n in range(5 if is_music else 0):
        sheet.pen.line([(0, sheet.y + n * step), (sheet.width, sheet.y + n * step)], fill=sheet.ink)
    for _ in range(rng.randint(3, 9)):
        x, y = rng.uniform(0, sheet.width), sheet.y + rng.randint(0, 8) * step / 2
        if is_music:
            fill = sheet.ink if rng.random() < 0.5 else None
            sheet.pen.ellipse((x, y - step / 2, x + 1.3 * step, y + step / 2), outline=sheet.ink, width=2, fill=fill)
            if rng.random() < 0.8:
                sheet.pen.line([(x + 1.3 * step, y), (x + 1.3 * step, y - 3.5 * step)], fill=sheet.ink, width=2)
        else:
            radius = sheet.size * rng.uniform(0.7, 1.6)
            corners = [(x + radius * math.cos(a), y + radius * math.sin(a)) for a in np.linspace(0.52, 6.8, 7)]
            sheet.pen.line(corners, fill=sheet.ink, width=2)
            inner = 0.6 * radius
            if rng.random() < 0.6:
                sheet.pen.ellipse((x - inner, y - inner, x + inner, y + inner), outline=sheet.ink, width=2)
    sheet.y += 6 * step
    sheet.go_down()


PICTURES: dict[Scene, float] = {
    drawing: 1, picture: 1, windows: 1.5, holes: 0.7, note: 1, blots: 1, legend: 1.2, chart: 1, plan: 1.2, staves: 0.7,
}  # fmt: skip
