"""Text layers that run in all directions."""

from collections.abc import Callable
from functools import partial

import pymupdf

from benchmarks.reports.drawings.sheets import HEIGHT, WIDTH, Placed, down, font_file, pdf, put, sheet, written

MEMBERS = [
    ("Crew", "Berth", "Port", "Pay"),
    ("Aldous", "31", "Bergen", "410.20"),
    ("Imogen", "32", "Gdansk", "388.75"),
    ("Ravi", "33", "Bilbao", "502.00"),
    ("Saskia", "34", "Turku", "467.10"),
]
PROSE = [
    "The lighthouse was built of granite blocks that were cut on",
    "the mainland and shipped across in calm weather. It took four",
    "summers, because the winter storms carried off the scaffolding",
    "twice. The lamp was first lit on the second of October.",
]


def turned(texts: list[Placed], *, degrees: int) -> bytes:
    """What is laid out on a page of its own, drawn turned on another, which is not said to be turned."""
    source, page = sheet()
    put(page, [(72, 80, "Table 3. Crew and pay")], font="hebo", size=13)
    put(page, texts)
    document, target = pymupdf.open(), None
    across = degrees in (90, 270)
    target = document.new_page(width=HEIGHT if across else WIDTH, height=WIDTH if across else HEIGHT)
    target.show_pdf_page(target.rect, source, 0, rotate=degrees)
    source.close()
    return pdf(document)


def table(left: float = 72, top: float = 110) -> list[Placed]:
    rows = enumerate(MEMBERS)
    return [(left + 110 * column, top + 20 * row, text) for row, cells in rows for column, text in enumerate(cells)]


def sideways() -> bytes:
    below = down(["Pay is in euros and is handed out in the last port of the voyage."], top=240)
    return turned([*table(), *below], degrees=90)


def upside_down() -> bytes:
    return turned(down(PROSE, top=120), degrees=180)


def turned_heads() -> bytes:
    document, page = sheet()
    put(page, [(72, 80, "Takings by stall")], font="hebo", size=14)
    heads = ["Cups of tea", "Slices of cake", "Jars of honey", "Raffle tickets"]
    rows = [("Stall", *heads), ("North", "64", "51", "12", "208"), ("Quay", "83", "40", "7", "175")]
    rows.append(("Church", "29", "66", "15", "94"))
    tops, lefts = [100, 190, 212, 234, 256], [72, 140, 172, 204, 236, 268]
    for y in tops:
        page.draw_line((lefts[0], y), (lefts[-1], y))
    for x in lefts:
        page.draw_line((x, tops[0]), (x, tops[-1]))
    for x, text in zip(lefts[1:], heads, strict=False):
        page.insert_text((x + 20, tops[1] - 5), text, fontname="hebo", fontsize=10, rotate=90)
    put(page, [(lefts[0] + 5, tops[1] - 8, "Stall")], font="hebo", size=10)
    for y, row in zip(tops[2:], rows[1:], strict=True):
        put(page, [(x + 5, y - 7, text) for x, text in zip(lefts, row, strict=False)], size=10)
    return pdf(document)


def margin_stamp() -> bytes:
    document, page = sheet()
    put(page, down(PROSE, left=90, top=100))
    page.insert_text((40, 400), "RECEIVED 14 MAY 2023", fontsize=12, rotate=90)
    return pdf(document)


def right_to_left(html: str) -> bytes:
    fonts = "".join(
        f"@font-face {{font-family: {name}; src: url({font_file(file).relative_to('/usr/share/fonts')});}}"
        for name, file in (("naskh", "NotoNaskhArabic-Regular.ttf"), ("hebrew", "NotoSansHebrew-Regular.ttf"))
    )
    return written(
        html, fonts + "p, td {font-family: naskh, hebrew, sans-serif; font-size: 11pt;} .he {font-family: hebrew;}"
    )


BESIDE = """<table><tr><td style="width: 230pt">Clause 1. The tenant pays 480 dinars a month.<br>Clause 2. The house has
6 rooms and a well.</td><td style="width: 230pt" dir="rtl"><p dir="rtl">البند 1. يدفع المستأجر 480 دينارا كل شهر.</p>
<p dir="rtl">البند 2. في البيت 6 غرف وبئر.</p></td></tr></table>"""

HEBREW = """<p>The letter was addressed to the owner of the mill.</p>
<p dir="rtl" class="he">המכתב נשלח לבעל הטחנה ביום 12 במאי.</p>
<p>He answered it within a week.</p>"""


def vertical_japanese() -> bytes:
    """Columns of a font that writes downwards; it is not embedded, as in many Japanese files."""
    document, page = sheet()
    font = document.get_new_xref()
    descendant, descriptor = document.get_new_xref(), document.get_new_xref()
    info = "<</Registry(Adobe)/Ordering(Japan1)/Supplement 4>>"
    document.update_object(
        descriptor,
        "<</Type/FontDescriptor/FontName/Ryumin-Light/Flags 6/FontBBox[-170 -331 1024 903]/ItalicAngle 0"
        "/Ascent 723/Descent -241/CapHeight 709/StemV 69>>",
    )
    document.update_object(
        descendant,
        f"<</Type/Font/Subtype/CIDFontType0/BaseFont/Ryumin-Light/CIDSystemInfo {info}/DW 1000"
        f"/FontDescriptor {descriptor} 0 R>>",
    )
    document.update_object(
        font,
        f"<</Type/Font/Subtype/Type0/BaseFont/Ryumin-Light/Encoding/UniJIS-UCS2-V/DescendantFonts[{descendant} 0 R]>>",
    )
    document.xref_set_key(page.xref, "Resources", f"<</Font<</V {font} 0 R>>>>")
    columns = [(500, "吾輩は猫である。"), (470, "名前はまだ無い。"), (440, "どこで生れたか")]
    shown = "".join(f"BT /V 16 Tf {x} 760 Td <{text.encode('utf-16-be').hex()}> Tj ET\n" for x, text in columns)
    contents = document.get_new_xref()
    document.update_object(contents, "<<>>")
    document.update_stream(contents, shown.encode())
    document.xref_set_key(page.xref, "Contents", f"{contents} 0 R")
    return pdf(document)


DRAWINGS: dict[str, Callable[[], bytes]] = {
    "layer-sideways": sideways,
    "layer-upside-down": upside_down,
    "layer-turned-heads": turned_heads,
    "layer-margin-stamp": margin_stamp,
    "layer-arabic-beside-english": partial(right_to_left, BESIDE),
    "layer-hebrew-line": partial(right_to_left, HEBREW),
    "layer-vertical-japanese": vertical_japanese,
}
