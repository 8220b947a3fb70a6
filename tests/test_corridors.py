"""White between columns of running text."""

from docintel.engines.local.layout.corridors import corridors
from docintel.engines.local.layout.placed import PlacedLine
from docintel.model import BBox

ASPECT = 0.7
HEIGHT = 0.012


def line(x0: float, x1: float, y: float, words: int = 6) -> PlacedLine:
    """A line of words of one width, with white between them that is a third of its height."""
    gap = HEIGHT / 3 / ASPECT
    width = (x1 - x0 - gap * (words - 1)) / words
    boxes = [
        BBox(x0=x0 + n * (width + gap), y0=y, x1=x0 + n * (width + gap) + width, y1=y + HEIGHT) for n in range(words)
    ]
    around = BBox(x0=x0, y0=y, x1=x1, y1=y + HEIGHT)
    return PlacedLine(" ".join(["word"] * words), 1.0, around, (), tuple(("word", box) for box in boxes))


def columns(left_end: float, right_start: float) -> list[PlacedLine]:
    """Twenty rows; at the middle one the left line ends, and the right one starts, where it is said."""
    rows = []
    for number in range(20):
        y = 0.1 + 0.02 * number
        rows.append(line(0.1, left_end if number == 10 else 0.46, y))
        rows.append(line(right_start if number == 10 else 0.5, 0.9, y))
    return rows


def spans(lines: list[PlacedLine]) -> list[tuple[float, float]]:
    return [(round(each.y0, 2), round(each.y1, 2)) for each in corridors(lines, aspect=ASPECT)]


def test_corridor_runs_from_the_first_row_to_the_last() -> None:
    assert spans(columns(0.46, 0.5)) == [(0.09, 0.5)]


def test_line_that_ends_near_the_next_column_does_not_cross_it() -> None:
    assert spans(columns(0.493, 0.5)) == spans(columns(0.46, 0.5))


def test_line_that_begins_a_little_before_its_column_does_not_cross_the_white() -> None:
    assert spans(columns(0.46, 0.496)) == spans(columns(0.46, 0.5))


def test_lines_over_both_columns_end_the_corridor() -> None:
    rows = [each for each in columns(0.46, 0.5) if not 0.22 < each.level.y0 < 0.36]
    wide = [line(0.1, 0.9, 0.24 + 0.02 * number, words=12) for number in range(6)]
    assert len(spans([*rows, *wide])) == 2
