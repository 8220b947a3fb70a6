"""Words, numbers and their order in text layers."""

import pymupdf

from benchmarks.reports.drawings.sheets import down, pdf, put, put_right, saying, sheet, written


def hyphens() -> bytes:
    document, page = sheet()
    lines = [
        "The dye is made of n-",
        "hexane and salt. It is a long-",
        "lasting colour, which a well-",
        "known painter used for the dec-",
    ]
    lines += ["oration of the hall. The result was long-lasting and", "well-known all over the province.", ""]
    lines += [
        "Im Laden gibt es Haupt-",
        "und Nebenfächer. Die Vor-",
        "bereitung der Kinder- und Jugend-",
        "gruppen dauert lange.",
    ]
    put(page, down(lines, step=15), font="tiro")
    return pdf(document)


def letter_spacing() -> bytes:
    document, page = sheet()
    for y, text, gap in ((80, "RECEIPT", 14), (110, "ALDER NURSERY", 13), (200, "AMOUNT PAID: 2,475.00 GBP", 12)):
        x = 72.0
        for character in text:
            put(page, [(x, y, character)], font="hebo", size=12)
            x += gap
    put(page, down(["Order 88-B of 9 April 2022", "The saplings are kept in the cold house until May."], top=140))
    return pdf(document)


def code() -> bytes:
    document, page = sheet()
    put(page, [(72, 80, "Add these lines to the file hosts.toml:")])
    listing = ["[server]", 'name = "reed"', "", "[server.ports]", "  web = 8081", "  mail = 2525"]
    put(page, down(listing, left=90, top=104, step=14), font="cour", size=10)
    put(page, [(72, 200, "Then run this loop once:")])
    loop = ["while read line; do", '    if grep -q "$line" list; then', "        echo found", "    fi", "done"]
    put(page, down(loop, left=90, top=224, step=14), font="cour", size=10)
    put(page, [(72, 305, "The service starts again by itself.")])
    return pdf(document)


PLEADING = [
    "The carrier says that the crates were dry when they were",
    "put on board. The clerk counted ninety of them, and nobody",
    "disputes the number. Two were found open in the morning,",
    "and the tea in them was spoilt by the rain. The insurer has",
    "paid 3,150 pounds. What is left is a question of costs.",
]


def line_numbers() -> bytes:
    document, page = sheet()
    put_right(page, [(58, 100 + 24 * n, str(n + 1)) for n in range(len(PLEADING))], font="tiro")
    put(page, down(PLEADING, left=72, top=100, step=24), font="tiro", size=12)
    return pdf(document)


def struck() -> bytes:
    html = "<h3>Change of the lease</h3><p>The rent is <s>910 crowns</s> 870 crowns a month.</p>"
    html += "<p>The lease ends on <s>30 April 2025</s> 31 October 2027.</p>"
    html += "<p><s>The tenant may keep a dog in the yard.</s></p>"
    document = pymupdf.open("pdf", written(html.replace("<s>", "").replace("</s>", "")))
    page = document[0]
    for text in ("910 crowns", "30 April 2025", "The tenant may keep a dog in the yard."):
        for found in page.search_for(text):
            y = found.y0 + 0.58 * found.height
            page.draw_line((found.x0, y), (found.x1, y), width=0.7)
    return pdf(document)


def superscripts() -> bytes:
    rows = "".join(
        f"<tr><td>{name}</td><td>{one}</td><td>{two}</td></tr>"
        for name, one, two in (
            ("Stock", "6,420<sup>1</sup>", "5,915"),
            ("Debts", "730", "812<sup>2</sup>"),
            ("Sum", "7,150", "6,727"),
        )
    )
    html = f"<h3>Books of 2021</h3><table><tr><th>Post</th><th>2021</th><th>2020</th></tr>{rows}</table>"
    html += "<p>The field measures 310 m<sup>2</sup>; the reservoir holds 10<sup>7</sup> litres.</p>"
    html += "<p>The toll is 1,600<sup>3</sup> crowns.</p>"
    html += (
        "<p style='font-size: 8pt'><sup>1</sup> Counted in May. <sup>2</sup> Estimated. <sup>3</sup> Without tax.</p>"
    )
    css = "td, th {border: 1px solid black; padding: 4px 12px;} sup {font-size: 7pt; vertical-align: super;}"
    return written(html, css)


