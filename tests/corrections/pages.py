"""A page to correct, and random corrections of it."""

from collections.abc import Callable
from random import Random

from docintel.corrections import Correction, editing, grids
from docintel.errors import UsageError
from docintel.model import BBox, Block, BlockLabel, Cell, Page, Table, Word
from docintel.tables import to_text

WORDS = "total invoice März 合計 المجموع 1,524.60 of the and Kündigung".split()
TABLE = Table(
    num_rows=3,
    num_columns=2,
    cells=(
        Cell(row=0, column=0, column_span=2, text="Items", is_header=True),
        Cell(row=1, column=0, row_span=2, text="Nails"),
        Cell(row=1, column=1, text="3.20"),
        Cell(row=2, column=1, text="4.10"),
    ),
)


def block(number: int, text: str, *, label: BlockLabel = BlockLabel.TEXT, table: Table | None = None) -> Block:
    bbox = BBox(x0=0.1, y0=0.1 * number, x1=0.9, y1=0.1 * number + 0.08)
    return Block(id=f"b{number}", label=label, bbox=bbox, text=text, table=table, confidence=0.8, language="en")


def words(number: int, text: str) -> list[Word]:
    """Side by side on the block's line."""
    parts = text.split()
    step = 0.8 / max(len(parts), 1)
    return [
        Word(
            text=part,
            bbox=BBox(x0=0.1 + n * step, y0=0.1 * number + 0.02, x1=0.1 + (n + 0.9) * step, y1=0.1 * number + 0.06),
            confidence=0.6,
        )
        for n, part in enumerate(parts)
    ]


def page(number: int = 1) -> Page:
    texts = {1: "Invoice 2031", 2: "The totel is 120 euros", 3: "Please pay within thirty days", 5: "Page one"}
    blocks = [block(n, text) for n, text in texts.items()]
    blocks.insert(3, block(4, to_text(TABLE), label=BlockLabel.TABLE, table=TABLE))
    all_words = tuple(word for n, text in texts.items() for word in words(n, text))
    return Page(number=number, width=600, height=800, blocks=tuple(blocks), words=all_words, engine="test/1")


def random_correction(page: Page, random: Random) -> Correction:
    """Some correction that the page allows."""
    while True:
        try:
            return random.choice(WAYS)(page, random)
        except UsageError:
            continue


def random_text(random: Random) -> str:
    return " ".join(random.choices(WORDS, k=random.randint(1, 6)))


def _some(page: Page, random: Random) -> Block:
    if not page.blocks:
        raise UsageError("There is none.")
    return random.choice(page.blocks)


def _bbox(random: Random) -> BBox:
    return BBox.from_corners(random.random(), random.random(), random.random(), random.random())


def _add(page: Page, random: Random) -> Correction:
    after = random.choice([*(block.id for block in page.blocks), "", None])
    return editing.add(page, _bbox(random), text=random_text(random), label=random.choice([*BlockLabel]), after=after)


def _word(page: Page, random: Random) -> Correction:
    return editing.set_word(page, random.randrange(len(page.words)), random.choice(WORDS))


def _split(page: Page, random: Random) -> Correction:
    some = _some(page, random)
    return editing.split(page, some.id, random.randint(0, len(some.text)))


def _move(page: Page, random: Random) -> Correction:
    return editing.move(page, _some(page, random).id, random.choice(["", _some(page, random).id]))


def _table(page: Page, random: Random) -> Correction:
    some = _some(page, random)
    if not some.table:
        raise UsageError("It is no table.")
    row, column = random.randint(0, some.table.num_rows), random.randint(0, some.table.num_columns)
    ways: list[Callable[[Table], Table]] = [
        lambda table: grids.with_text(table, row, column, random_text(random)),
        lambda table: grids.with_row(table, row),
        lambda table: grids.without_row(table, row),
        lambda table: grids.with_column(table, column),
        lambda table: grids.without_column(table, column),
    ]
    return editing.set_table(page, some.id, random.choice(ways)(some.table))


WAYS: list[Callable[[Page, Random], Correction]] = [
    lambda page, random: editing.set_text(page, _some(page, random).id, random_text(random)),
    lambda page, random: editing.set_label(page, _some(page, random).id, random.choice([*BlockLabel])),
    lambda page, random: editing.set_box(page, _some(page, random).id, _bbox(random)),
    lambda page, random: editing.merge_with_next(page, _some(page, random).id),
    lambda page, random: editing.delete(page, _some(page, random).id),
    _add,
    _word,
    _split,
    _move,
    _table,
]
