"""docintel.doubts: what a model writes of a page is held against what the local engine reads of it."""

from collections.abc import Sequence

import pytest

from benchmarks.drawn import Drawer
from docintel.doubts import Kind, doubts_about, in_reading_order, with_doubts
from docintel.doubts.notes import NO_TEXT, TOO_LITTLE
from docintel.engines.local import LocalEngine
from docintel.engines.local.scripts import script_of
from docintel.model import BBox, Block, BlockLabel, Page, Word
from tests.drawing import declaration_drawer

RIGHT = (
    "Die Stadtbücherei in der Hafenstraße bleibt bis zum 17. August geschlossen, weil das Dach erneuert wird.",
    "Die Arbeiten kosten 482.750 €, davon übernimmt der Kreis 60 %.",
)
INVENTED = "Der Stadtrat dankt allen Spendern für ihre großzügige Unterstützung."


def box(number: int, total: int = 4) -> BBox:
    return BBox(x0=0.1, y0=number / total, x1=0.9, y1=(number + 0.9) / total)


def page(texts: Sequence[str], *, words: tuple[Word, ...] = ()) -> Page:
    """As a model writes it."""
    blocks = tuple(Block(id=f"b{n}", label=BlockLabel.TEXT, bbox=box(n), text=text) for n, text in enumerate(texts))
    return Page(number=1, width=595, height=842, blocks=blocks, words=words, engine="model")


def reading(texts: Sequence[str], *, confidence: float = 0.96, page_confidence: float | None = 0.95) -> Page:
    """As the local engine reads it: each text a line."""
    words = tuple(
        Word(text=text, bbox=BBox(x0=0.1, y0=0.1, x1=0.2, y1=0.2), confidence=confidence)
        for line in texts
        for text in line.split()
    )
    return Page(number=1, width=595, height=842, words=words, engine="local", confidence=page_confidence)


def is_readable(letter: str) -> bool:
    return script_of(letter) is not None


def compared(said: Page, read: Page) -> Page:
    return with_doubts(said, read, is_readable)


def kinds(said: Page, read: Page) -> list[Kind]:
    return [doubt.kind for doubt in doubts_about(said, read, is_readable)]


def test_what_both_read_is_not_doubted() -> None:
    sure = compared(page(RIGHT), reading(RIGHT))
    assert sure.notes == ()
    assert sure.confidence == 0.99
    assert [block.confidence for block in sure.blocks] == [0.99, 0.99]


@pytest.mark.parametrize(
    "lines",
    [
        RIGHT[::-1],
        (RIGHT[0].replace("Stadtbücherei", "Stadt- bücherei"), RIGHT[1]),
        (RIGHT[0].replace("ü", "u").replace("ß", "ss"), RIGHT[1].upper()),
        (RIGHT[0].replace("erneuert", "erneucrt"), RIGHT[1].replace("482.750", "482 750")),
    ],
    ids=["other order", "divided words", "other spelling", "slips"],
)
def test_what_is_read_a_little_otherwise_is_not_doubted(lines: Sequence[str]) -> None:
    assert kinds(page(RIGHT), reading(lines)) == []


def test_an_invented_sentence_is_doubted_and_said() -> None:
    doubted = compared(page([RIGHT[0], f"{RIGHT[1]} {INVENTED}"]), reading(RIGHT))
    [note] = doubted.notes
    assert "May be made up" in note
    assert "Der Stadtrat dankt" in note
    assert "Compare with the picture." in note
    first, second = (block.confidence for block in doubted.blocks)
    assert first == 0.99
    assert second is not None
    assert second < 0.6
    assert doubted.confidence is not None
    assert doubted.confidence < 0.8


def test_what_is_left_out_is_said_and_lowers_the_pages_confidence() -> None:
    doubted = compared(page(RIGHT[:1]), reading(RIGHT))
    [note] = doubted.notes
    assert "May be left out" in note
    assert "Die Arbeiten kosten" in note
    assert doubted.confidence is not None
    assert doubted.confidence < 0.8


@pytest.mark.parametrize(("confidence", "expected"), [(0.96, [Kind.OTHERWISE]), (0.7, [])])
def test_a_changed_number_is_doubted_where_another_was_surely_read(confidence: float, expected: list[Kind]) -> None:
    said = page([RIGHT[0], RIGHT[1].replace("482.750", "432.750")])
    assert kinds(said, reading(RIGHT, confidence=confidence)) == expected


def test_numbers_are_the_same_however_their_digits_are_written_and_divided() -> None:
    said = page(["Summe 1.482.750,00 und ٤٥٦ am 17.08.2026, Konto 55501829, geb. l891"])
    assert kinds(said, reading(["Summe 1 482 750,00 und 456 am 17. 08. 2026, Konto 5550 1829, geb. 1891"])) == []


def test_silence_about_a_script_without_recogniser_says_nothing() -> None:
    tibetan = "བོད་ཀྱི་སྐད་ཡིག་ནི་འཛམ་གླིང་གི་སྐད་ཡིག་གནའ་བོའི་གྲས་ཤིག་ཡིན།"
    assert script_of(tibetan[0]) is None
    assert kinds(page([*RIGHT, tibetan]), reading(RIGHT)) == []


def test_a_page_that_is_read_too_badly_is_not_compared() -> None:
    blurred = compared(page(RIGHT), reading(["Dle St4dt", "x kqsten"], confidence=0.5, page_confidence=0.2))
    assert blurred.notes == (TOO_LITTLE,)
    assert blurred.confidence is None


