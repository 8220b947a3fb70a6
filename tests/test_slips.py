"""Till slips: each row stays whole, from left to right."""

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from docintel.engines.local.engine import LocalEngine
from docintel.engines.local.layout.apart.slips import is_slip, is_torn, parts_of_slip
from docintel.engines.local.layout.placed import Part, PlacedLine
from docintel.engines.local.layout.regions import Region
from docintel.intake.page_image import PageImage
from docintel.model import BBox, BlockLabel, Page

FACE = "/usr/share/fonts/truetype/dejavu/DejaVuSansMono.ttf"
SLIP = """
         ODELL HARDWARE LTD
           (881-204-K)
      12 QUAY ROAD, PORT ELLEN
     TEL: 059-41056 / 059-41057
------------------------------------
Receipt#: CS-0087400   Cashier: MIA
Date: 27/09/2017       Time: 10:51

Hinge 40mm (pair)  2  4.90     9.80
Screws, brass #8   1  3.25     3.25
Padlock [L]        1 12.00    12.00
(excl. tax)  Sub total:       25.05
             Discount:         0.00
             Total tax:        1.50
Total:                        26.55
CASH:                         30.00
Change:                        3.45

     GOODS SOLD ARE NOT RETURNED
"""


def line(text: str, x: float, y: float) -> PlacedLine:
    box = BBox(x0=x, y0=y, x1=x + 0.014 * len(text), y1=y + 0.016)
    return PlacedLine(text, 1.0, box, (), ((text, box),))


def slip_lines() -> list[PlacedLine]:
    rows = [(f"Item {n}", f"{n}.50") for n in range(1, 9)]
    lines = [line("SHOP", 0.4, 0.05), line("12 Quay Road", 0.35, 0.08)]
    for number, (label, amount) in enumerate(rows):
        lines += [line(label, 0.1, 0.15 + 0.03 * number), line(amount, 0.75, 0.15 + 0.03 * number)]
    return lines


def region(x0: float, y0: float, x1: float, y1: float) -> Region:
    return Region(BlockLabel.TEXT, BBox(x0=x0, y0=y0, x1=x1, y1=y1), 1.0)


def test_rows_are_torn_by_parts_side_by_side() -> None:
    lines = slip_lines()
    labels, amounts = [line for line in lines if line.level.x0 < 0.7], [line for line in lines if line.level.x0 > 0.7]
    beside = [
        Part(region(0.05, 0.05, 0.6, 0.5), tuple(labels)),
        Part(region(0.6, 0.05, 1.0, 0.5), tuple(amounts)),
    ]
    assert is_torn(beside)
    assert not is_torn([Part(region(0.05, 0.05, 1.0, 0.5), tuple(lines))])


def test_rows_of_labels_and_values_are_a_slip() -> None:
    labels = ["Card #", "Chip Card:", "AID:", "ATC:", "Batch #:", "Trans #:", "Approval Code:", "Mode:"]
    lines = [line("EMPIRE PAVILION", 0.3, 0.05)]
    for number, label in enumerate(labels):
        y = 0.15 + 0.03 * number
        lines += [line(label, 0.1, y), line("CHASE VISA", 0.5, y)]
    assert is_slip(lines)


def test_rows_of_a_slip_stay_whole() -> None:
    head, rows = parts_of_slip(slip_lines(), [])
    assert head.text == "SHOP\n12 Quay Road"
    assert rows.text.split("\n")[:2] == ["Item 1 1.50", "Item 2 2.50"]


@pytest.mark.parametrize("kind", ["prose", "wide", "without amounts"])
def test_what_is_no_slip(kind: str) -> None:
    lines = slip_lines()
    if kind == "prose":
        prose = "so that we paid ten in all and went home 1.50"
        lines = [line(prose, 0.1, 0.05 + 0.03 * n) for n in range(10)]
    elif kind == "wide":
        lines += [
            line("A line of a letter that runs on and on, as lines of letters do.", 0.05, 0.6 + 0.03 * n)
            for n in (0, 1)
        ]
    else:
        lines = [each for each in lines if not each.text.endswith("0")]
    assert is_slip(slip_lines())
    assert not is_slip(lines)


def test_a_typed_slip_is_read_row_by_row() -> None:
    image = Image.new("RGB", (760, 900), "white")
    pen, font = ImageDraw.Draw(image), ImageFont.truetype(FACE, 30)
    for number, text in enumerate(SLIP.split("\n")):
        pen.text((40, 20 + 40 * number), text, "black", font=font)
    (page,) = LocalEngine().read([PageImage(number=1, pixels=np.asarray(image), width=380, height=450)])
    assert isinstance(page, Page)
    assert BlockLabel.CODE not in {block.label for block in page.blocks}
    rows = [" ".join(row.split()) for block in page.blocks for row in block.text.split("\n")]
    for label, amount in (("Sub total:", "25.05"), ("Discount:", "0.00"), ("Total:", "26.55"), ("CASH:", "30.00")):
        assert any(label in row and row.endswith(amount) for row in rows), (label, rows)
