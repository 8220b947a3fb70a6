"""docintel.runtime.slots: token for token what docintel.runtime.model.decoder says, whoever comes and goes when."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from docintel.errors import DocintelError, OutOfDeviceMemory, PageError
from docintel.runtime import ContinuousGenerator, Generated, Request, Ticket
from docintel.runtime.checkpoints import SMALL_FOLDER
from docintel.runtime.loops import MAX_MARKS
from docintel.runtime.model.decoder import Decoder
from docintel.runtime.model.weights import LoadedModel
from docintel.runtime.slots.decoder import SlotDecoder
from tests.tiny import asking, loaded, tiny_model

CONTEXT = 320
SLOTS = 3


@pytest.fixture(autouse=True, scope="module")
def one_thread() -> Iterator[None]:
    """As the model process takes for small models."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@dataclass(eq=False)
class Asked:
    """A request that comes at the `arrives`-th look into the source, and is not wanted after `patience` tokens."""

    request: Request
    arrives: int = 0
    patience: int | None = None
    answer: Generated | DocintelError | None = None
    finished: list["Asked"] = field(default_factory=list)

    def report(self, _text: str, num_tokens: int) -> bool:
        return self.patience is None or num_tokens < self.patience

    def finish(self, answer: Generated | DocintelError) -> None:
        assert self.answer is None
        self.answer = answer
        self.finished.append(self)

    @property
    def said(self) -> tuple[str, str, int]:
        assert isinstance(self.answer, Generated), self.answer
        return self.answer.text, self.answer.end, self.answer.num_tokens


class Arrivals:
    """A source whose requests come one after another."""

    def __init__(self, asked: Sequence[Asked]) -> None:
        self.finished: list[Asked] = []
        for each in asked:
            each.finished = self.finished
        self._coming = sorted(asked, key=lambda each: each.arrives)
        self._now = -1

    def take(self, *, wait: bool, above: int | None = None) -> Ticket | None:
        self._now += 1
        if wait and self._coming:
            self._now = max(self._now, self._coming[0].arrives)
        here = [each for each in self._coming if each.arrives <= self._now]
        if above is not None:
            here = [each for each in here if each.request.priority > above]
        if not here:
            return None
        taken = max(here, key=lambda each: each.request.priority)
        self._coming.remove(taken)
        return taken


@dataclass(frozen=True)
class Decoders:
    plain: Decoder
    roomy: SlotDecoder
    """With room for all."""
    tight: SlotDecoder
    """Whose slots share the room that one of them may need."""

    known: dict[tuple[object, ...], tuple[str, str, int]] = field(default_factory=dict)

    def alone(self, request: Request, patience: int | None = None) -> tuple[str, str, int]:
        """What the plain path says to one request."""
        images = (image.tobytes() for image in request.images)
        key = (request.text, request.max_new_tokens, request.seed, patience, *images)
        if key not in self.known:
            asked = Asked(request)
            [asked.answer] = self.plain.generate([request], lambda _, __, count: patience is None or count < patience)
            self.known[key] = asked.said
        return self.known[key]


@pytest.fixture(scope="module", params=["dense", "mixture"])
def decoders(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, tiny: Path) -> Decoders:
    folder = tiny if request.param == "dense" else tiny_model(tmp_path_factory.mktemp("mixture"), experts=8)
    return decoders_of(folder)


def decoders_of(folder: Path) -> Decoders:
    plain, model = loaded(folder), loaded(folder)
    return Decoders(
        Decoder(plain, context=CONTEXT),
        SlotDecoder(model, context=CONTEXT, num_slots=SLOTS),
        SlotDecoder(model, context=CONTEXT, num_slots=SLOTS, cache_tokens=1),
    )


def mixed() -> list[Request]:
    """More than there are slots: images of several sizes, none, and several; long and short answers; drawn ones."""
    return [
        asking("qwenvl html", (96, 128), most=70),
        asking("Read all the text in the image.", (32, 256), seed=5, most=9),
        asking("What do these say?", (64, 64), (128, 96), seed=7, most=120),
        asking("No image at all.", most=1),
        replace(asking("Drawn.", (64, 64), seed=11, most=40), temperature=0.8, top_p=0.9, seed=4),
        asking("qwenvl markdown", (128, 128), seed=3, most=90),
        replace(asking("Drawn too.", most=40), temperature=1.5, seed=9),
    ]


def serve(decoder: SlotDecoder, asked: Sequence[Asked]) -> list[Asked]:
    """In the order in which they were finished; afterwards nothing is left in the slots."""
    arrivals = Arrivals(asked)
    decoder.serve(arrivals)
    assert len(arrivals.finished) == len(asked)
    assert decoder.cache.num_free == decoder.cache.num_blocks
    return arrivals.finished


def test_it_takes_requests_in_while_it_answers_others(decoders: Decoders) -> None:
    assert isinstance(decoders.roomy, ContinuousGenerator)
    assert not isinstance(decoders.plain, ContinuousGenerator)


@pytest.mark.parametrize("room", ["roomy", "tight"])
def test_requests_say_what_each_says_alone(decoders: Decoders, room: str) -> None:
    decoder: SlotDecoder = getattr(decoders, room)
    before = decoder.num_evicted
    answers = decoder.generate(mixed())
    assert [(each.text, each.end, each.num_tokens) for each in answers if isinstance(each, Generated)] == [
        decoders.alone(request) for request in mixed()
    ]
    assert (decoder.num_evicted > before) == (room == "tight")