def digits_with_a_wrong_map() -> bytes:
    """Digits whose codes say others than their glyphs show."""
    said, painted = "0123456789", "9071352648"
    document, page = sheet()
    saying(page, dict(zip(painted, said, strict=True)), font="Sums", file="LiberationSans-Regular.ttf")
    put(page, [(72, 80, "Bill of Thrush Joiners")], size=14)
    for number, (what, amount) in enumerate((("Oak shelf", "270.00"), ("Fitting", "45.00"), ("To be paid", "315.00"))):
        put(page, [(72, 120 + 22 * number, what)])
        put(page, [(300, 120 + 22 * number, amount)], font="Sums")
    put(page, down(["The shelf is kept in the workshop until it is fetched.", "Our yard is shut on Mondays."], top=210))
    return pdf(document)


def columns(texts: list[list[str]], lefts: list[float], tops: list[float], size: float) -> bytes:
    document, page = sheet()
    for lines, left, top in zip(texts, lefts, tops, strict=True):
        put(page, down(lines, left=left, top=top, step=size * 1.25), font="tiro", size=size)
    return pdf(document)


def three_columns() -> bytes:
    first = [
        "The museum keeps the tools",
        "of the salt workers, who lived",
        "on the island until 1954. It is",
        "open every day but Monday.",
    ]
    second = [
        "Guided walks start at the old",
        "pump house at ten. The guide",
        "speaks English and Dutch and",
        "carries a key to the mill.",
    ]
    third = [
        "Children under six enter free",
        "of charge. Dogs wait at the",
        "gate, where there is a bowl of",
        "water and some shade.",
    ]
    return columns([first, second, third], [50, 222, 394], [100, 100, 100], 11)


def two_columns() -> bytes:
    first = [
        "Abstract",
        "We measured how fast lichens grow on",
        "granite and on slate in the same valley.",
        "Both were photographed every spring",
        "for eleven years.",
    ]
    second = [
        "faster on the northern side. The growth",
        "of the others stopped in dry summers and",
        "began again with the first rain. Frost",
        "did no harm to any of them, whatever",
        "the altitude.",
    ]
    first += ["On slate the patches were larger and"]
    return columns([first, second], [72, 278], [120, 120], 11)


def slides() -> bytes:
    document, page = sheet()
    frames = [("Why we sail", "Wind costs nothing."), ("Who sails", "Two crews of six.")]
    frames += [("When we sail", "From May to October."), ("What it costs", "Ninety crowns a head.")]
    for number, (title, line) in enumerate(frames):
        frame = pymupdf.Rect(50, 60, 280, 230) + (250 * (number % 2), 200 * (number // 2)) * 2
        page.draw_rect(frame)
        put(page, [(frame.x0 + 20, frame.y0 + 40, title)], font="hebo", size=15)
        put(page, [(frame.x0 + 20, frame.y0 + 80, line), (frame.x0 + 20, frame.y0 + 98, "More on the next slide.")])
    return pdf(document)


def compounds() -> bytes:
    document, page = sheet()
    lines = [
        "Der Mietvertrag endet im Juni. Die Kündigungsfrist beträgt drei Monate.",
        "Rückrufe unter 030 / 123 45 67.",
    ]
    put(page, down([*lines, "Rechnungsnummer 000417 wurde bezahlt."], step=20))
    return pdf(document)


DRAWINGS = {
    "words-hyphens": hyphens,
    "words-letter-spacing": letter_spacing,
    "words-code": code,
    "words-line-numbers": line_numbers,
    "words-struck": struck,
    "numbers-raised": superscripts,
    "numbers-wrong-map": digits_with_a_wrong_map,
    "order-three-columns": three_columns,
    "order-two-columns": two_columns,
    "order-slides": slides,
    "search-compounds": compounds,
}
