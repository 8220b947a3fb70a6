"""docintel.engines.generative: how pages are asked for, what happens when an answer goes wrong, what is kept of it."""

from dataclasses import replace

import numpy as np
import pytest

from docintel.engines.fake import FakeEngine
from docintel.engines.generative import GenerativeEngine, PromptOptions
from docintel.engines.generative.fallbacks import FALLBACKS
from docintel.errors import DocintelError, EngineLoading, OutOfDeviceMemory, PageError
from docintel.intake.page_image import PageImage
from docintel.markup import HTML_PROMPT, LINES_PROMPT, MARKDOWN_PROMPT, TEXT_PROMPT
from docintel.model import BBox, Block, BlockLabel, Cell, Page, Table, Word
from docintel.runtime import Generated, Request
from docintel.runtime.fake import FakeGenerator, Script

GOOD = (
    '<html><body><p data-bbox="100 300 900 340">Der Zähler wird am Montag getauscht.</p>'
    '<div class="page_header" data-bbox="100 20 900 40">Stadtwerke</div></body></html>'
)


def image(number: int = 1, *, words: tuple[Word, ...] = (), shade: int = 0) -> PageImage:
    pixels = np.full((320, 240, 3), 250, dtype=np.uint8)
    pixels[40:60, 30 : 200 - number] = shade
    return PageImage(number=number, pixels=pixels, width=595, height=842, words=words)


def box(y0: float, y1: float) -> BBox:
    return BBox(x0=0.1, y0=y0, x1=0.9, y1=y1)


def laid_out(page_image: PageImage) -> Page:
    """What the local engine would say of the page: a paragraph, a table, a picture."""
    cells = (Cell(row=0, column=0, text="l0cal", bbox=box(0.5, 0.6)), Cell(row=0, column=1, text="b"))
    blocks = (
        Block(id="b1", label=BlockLabel.TEXT, bbox=box(0.1, 0.2), text="l0cal text"),
        Block(
            id="b2",
            label=BlockLabel.TABLE,
            bbox=box(0.5, 0.6),
            text="l0cal\tb",
            table=Table(num_rows=1, num_columns=2, cells=cells),
        ),
        Block(id="b3", label=BlockLabel.PICTURE, bbox=box(0.7, 0.9), text=""),
    )
    return Page(number=page_image.number, width=595, height=842, blocks=blocks, engine="local/test")


def engine(script: Script, options: PromptOptions | None = None) -> tuple[GenerativeEngine, FakeGenerator]:
    generator = FakeGenerator(script)
    return GenerativeEngine("test", generator, lambda: FakeEngine(laid_out), options or PromptOptions()), generator


def read(script: Script, options: PromptOptions | None = None, *images: PageImage) -> Page:
    [page] = engine(script, options)[0].read(images or [image()])
    assert isinstance(page, Page)
    return page


def looping(text: str = "") -> Generated:
    return Generated(text, "loop", num_prompt_tokens=9, num_tokens=500, seconds=2.0)


def test_a_good_answer_becomes_a_page_in_reading_order() -> None:
    page = read(lambda _request: GOOD)
    assert [(block.label.value, block.language) for block in page.blocks] == [("page_header", "de"), ("text", "de")]
    assert [(attempt.what, attempt.outcome, attempt.text) for attempt in page.attempts] == [("html", "read", GOOD)]
    assert page.notes == ()


def test_a_page_is_asked_for_as_the_cookbook_says() -> None:
    asked, generator = engine(lambda _request: GOOD)
    asked.read([image()])
    [[request]] = generator.asked
    assert request.text == "qwenvl html"
    assert (request.min_tokens, request.max_tokens, request.temperature) == (512, 2048, 0.0)


def test_pages_are_asked_for_together_and_only_the_bad_ones_again() -> None:
    def script(request: Request) -> Generated | str:
        is_second = bool((request.images[0][50, 197] < 100).all())
        return looping() if is_second and request.temperature == 0 else GOOD

    asked, generator = engine(script)
    first, second = asked.read([image(5), image(1)])
    assert [len(batch) for batch in generator.asked] == [2, 1]
    assert isinstance(first, Page)
    assert isinstance(second, Page)
    assert [attempt.outcome for attempt in second.attempts] == ["went round in circles", "read"]
    assert second.notes[0].startswith("Attempt 1 (html): went round in circles")


