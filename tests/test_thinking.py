"""Thinking variants: what a model thinks is never read, shown or cited, takes no room from the answer, and may loop."""

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
import torch

from docintel.answering import ExtractiveAnswerer, GenerativeAnswerer, ask
from docintel.engines import INSTRUCT_IS_BETTER, answering_context, qwen3_vl
from docintel.engines.fake import FakeEngine
from docintel.engines.generative import GenerativeEngine, PromptOptions
from docintel.errors import DocintelError
from docintel.intake.page_image import PageImage
from docintel.model import BBox, Block, BlockLabel, Page
from docintel.retrieval import Retriever
from docintel.runtime import Generated, ProgressCallback, Request, checkpoints, ignore_progress
from docintel.runtime.model.decoder import Decoder
from docintel.runtime.thinking import strip_reasoning
from tests.houses import WordCounts, settings_in
from tests.shelf import Shelf, written_page
from tests.tiny import asking, loaded

THOUGHT = "Let me see. The page says <p>secret</p> [1], I think.\n</think>\n\n"
PAGE = "<p data-bbox='100 100 900 200'>Der Zähler wird getauscht.</p>"


@pytest.fixture(scope="module")
def thinker(tiny: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkpoint whose chat template opens the reasoning, as those of Qwen3-VL-*-Thinking do."""
    folder = tmp_path_factory.mktemp("models") / "tiny"
    shutil.copytree(tiny, folder)
    template = folder / "chat_template.jinja"
    said = template.read_text(encoding="utf-8")
    assert said.count("<|im_start|>assistant\n") == 1
    template.write_text(said.replace("<|im_start|>assistant\n", "<|im_start|>assistant\n<think>\n"), encoding="utf-8")
    return folder


class Scripted:
    """A Decoder whose model is made to say what `script` says of each request, token by token."""

    def __init__(self, folder: Path, script: Callable[[Request], str]) -> None:
        self._model = loaded(folder)
        self._decoder = Decoder(self._model, context=8_192)
        self._script = script
        self._coming: list[int] = []
        self._model.model.lm_head.register_forward_hook(self._say)

    @property
    def name(self) -> str:
        return self._decoder.name

    def generate(
        self, requests: Sequence[Request], heard: ProgressCallback = ignore_progress
    ) -> list[Generated | DocintelError]:
        return [self._one(number, request, heard) for number, request in enumerate(requests)]

    def _one(self, number: int, request: Request, heard: ProgressCallback) -> Generated | DocintelError:
        self._coming = self._model.tokenizer(self._script(request), add_special_tokens=False)["input_ids"]
        [answer] = self._decoder.generate([request], lambda _zero, text, count: heard(number, text, count))
        return answer

    def _say(self, _module: torch.nn.Module, _args: object, logits: torch.Tensor) -> torch.Tensor:
        end = self._model.model.generation_config.eos_token_id[0]
        logits[..., self._coming.pop(0) if self._coming else end] = 1e4
        return logits


def image() -> PageImage:
    pixels = np.full((64, 96, 3), 250, dtype=np.uint8)
    pixels[20:40, 10:80] = 0
    return PageImage(number=1, pixels=pixels, width=595, height=842)


def a_paragraph(page_image: PageImage) -> Page:
    box = BBox(x0=0.1, y0=0.1, x1=0.9, y1=0.6)
    block = Block(id="b1", label=BlockLabel.TEXT, bbox=box, text="l0cal text")
    return Page(number=page_image.number, width=595, height=842, blocks=(block,), engine="local/test")


def read(generator: Scripted, options: PromptOptions) -> tuple[Page, list[str]]:
    """The page, and what was told while it was read."""
    shown: list[str] = []

    def heard(_page: int, text: str, _count: int) -> bool:
        shown.append(text)
        return True

    [page] = GenerativeEngine("test", generator, lambda: FakeEngine(a_paragraph), options).read([image()], heard)
    assert isinstance(page, Page)
    return page, shown


def small(request: Request) -> Request:
    """With the budgets of a tiny model."""
    return Request(request.text, request.images, min_tokens=4, max_tokens=16, max_new_tokens=400)


def test_an_answer_begins_behind_the_reasoning(thinker: Path) -> None:
    shown: list[str] = []

    def heard(_number: int, text: str, _count: int) -> bool:
        shown.append(text)
        return True

    [answer] = Scripted(thinker, lambda _: THOUGHT + PAGE).generate([asking("x", (64, 64), most=200)], heard)
    assert isinstance(answer, Generated)
    assert (answer.text, answer.end) == (PAGE, "end")
    assert answer.num_tokens > len(PAGE) / 4
    assert shown[0] == ""
    assert shown[-1]
    assert all(PAGE.startswith(text) for text in shown)


def test_a_model_that_opens_its_reasoning_itself_is_read_alike(tiny: Path) -> None:
    [answer] = Scripted(tiny, lambda _: f"<think>\n{THOUGHT}{PAGE}").generate([asking("x", (64, 64), most=300)])
    assert isinstance(answer, Generated)
    assert answer.text == PAGE


def test_reasoning_takes_no_room_from_the_answer(thinker: Path) -> None:
    long = " ".join(map(str, range(300))) + THOUGHT
    [answer] = Scripted(thinker, lambda _: long + PAGE).generate([asking("x", (64, 64), most=60)])
    assert isinstance(answer, Generated)
    assert answer.num_tokens > 300
    assert (answer.text, answer.end) == (PAGE, "end")


def test_reasoning_that_never_ends_is_no_answer() -> None:
    assert strip_reasoning("and so on and", is_open=True) == ""
    assert strip_reasoning("<think> and so on and", is_open=False) == ""
    assert strip_reasoning("A page on </think> tags.", is_open=False) == "A page on </think> tags."


def test_a_loop_inside_the_reasoning_is_asked_about_again(thinker: Path) -> None:
    def script(request: Request) -> str:
        return "wait, " * 400 if request.temperature == 0 else THOUGHT + PAGE

    page, _ = read(Scripted(thinker, script), PromptOptions(template=small(PromptOptions().template)))
    assert [attempt.outcome for attempt in page.attempts] == ["went round in circles", "read"]
    assert [block.text for block in page.blocks] == ["Der Zähler wird getauscht."]


@pytest.mark.parametrize("mode", ["page", "regions"])
def test_pages_parts_and_words_hold_nothing_of_it(thinker: Path, mode: str) -> None:
    def script(request: Request) -> str:
        if "bbox_2d" in request.text:
            return THOUGHT + "[{'bbox_2d': [1, 2, 300, 40], 'text_content': 'Zähler'}]"
        return THOUGHT + ("Der Zähler wird getauscht." if mode == "regions" else PAGE)

    options = PromptOptions(
        mode="page" if mode == "page" else "regions", words="lines", template=small(PromptOptions().template)
    )
    page, shown = read(Scripted(thinker, script), options)
    assert [block.text for block in page.blocks] == ["Der Zähler wird getauscht."]
    assert [word.text for word in page.words] == (["Zähler"] if mode == "page" else [])
    assert "secret" not in page.model_dump_json()
    assert shown
    assert not [text for text in shown if "secret" in text or "see" in text]


def test_nothing_of_it_is_streamed_or_cited(thinker: Path) -> None:
    shelf = Shelf(WordCounts())
    shelf.add("contract.pdf", written_page("# Lease\n\nThe monthly rent is 1,250 euros."))
    shown: list[str] = []

    def hear(text: str) -> bool:
        shown.append(text)
        return True

    generator = Scripted(thinker, lambda _: THOUGHT + "The contract names the monthly rent of the flat.")
    answerer = GenerativeAnswerer(generator, ExtractiveAnswerer(), context=8_192)
    answer = ask(
        "What is the monthly rent?",
        library=shelf,
        retriever=Retriever(shelf, WordCounts()),
        answerer=answerer,
        on_text=hear,
    )
    shelf.close()
    assert answer.text == "The contract names the monthly rent of the flat."
    assert answer.citations == ()
    assert shown
    assert not [text for text in shown if "see" in text]


def test_a_thinking_model_is_named_as_one_and_given_room(thinker: Path, tmp_path: Path) -> None:
    settings = settings_in(tmp_path, engine="qwen3-vl", qwen3_vl_model=str(thinker), qwen3_vl_context=16_000)
    named = settings.model_copy(update={"engine": "endpoint", "endpoint_model": "Qwen3-VL-4B-Thinking"})
    plain = settings.model_copy(update={"qwen3_vl_model": "small"})
    assert [answering_context(each) for each in (settings, named, plain)] == [12_000, 12_000, 16_000]
    assert INSTRUCT_IS_BETTER in qwen3_vl.describe(settings)
    assert INSTRUCT_IS_BETTER not in qwen3_vl.describe(plain)


def test_a_checkpoint_that_thinks_is_known_before_it_is_loaded(thinker: Path, tiny: Path) -> None:
    assert checkpoints.is_thinking_model(str(thinker))
    assert not checkpoints.is_thinking_model(str(tiny))
    assert checkpoints.is_thinking_model("Qwen/Qwen3-VL-8B-Thinking")
    assert not checkpoints.is_thinking_model("Qwen/Qwen3-VL-8B-Instruct")
