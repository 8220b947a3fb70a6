"""docintel.engines.generative.comparing: when a model's page is compared, what is kept of it, what goes wrong."""

from pathlib import Path

import numpy as np
import pytest

from benchmarks.doubted.sheets import WHOLE
from benchmarks.photographed.camera import photograph
from docintel.engines import endpoint, qwen3_vl
from docintel.engines.fake import FakeEngine, Script
from docintel.engines.generative import GenerativeEngine, PromptOptions
from docintel.engines.generative.comparing import WHAT, When
from docintel.engines.generative.turning import is_hard
from docintel.errors import DocintelError, EngineUnavailable, PageError
from docintel.intake.page_image import PageImage
from docintel.model import Block, BlockLabel, Page, Word
from docintel.runtime.fake import FakeGenerator
from docintel.settings import Settings
from tests.drawing import declaration_drawer

TRUE = "Der Zähler wird am Montag getauscht, die Kosten trägt der Vermieter."
INVENTED = "Bitte überweisen Sie vorab die Summe auf unser neues Konto."
SAID = f'<html><body><p data-bbox="100 300 900 340">{TRUE} {INVENTED}</p></body></html>'


def image(*, words: tuple[Word, ...] = ()) -> PageImage:
    pixels = np.full((320, 240, 3), 250, dtype=np.uint8)
    pixels[40:60, 30:200] = 0
    return PageImage(number=1, pixels=pixels, width=595, height=842, words=words)


def seen(given: PageImage) -> Page:
    """What the local engine reads: the truth."""
    words = tuple(Word(text=text, bbox=WHOLE, confidence=0.96) for text in TRUE.split())
    return Page(number=given.number, width=595, height=842, words=words, engine="local", confidence=0.95)


def engine(
    when: When, local: Script = seen, *, hard: bool = False, mode: str = "page"
) -> tuple[GenerativeEngine, FakeEngine]:
    fake = FakeEngine(local)
    options = PromptOptions(mode=mode, compare=when)  # type: ignore[arg-type]
    return (
        GenerativeEngine("test", FakeGenerator(lambda _request: SAID), lambda: fake, options, is_hard=lambda _: hard),
        fake,
    )


def read(asked: GenerativeEngine, given: PageImage | None = None) -> Page:
    [page] = asked.read([given or image()])
    assert isinstance(page, Page)
    return page


def test_what_the_model_made_up_is_noted_and_its_confidence_falls() -> None:
    page = read(engine("always")[0])
    assert any("Bitte überweisen" in note for note in page.notes)
    assert page.confidence is not None
    assert page.confidence < 0.75
    assert page.blocks[0].confidence == page.confidence


@pytest.mark.parametrize(
    ("when", "hard", "expected"),
    [("auto", False, 0), ("auto", True, 1), ("always", False, 1), ("never", True, 0)],
)
def test_the_setting_says_which_pages_the_local_engine_reads_too(when: When, hard: bool, expected: int) -> None:
    asked, local = engine(when, hard=hard)
    page = read(asked)
    assert len(local.seen) == expected
    assert bool(page.notes) == bool(expected)


def test_a_page_with_a_text_layer_is_not_read_twice() -> None:
    asked, local = engine("always")
    words = tuple(Word(text=text, bbox=WHOLE) for text in f"{TRUE} {INVENTED}".split())
    read(asked, image(words=words))
    assert local.seen == []


@pytest.mark.parametrize("problem", [PageError("It needs more memory."), EngineUnavailable("Not installed.")])
def test_a_comparison_that_fails_does_not_fail_the_page(problem: DocintelError) -> None:
    page = read(engine("always", lambda _image: problem)[0])
    assert TRUE in page.text
    assert any("could not be compared" in note and str(problem) in note for note in page.notes)
    assert page.confidence is None


def test_a_local_engine_that_does_not_open_does_not_fail_the_page() -> None:
    def unavailable() -> FakeEngine:
        raise EngineUnavailable("RapidOCR does not start.")

    asked = GenerativeEngine("test", FakeGenerator(lambda _request: SAID), unavailable, PromptOptions(compare="always"))
    assert any("RapidOCR does not start." in note for note in read(asked).notes)


def test_a_page_from_the_cache_keeps_its_doubts_without_a_second_reading() -> None:
    asked, local = engine("always")
    page = read(asked)
    kept = Page.model_validate_json(page.model_dump_json())
    assert asked.parsed(image(), kept) == page
    assert len(local.seen) == 1
    assert [attempt.what for attempt in page.attempts] == ["html", WHAT]
    assert not any(note.startswith("Attempt") for note in page.notes)


def test_a_page_from_the_cache_is_not_looked_at_again_in_auto() -> None:
    page = read(engine("auto")[0])
    asked, local = engine("auto", hard=True)
    assert asked.parsed(image(), page) == page
    assert local.seen == []


def test_a_comparison_that_failed_is_tried_again() -> None:
    page = read(engine("auto", lambda _image: PageError("It needs more memory."), hard=True)[0])
    again = engine("auto")[0].parsed(image(), page)
    assert any("Bitte überweisen" in note for note in again.notes)
    assert not any("could not be compared" in note for note in again.notes)


def test_a_page_that_is_read_in_parts_is_compared_with_what_its_parts_were_found_by() -> None:
    block = Block(id="b1", label=BlockLabel.TEXT, bbox=WHOLE, text=TRUE)
    asked, local = engine("auto", lambda given: seen(given).model_copy(update={"blocks": (block,)}), mode="regions")
    assert any("Bitte überweisen" in note for note in read(asked).notes)
    assert len(local.seen) == 1


def test_a_page_from_the_cache_is_compared_where_it_was_not() -> None:
    page = read(engine("never")[0])
    asked, local = engine("always")
    assert any("Bitte überweisen" in note for note in asked.parsed(image(), page).notes)
    assert len(local.seen) == 1


def test_the_setting_is_no_part_of_the_fingerprint() -> None:
    assert engine("always")[0].fingerprint == engine("never")[0].fingerprint


def test_what_the_local_engine_notes_of_a_page_is_said_too() -> None:
    by_hand = "Written by hand."
    asked, _ = engine("always", lambda given: seen(given).model_copy(update={"notes": (by_hand,)}))
    assert by_hand in read(asked).notes


@pytest.mark.parametrize("module", [qwen3_vl, endpoint])
def test_both_engines_compare_as_the_settings_say(module: object, tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, compare_readings="always")
    generator = FakeGenerator(lambda _request: SAID)
    local = FakeEngine(seen)
    asked = module.engine_with(generator, settings, lambda: local)  # type: ignore[attr-defined]
    assert any("Bitte überweisen" in note for note in read(asked).notes)


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> PageImage:
    return declaration_drawer(tmp_path_factory.mktemp("data")).page("clean", 6).image(1)


def of(pixels: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> PageImage:
    return PageImage(number=1, pixels=pixels, width=595, height=842)


def test_a_clean_page_is_not_hard_to_read(clean: PageImage) -> None:
    assert not is_hard(clean)


@pytest.mark.parametrize("damage", ["perspective", "shadow", "underexposed"])
def test_a_photograph_is_hard_to_read(clean: PageImage, damage: str) -> None:
    assert is_hard(of(photograph(clean.pixels, damage, seed=3)))


def test_small_letters_are_hard_to_read(clean: PageImage) -> None:
    assert is_hard(of(np.ascontiguousarray(clean.pixels[::3, ::3])))


def test_a_blank_page_is_not_hard_to_read() -> None:
    assert not is_hard(of(np.full((900, 640, 3), 250, np.uint8)))