def test_the_ladder_is_climbed_to_its_end_and_then_regions_are_read() -> None:
    def script(request: Request) -> Generated | str:
        if request.images[0].shape[0] == 320:
            return looping()
        return "<table><tr><td>read</td><td>b</td></tr></table>" if request.text == HTML_PROMPT else "read\ntext"

    page = read(script)
    assert [attempt.what for attempt in page.attempts][: len(FALLBACKS)] == [step.what for step in FALLBACKS]
    assert [block.text for block in page.blocks] == ["read text", "read\tb", ""]
    table = page.blocks[1].table
    assert table is not None
    assert table.cells[0].bbox == box(0.5, 0.6)
    assert page.engine.startswith("test/")


def test_what_the_model_cannot_read_at_all_is_the_local_engines() -> None:
    page = read(lambda _request: looping())
    assert [block.text for block in page.blocks] == ["l0cal text", "l0cal\tb", ""]
    assert "2 of 2 parts were read by the local engine." in page.notes


def test_a_page_that_neither_can_read_fails_with_the_local_engines_reason() -> None:
    asked = GenerativeEngine(
        "test",
        FakeGenerator(lambda _request: looping()),
        lambda: FakeEngine(lambda _image: PageError("broken")),
    )
    [failed] = asked.read([image()])
    assert isinstance(failed, PageError)


def test_what_is_said_before_a_loop_is_kept_word_for_word() -> None:
    page = read(lambda _request: looping("<p data-bbox='1 2 30 40'>kept</p>"))
    assert page.attempts[0].text == "<p data-bbox='1 2 30 40'>kept</p>"


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        ("", "said nothing"),
        (Generated("<p data-bbox='1 2 30 40'>ha", "length", 1, 1, 0.1), "broke off"),
        (DocintelError("The model failed."), "The model failed."),
    ],
)
def test_each_way_to_go_wrong_is_recorded(answer: Generated | DocintelError | str, outcome: str) -> None:
    page = read(lambda request: answer if request.text == HTML_PROMPT else "ok")
    assert page.attempts[0].outcome == outcome


def test_a_blank_page_may_have_nothing_to_say() -> None:
    blank = replace(image(), pixels=np.full((320, 240, 3), 250, dtype=np.uint8))
    page = read(lambda _request: "<html><body></body></html>", None, blank)
    assert page.blocks == ()
    assert len(page.attempts) == 1


def test_out_of_memory_asks_with_fewer_pixels() -> None:
    def script(request: Request) -> str | DocintelError:
        return GOOD if request.scale <= 0.5 else OutOfDeviceMemory("full")

    asked, generator = engine(script)
    [page] = asked.read([image()])
    assert isinstance(page, Page)
    assert [batch[0].scale for batch in generator.asked] == [1.0, 0.5]
    assert page.attempts[1].what == "html, half the pixels"


def test_markdown_is_one_of_the_ways() -> None:
    page = read(lambda request: "# Stadtwerke" if request.text == MARKDOWN_PROMPT else looping())
    assert [(block.label.value, block.text) for block in page.blocks] == [("title", "Stadtwerke")]


def test_a_text_layer_is_compared_with_what_was_read() -> None:
    def said(layer: str) -> Page:
        words = tuple(Word(text=text, bbox=box(0.1, 0.2)) for text in layer.split())
        return read(lambda _request: GOOD, None, image(words=words))

    assert said("Stadtwerke Der Zähler wird am Montag getauscht.").notes == ()
    assert "agree to" in said("Stadtwerke Der Zähler wird am Montag den dritten März ersetzt").notes[0]
    other = said("nothing of this is on that page at all, whatever the model may say")
    assert [attempt.outcome for attempt in other.attempts[:2]] == ["disagrees with the text layer"] * 2


def test_words_are_spotted_where_they_are_asked_for() -> None:
    def script(request: Request) -> str:
        return "[{'bbox_2d': [1, 2, 300, 40], 'text_content': 'Zähler'}]" if request.text == LINES_PROMPT else GOOD

    page = read(script, PromptOptions(words="lines"))
    assert [word.text for word in page.words] == ["Zähler"]
    assert len(page.blocks) == 2


