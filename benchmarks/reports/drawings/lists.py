"""Rows and columns: statements, price lists, tables without rules, and prose that is none of these."""

from collections.abc import Sequence

import pymupdf

from benchmarks.reports.drawings.sheets import Placed, down, paper, pdf, printed, put, put_right, scanned, sheet

STATEMENT = [
    ("02.05.2023", "Carried forward", "", "", "1,204.10"),
    ("05.05.2023", "Rent Mill Lane 8", "640.00", "", "564.10"),
    ("12.05.2023", "Salary Bramley Tools", "", "2,310.55", "2,874.65"),
    ("19.05.2023", "Water board", "48.20", "", "2,826.45"),
    ("31.05.2023", "Closing balance", "", "", "2,826.45"),
]
PRICES = [("Coffee", "2.40"), ("Pot of tea", "2.10"), ("Cheese scone", "3.25"), ("Soup of the day", "5.90")]


def statement() -> bytes:
    document, page = sheet()
    put(page, [(72, 80, "Statement of account, May 2023")], font="hebo", size=13)
    put(page, [(72, 110, "Date"), (140, 110, "Entry")], font="hebo")
    put_right(page, [(360, 110, "Debit"), (440, 110, "Credit"), (520, 110, "Balance")], font="hebo")
    for number, (date, entry, *amounts) in enumerate(STATEMENT):
        y = 130 + number * 18
        put(page, [(72, y, date), (140, y, entry)])
        put_right(page, [(x, y, text) for x, text in zip((360, 440, 520), amounts, strict=True) if text])
    return pdf(document)


def price_list() -> bytes:
    document, page = sheet()
    put(page, [(72, 80, "Tea room")], font="tibo", size=16)
    for number, (dish, price) in enumerate(PRICES):
        y = 115 + number * 20
        put_right(page, [(440, y, price)], font="tiro")
        start = 76 + pymupdf.get_text_length(dish, fontname="tiro", fontsize=11)
        dots = int((405 - start) / pymupdf.get_text_length(".", fontname="tiro", fontsize=11))
        put(page, [(72, y, dish + "." * dots)], font="tiro")
    put(page, [(72, 220, "We bake every morning from half past five.")], font="tiro")
    return pdf(document)


def cells(rows: Sequence[Sequence[str]], lefts: Sequence[float], *, top: float, step: float = 18) -> list[Placed]:
    numbered = enumerate(rows)
    return [(x, top + n * step, text) for n, row in numbered for x, text in zip(lefts, row, strict=True) if text]


def outer_rules() -> bytes:
    document, page = sheet()
    put(page, [(72, 80, "Parts of the frame, as they are delivered to the works.")])
    put(page, cells([("Part", "Length", "Wood")], (80, 200, 310), top=114), font="hebo")
    put(
        page,
        cells(
            [("Rail", "120 cm", "Oak"), ("Post", "85 cm", "Ash"), ("Brace", "40 cm", "Beech")], (80, 200, 310), top=134
        ),
    )
    for y in (100, 120, 178):
        page.draw_line((72, y), (420, y))
    return pdf(document)


def group_cell() -> bytes:
    document, page = sheet()
    put(page, [(72, 80, "Passengers by line")], font="hebo", size=13)
    heads = [("Operator", "Line", "Trips", "Seats", "Share")]
    rows = [("", "Harbour", "1,204", "48,160", "61.2"), ("", "Castle", "980", "39,200", "55.0")]
    rows += [("Tramway", "Station", "1,511", "60,440", "78.4"), ("", "Park", "432", "17,280", "40.9")]
    rows += [("", "Total", "4,127", "165,080", "62.7")]
    lefts = (78, 158, 238, 308, 388)
    put(page, cells(heads, lefts, top=112), font="hebo")
    put(page, cells(rows, lefts, top=134))
    for y in (98, 118, 212):
        page.draw_line((72, y), (450, y))
    for x in (72, 152, 232, 302, 382, 450):
        page.draw_line((x, 98), (x, 212))
    return pdf(document)


def prose_columns() -> bytes:
    document, page = sheet()
    put(page, [(72, 80, "From the tide tables")], font="tibo", size=14)
    left = ["The ebb begins an hour before", "the bell is rung. Whoever is on", "the sands by then turns back."]
    right = ["The guide carries a rope and a", "lamp. Nobody walks ahead of", "him, not even in fine weather."]
    put(page, down(left, left=72, top=110, step=15), font="tiro")
    put(page, down(right, left=300, top=110, step=15), font="tiro")
    return pdf(document)


RECEIPT = [("Porridge oats", "1.85"), ("Plum jam 340g", "3.10"), ("Eggs x12", "4.25"), ("Bag", ".15")]
SUMS = [("SUBTOTAL", "9.35"), ("DISCOUNT", "-0.60"), ("TOTAL", "8.75"), ("CASH", "10.00"), ("CHANGE", "1.25")]


def receipt() -> bytes:
    image = paper(240, 380)
    texts: list[Placed] = [(52, 40, "FERN & HOLLOW"), (46, 54, "9 Bridge Street"), (20, 80, "Date 03/09/2023   17:22")]
    for number, (item, amount) in enumerate([*RECEIPT, ("-" * 24, ""), *SUMS]):
        texts.append((20, 108 + 15 * number, f"{item:<17}{amount:>7}" if amount else item))
    printed(image, texts, file="LiberationMono-Regular.ttf", size=11)
    return scanned(image)


LETTER = [
    "     The pumps that you sent us last month have run without",
    "a stop since they were set up. The  second one is a little",
    "louder than the first, which  does not trouble anybody here.",
    "",
    "     We should like to order two more of the  same make, and",
    "a spare seal for each. Please write to us when they can be",
    "shipped, and whether the  price has changed since spring.",
]


def typed_letter() -> bytes:
    image = paper()
    printed(
        image, [(90, 100, "Our ref. 77/KL"), (400, 100, "6th March, 1974.")], file="LiberationMono-Regular.ttf", size=10
    )
    body = ["Dear Mr. Oakes,", "", *LETTER, "", "                                Yours faithfully,"]
    printed(image, down(body, left=90, top=140, step=15), file="LiberationMono-Regular.ttf", size=10)
    return scanned(image)


def two_level_head() -> bytes:
    document, page = sheet()
    put(page, [(72, 80, "Harvest in tonnes")], font="hebo", size=13)
    put(page, [(215, 114, "2021"), (355, 114, "2022")], font="hebo")
    put(
        page, cells([("Village", "Apples", "Pears", "Apples", "Pears")], (78, 178, 248, 318, 388), top=132), font="hebo"
    )
    rows = [("Orley", "41", "12", "38", "15"), ("Penn", "57", "9", "62", "11"), ("Stoke", "23", "30", "25", "28")]
    put(page, cells(rows, (78, 178, 248, 318, 388), top=154, step=20))
    for y in (100, 120, 140, 160, 180, 200):
        page.draw_line((172 if y == 120 else 72, y), (450, y))
    for x in (72, 172, 312, 450):
        page.draw_line((x, 100), (x, 200))
    for x in (242, 382):
        page.draw_line((x, 120), (x, 200))
    return pdf(document)


DRAWINGS = {
    "rows-statement": statement,
    "rows-price-list": price_list,
    "rows-outer-rules": outer_rules,
    "rows-group-cell": group_cell,
    "rows-receipt": receipt,
    "rows-two-level-head": two_level_head,
    "prose-columns": prose_columns,
    "prose-typed-letter": typed_letter,
}