@given(data=st.data())
@settings(max_examples=5, deadline=None)
def test_it_does_not_matter_who_comes_and_goes_when(decoders: Decoders, data: st.DataObject) -> None:
    asked = [
        Asked(
            replace(request, priority=data.draw(st.sampled_from([0, 0, 10]), "priority")),
            arrives=data.draw(st.integers(0, 60), "arrives"),
            patience=data.draw(st.sampled_from([None, None, 16, 48]), "patience"),
        )
        for request in data.draw(st.permutations(mixed()), "order")
    ]
    serve(data.draw(st.sampled_from([decoders.roomy, decoders.tight]), "room"), asked)
    assert [each.said for each in asked] == [decoders.alone(each.request, each.patience) for each in asked]


def test_a_request_that_cannot_be_asked_fails_alone(decoders: Decoders) -> None:
    good = asking("good", (64, 64), most=40)
    answers = decoders.roomy.generate([good, asking("x", (5, 5_000)), asking("long " * 3_000), good])
    assert [type(each) for each in answers] == [Generated, PageError, PageError, Generated]
    assert "DOCINTEL_QWEN3_VL_CONTEXT" in str(answers[2])
    assert [answers[0].text, answers[3].text] == [decoders.alone(good)[0]] * 2  # type: ignore[union-attr]


def test_a_request_that_finds_no_memory_fails_alone(tiny: Path) -> None:
    model = loaded(tiny)

    def full(_module: torch.nn.Module, _args: object, kwargs: dict[str, torch.Tensor]) -> None:
        if kwargs["inputs_embeds"].shape[1] > 64:
            raise torch.OutOfMemoryError("full")

    model.model.model.language_model.register_forward_pre_hook(full, with_kwargs=True)
    decoder = SlotDecoder(model, context=CONTEXT, num_slots=2)
    good, large = asking("good", (64, 64), most=40), asking("x", (256, 256))
    answers = decoder.generate([good, large, good])
    assert [type(each) for each in answers] == [Generated, OutOfDeviceMemory, Generated]
    assert decoder.cache.num_free == decoder.cache.num_blocks


def test_an_urgent_request_does_not_wait_for_the_others(decoders: Decoders) -> None:
    bulk = [Asked(asking("qwenvl html", (96, 128), seed=seed, most=80)) for seed in range(4)]
    urgent = Asked(replace(asking("How much?", (64, 64), most=30), priority=10), arrives=20)
    finished = serve(decoders.roomy, [*bulk, urgent])
    ended_early = [each for each in bulk if each.said[2] < 60]
    assert next(each for each in finished if each not in ended_early) is urgent
    assert [each.said for each in [*bulk, urgent]] == [decoders.alone(each.request) for each in [*bulk, urgent]]


def test_after_a_failure_the_slots_are_empty_and_answer_again(tiny: Path) -> None:
    model = loaded(tiny)
    decoder = SlotDecoder(model, context=CONTEXT, num_slots=2)
    good = asking("good", (64, 64), most=40)
    [before] = decoder.generate([good])

    def broken(_module: torch.nn.Module, _args: object) -> None:
        raise RuntimeError("broken")

    hook = model.model.model.visual.register_forward_pre_hook(broken)
    with pytest.raises(RuntimeError, match="broken"):
        decoder.generate([good, asking("other", (96, 96))])
    hook.remove()
    assert decoder.cache.num_free == decoder.cache.num_blocks
    [after] = decoder.generate([good])
    assert (after.text, after.end) == (before.text, before.end)  # type: ignore[union-attr]


def test_rows_of_marks_are_ended_as_on_the_plain_path(tiny: Path) -> None:
    """By a model that would say one mark for ever, and a letter where it may not."""
    request = replace(asking("x", most=200), stops_loops=True)
    said = []
    for kind in (Decoder, SlotDecoder):
        model = loaded(tiny)
        mark, letter = (model.tokenizer.encode(each, add_special_tokens=False)[0] for each in ".a")
        say_only(model, mark, letter)
        [answer] = kind(model, context=CONTEXT).generate([request])
        assert isinstance(answer, Generated)
        said.append(answer.text)
    assert said[0] == said[1]
    assert said[0].startswith("." * MAX_MARKS + "a" + "." * MAX_MARKS + "a")


def say_only(model: LoadedModel, likeliest: int, next_likely: int) -> None:
    """To whatever it is told: all tokens look alike to it."""
    embedding = model.model.get_input_embeddings().weight.data
    embedding[:] = embedding[5].clone()
    hidden = model.model.model.language_model(input_ids=torch.tensor([[0]])).last_hidden_state[0, 0]
    head = torch.zeros_like(embedding)
    head[likeliest], head[next_likely] = 2 * hidden, hidden
    model.model.lm_head.weight = torch.nn.Parameter(head, requires_grad=False)


def test_the_small_checkpoint_reads_the_same() -> None:
    words = ["Receipt no. 4711", "Total 125.40 EUR", "Oslo, 3 May 1952", "the quick brown fox", "jumps over"]
    ask = "Read all the text in the image."
    requests = [
        Request(ask, (printed(line, 64 + 32 * (number % 2)),), min_tokens=4, max_new_tokens=48)
        for number, line in enumerate(words)
    ]
    plain, model = loaded(SMALL_FOLDER), loaded(SMALL_FOLDER)
    expected = Decoder(plain).generate(requests)
    found = SlotDecoder(model, num_slots=SLOTS).generate(requests)
    assert [each.text for each in found] == [each.text for each in expected]  # type: ignore[union-attr]
    assert [each.text for each in found] == words  # type: ignore[union-attr]


def printed(line: str, height: int) -> NDArray[np.uint8]:
    image = Image.new("RGB", (480, height), "white")
    ImageDraw.Draw(image).text((20, height // 2 - 16), line, fill="black", font_size=28)
    return np.asarray(image)