def test_regions_are_read_in_one_batch_with_the_prompt_of_their_kind() -> None:
    asked, generator = engine(lambda _request: "x", PromptOptions(mode="regions"))
    asked.read([image()])
    [batch] = generator.asked
    assert [request.text for request in batch] == [TEXT_PROMPT, HTML_PROMPT]
    assert all(request.images[0].shape[0] < 100 for request in batch)


def test_parts_are_as_urgent_as_their_page() -> None:
    template = replace(PromptOptions().template, priority=3, max_new_tokens=100)
    asked, generator = engine(lambda _request: "x", PromptOptions(mode="regions", template=template))
    asked.read([image()])
    assert {(request.priority, request.max_new_tokens) for request in generator.asked[0]} == {(3, 100)}


def test_the_local_engine_is_opened_once_and_only_when_it_is_needed() -> None:
    opened: list[FakeEngine] = []

    def local() -> FakeEngine:
        opened.append(FakeEngine(laid_out))
        return opened[-1]

    answers: list[Generated | str] = [GOOD, *[looping()] * 20]
    asked = GenerativeEngine("test", FakeGenerator(lambda _request: answers.pop(0)), local)
    asked.read([image()])
    assert not opened
    asked.read([image()])
    asked.read([image(2)])
    assert len(opened) == 1


Told = list[tuple[int, str, int]]


def told(asked: GenerativeEngine, *images: PageImage, wanted: int = 10**9) -> tuple[list[Page | DocintelError], Told]:
    """What is read, and what is told meanwhile; nobody wants more than `wanted` tokens."""
    heard: Told = []

    def hear(place: int, text: str, num_tokens: int) -> bool:
        heard.append((place, text, num_tokens))
        return num_tokens <= wanted

    return asked.read(images or [image()], hear), heard


def test_tokens_of_all_attempts_are_told() -> None:
    asked, _ = engine(lambda request: looping("<p>") if request.temperature == 0 else GOOD)
    _, heard = told(asked)
    assert heard == [(0, "<p>", 500), (0, GOOD, 500 + len(GOOD))]


def test_tokens_of_all_parts_are_told_as_of_their_page() -> None:
    asked, _ = engine(lambda _request: "abc", PromptOptions(mode="regions"))
    _, heard = told(asked, image(1), image(2))
    assert heard == [(0, "abc", 3), (0, "abc", 6), (1, "abc", 3), (1, "abc", 6)]


def test_words_are_told_as_tokens_only() -> None:
    asked, _ = engine(lambda request: GOOD if request.text == HTML_PROMPT else "[]", PromptOptions(words="words"))
    _, heard = told(asked)
    assert heard == [(0, GOOD, len(GOOD)), (0, "", len(GOOD) + 2)]


@pytest.mark.parametrize("mode", ["page", "regions"])
def test_a_page_that_nobody_waits_for_is_not_read_on(mode: str) -> None:
    asked, generator = engine(lambda _request: GOOD, PromptOptions(mode="page" if mode == "page" else "regions"))
    [failed], _ = told(asked, wanted=1)
    assert isinstance(failed, PageError)
    assert "nobody waits" in str(failed)
    assert len(generator.asked) == 1


def test_a_kept_answer_is_read_anew_by_the_reader_of_today() -> None:
    asked, generator = engine(lambda _request: GOOD)
    [page] = asked.read([image()])
    assert isinstance(page, Page)
    stale = page.model_copy(update={"blocks": ()})
    assert asked.parsed(image(), stale) == page
    assert len(generator.asked) == 1


def test_the_fingerprint_names_what_an_answer_depends_on() -> None:
    def name(options: PromptOptions) -> str:
        return engine(lambda _request: "", options)[0].fingerprint

    template = PromptOptions().template
    others = [
        PromptOptions(mode="regions"),
        PromptOptions(words="words"),
        PromptOptions(template=replace(template, max_tokens=4_096)),
        PromptOptions(template=replace(template, temperature=0.7)),
    ]
    assert len({name(options) for options in [PromptOptions(), *others]}) == 5
    assert name(PromptOptions(template=replace(template, priority=9))) == name(PromptOptions())


def test_a_model_that_is_being_loaded_is_no_failure_of_the_page() -> None:
    class Loading(FakeGenerator):
        @property
        def name(self) -> str:
            raise EngineLoading("later")

    asked = GenerativeEngine("test", Loading(lambda _request: ""), lambda: FakeEngine(laid_out))
    with pytest.raises(EngineLoading):
        _ = asked.fingerprint