def test_what_is_seen_and_cannot_be_read_is_not_made_up() -> None:
    faint = reading(["Dle Arbe1tcn kqsten 48Z.7S0 davcn ubern1mmt dcr Krcls"], confidence=0.4).words
    read = reading(RIGHT[:1])
    assert kinds(page(RIGHT), read) == [Kind.UNSEEN]
    assert kinds(page(RIGHT), read.model_copy(update={"words": read.words + faint})) == []


def test_what_cannot_be_read_is_looked_for_in_the_box_of_what_is_said() -> None:
    """It stands between other neighbours: rows of a table that the other reader tells in another order."""
    faint = tuple(
        Word(text=text, bbox=BBox(x0=0.1, y0=0.3, x1=0.2, y1=0.32), confidence=0.4)
        for text in "Dlc Arbe1tcn kqsten 48Z.7S0 davcn ubern1mmt dcr Krcls".split()
    )
    first, *others = reading(RIGHT[:1]).words
    read = reading([]).model_copy(update={"words": (first, *faint, *others)})
    assert kinds(page(RIGHT), read) == []
    elsewhere = tuple(word.model_copy(update={"bbox": box(3)}) for word in faint)
    assert kinds(page(RIGHT), read.model_copy(update={"words": (first, *elsewhere, *others)})) == [Kind.UNSEEN]


def test_what_is_read_with_doubts_is_not_said_to_be_left_out() -> None:
    picture = reading(["Wv lIl Kossten E6 SZ9 oO TS8 Hatttrale vol xvlkrtz Qnnehm ersch"], confidence=0.5).words
    picture += reading(["Zeichnung Maßstab"], confidence=0.96).words
    read = reading(RIGHT)
    assert kinds(page(RIGHT), read.model_copy(update={"words": read.words + picture})) == []


def test_text_on_a_page_without_any_is_doubted_as_a_whole() -> None:
    doubted = compared(page(RIGHT), reading([], page_confidence=None))
    assert doubted.notes == (NO_TEXT,)
    assert doubted.confidence == 0.1


def test_a_page_on_which_neither_finds_text_is_as_it_was() -> None:
    empty = page([])
    assert compared(empty, reading([], page_confidence=None)) == empty


def test_words_that_the_model_placed_are_doubted_with_their_passage() -> None:
    words = tuple(Word(text=text, bbox=box(n)) for n, text in ((0, "Hafenstraße"), (1, "Stadtrat")))
    doubted = compared(page([RIGHT[0], INVENTED], words=words), reading(RIGHT[:1]))
    assert [word.confidence for word in doubted.words] == [None, 0.1]


def test_a_number_in_a_box_is_held_against_what_stands_there() -> None:
    """Nothing beside it says where it belongs."""
    said = page(["9.481,50", "Zwischensumme"])
    near = Word(text="9.461,50", bbox=box(0), confidence=0.97)
    far = Word(text="3.333,33", bbox=BBox(x0=0.1, y0=0.8, x1=0.2, y1=0.82), confidence=0.97)
    other = Word(text="Zwischensumme", bbox=box(1), confidence=0.97)
    read = reading([]).model_copy(update={"words": (other, far, near)})
    [doubt, *_] = doubts_about(said, read, is_readable)
    assert (doubt.kind, doubt.instead) == (Kind.OTHERWISE, "9.461,50")


@pytest.fixture(scope="module")
def local() -> LocalEngine:
    return LocalEngine()


@pytest.fixture(scope="module")
def drawer(tmp_path_factory: pytest.TempPathFactory) -> Drawer:
    return declaration_drawer(tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="module", params=["clean", "scanned"])
def drawn(request: pytest.FixtureRequest, drawer: Drawer, local: LocalEngine) -> tuple[Page, Page]:
    """A drawn page as it is, and as the local engine reads it."""
    known = drawer.page(request.param, 6)
    [read] = local.read([known.image(1)])
    assert isinstance(read, Page)
    truth = Page(number=1, width=595, height=842, blocks=known.blocks, engine="model")
    return truth, read.model_copy(update={"words": in_reading_order(read)})


def longest(truth: Page) -> Block:
    return max((block for block in truth.blocks if not block.table), key=lambda block: len(block.text))


def with_text(truth: Page, block: Block, text: str) -> Page:
    edited = block.model_copy(update={"text": text})
    return truth.model_copy(update={"blocks": tuple(edited if b is block else b for b in truth.blocks)})


def test_the_true_text_of_a_drawn_page_is_not_doubted(drawn: tuple[Page, Page]) -> None:
    sure = compared(*drawn)
    assert sure.notes == ()
    assert sure.confidence is not None
    assert sure.confidence > 0.95


def test_what_is_invented_on_a_drawn_page_is_doubted(drawn: tuple[Page, Page]) -> None:
    truth, read = drawn
    block = longest(truth)
    edited = with_text(truth, block, f"{block.text} {INVENTED}")
    [doubt] = doubts_about(edited, read, is_readable)
    assert doubt.kind is Kind.UNSEEN
    assert "Stadtrat" in doubt.text


def test_a_block_left_out_of_a_drawn_page_is_noted(drawn: tuple[Page, Page]) -> None:
    truth, read = drawn
    edited = truth.model_copy(update={"blocks": tuple(b for b in truth.blocks if b is not longest(truth))})
    assert Kind.LEFT_OUT in kinds(edited, read)
