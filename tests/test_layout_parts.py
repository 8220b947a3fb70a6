"""Parts of a page that the layout analysis saw otherwise: labels with their values, text around something else."""

from docintel.engines.local.layout.apart.interrupted import part_interrupted
from docintel.engines.local.layout.apart.labelled import part_labelled
from docintel.engines.local.layout.placed import Part, PlacedLine
from docintel.engines.local.layout.regions import Region
from docintel.model import BBox, BlockLabel

A4 = 0.707


def line(text: str, x: float, y: float, *, from_right: bool = False) -> PlacedLine:
    width = 0.012 * len(text)
    box = BBox(x0=x - width if from_right else x, y0=y, x1=x if from_right else x + width, y1=y + 0.012)
    return PlacedLine(text, 1.0, box, (), ((text, box),))


def text_part(*lines: PlacedLine, label: BlockLabel = BlockLabel.TEXT) -> Part:
    return Part(Region(label, BBox.around(each.level for each in lines), 1.0), lines)


def test_labels_in_a_column_keep_their_values() -> None:
    labels = [line(text, 0.1, 0.2 + 0.02 * n) for n, text in enumerate(["Currency:", "Delivered on:", "Order:"])]
    values = [line(text, 0.4, 0.2 + 0.02 * n) for n, text in enumerate(["EUR", "3 June", "2018-471"])]
    [found], left = part_labelled([*labels, *values], aspect=A4)
    assert found.pairs == (("Currency:", "EUR"), ("Delivered on:", "3 June"), ("Order:", "2018-471"))
    assert (found.region.label, left) == (BlockLabel.KEY_VALUE, [])


def test_a_value_goes_on_below_itself_and_a_heading_parts_the_list() -> None:
    rows = {0.2: ("Name:", "Lieferant GmbH"), 0.22: ("Address:", "Gasse 2"), 0.24: ("", "80333 Linz")}
    rows |= {0.26: ("Buyer", ""), 0.28: ("Name:", "Kunden AG"), 0.3: ("Tax no.:", "201/11")}
    lines = [line(text, x, y) for y, row in rows.items() for x, text in zip((0.1, 0.4), row, strict=True) if text]
    parts, left = part_labelled(lines, aspect=A4)
    assert [part.pairs for part in parts] == [
        (("Name:", "Lieferant GmbH"), ("Address:", "Gasse 2 80333 Linz")),
        (("Name:", "Kunden AG"), ("Tax no.:", "201/11")),
    ]
    assert [each.text for each in left] == ["Buyer"]


def test_right_to_left_the_values_stand_left_of_their_labels() -> None:
    labels = [line(text, 0.9, 0.2 + 0.02 * n, from_right=True) for n, text in enumerate(["שם:", "רחוב:", "עיר:"])]
    values = [line(text, 0.6, 0.2 + 0.02 * n, from_right=True) for n, text in enumerate(["דנה", "הרצל 4", "חיפה"])]
    [found], _ = part_labelled([*labels, *values], aspect=A4, right_to_left=True)
    assert found.pairs == (("שם:", "דנה"), ("רחוב:", "הרצל 4"), ("עיר:", "חיפה"))


def test_columns_of_prose_are_no_labels() -> None:
    left = [
        line(text, 0.1, 0.2 + 0.02 * n) for n, text in enumerate(["we saw this:", "a long day", "it rained", "so:"])
    ]
    right = [line(text, 0.6, 0.2 + 0.02 * n) for n, text in enumerate(["and then", "we went", "home again", "at last"])]
    parts, rest = part_labelled([*left, *right], aspect=A4)
    assert (parts, rest) == ([], [*left, *right])


def test_text_around_a_table_is_read_in_two_parts() -> None:
    above = [line("For the services of this month", 0.1, 0.1), line("you are charged as follows:", 0.1, 0.12)]
    below = line("Please pay within a fortnight", 0.1, 0.3)
    table = text_part(line("Item 4.00", 0.1, 0.18), line("Total 4.00", 0.1, 0.24), label=BlockLabel.TABLE)
    found = part_interrupted([text_part(*above, below)], [table])
    assert [[each.text for each in part.lines] for part in found] == [[each.text for each in above], [below.text]]
    assert found[0].region.bbox.y1 < 0.18 and found[1].region.bbox.y0 == 0.3


def test_text_beside_something_else_stays_whole() -> None:
    text = text_part(line("One paragraph of", 0.1, 0.1), line("two lines", 0.1, 0.12))
    beside = text_part(line("A stamp", 0.6, 0.11))
    assert part_interrupted([text], [beside]) == [text]
