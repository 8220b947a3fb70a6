"""Prompts that begin alike are taken in from where they part, and answered as if each were the first."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from docintel.runtime import Generated, Request
from docintel.runtime.model import batch
from docintel.runtime.model.decoder import Decoder
from docintel.runtime.slots.cache import BLOCK, PagedCache
from docintel.runtime.slots.decoder import SlotDecoder
from docintel.runtime.slots.prefixes import block_names
from tests.tiny import asking, loaded

IMAGE = 7
CONTEXT = 640


@pytest.fixture(scope="module")
def plain(tiny: Path) -> Decoder:
    return Decoder(loaded(tiny), context=CONTEXT)


@pytest.fixture
def slots(tiny: Path) -> SlotDecoder:
    return SlotDecoder(loaded(tiny), context=CONTEXT, num_slots=2)


def about(question: str, seed: int = 0) -> Request:
    """A question about a page of some 160 tokens."""
    return replace(asking(question, (512, 320), seed=seed, most=24), max_tokens=256)


def said(answer: object) -> tuple[str, str, int]:
    assert isinstance(answer, Generated), answer
    return answer.text, answer.end, answer.num_tokens


def test_a_second_question_on_a_page_takes_in_only_the_question(plain: Decoder, slots: SlotDecoder) -> None:
    first, second, other = about("Read all."), about("What is the total?"), about("What is the total?", seed=1)
    for request, reused in ((first, 0), (second, 2), (second, 3), (other, 0), (first, 2)):
        before = slots.num_reused
        [answer] = slots.generate([request])
        assert said(answer) == said(plain.generate([request])[0])
        assert slots.num_reused - before == reused * BLOCK


def test_slots_share_the_blocks_of_a_page(plain: Decoder, slots: SlotDecoder) -> None:
    """While one answers, another asks about the same page; when the first has ended its blocks are not lost."""
    slots.generate([about("Read all.")])
    requests = [about(f"Question {n}?") for n in range(5)]
    answers = slots.generate(requests)
    assert [said(each) for each in answers] == [said(plain.generate([each])[0]) for each in requests]
    assert slots.num_reused == 5 * 2 * BLOCK
    assert slots.cache.num_free == slots.cache.num_blocks


def test_it_can_be_switched_off(tiny: Path) -> None:
    slots = SlotDecoder(loaded(tiny), context=CONTEXT, num_slots=2, reuse_prefixes=False)
    slots.generate([about("Read all."), about("Read all.")])
    assert slots.num_reused == 0


def test_the_oldest_page_makes_room(tiny: Path, plain: Decoder) -> None:
    slots = SlotDecoder(loaded(tiny), context=CONTEXT, num_slots=1, cache_tokens=1)
    requests = [about("Read all.", seed=seed) for seed in (0, 1, 2, 3, 4, 5, 4, 0)]
    answers = [slots.generate([request])[0] for request in requests]
    assert [said(each) for each in answers] == [said(plain.generate([each])[0]) for each in requests]
    assert slots.num_reused == 2 * BLOCK, "the last but one is known, the first is not any more"


@pytest.mark.parametrize("most", [1, 50, 64, 100])
def test_a_prompt_that_is_taken_in_piece_by_piece_says_the_same(
    plain: Decoder, tiny: Path, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    requests = [about("Read all."), about("Read all.", seed=1), replace(about("Why?"), images=())]
    expected = [said(plain.generate([each])[0]) for each in requests]
    monkeypatch.setattr(batch, "MAX_TAKEN_TOGETHER", most)
    for decoder in (Decoder(loaded(tiny), context=CONTEXT), SlotDecoder(loaded(tiny), context=CONTEXT, num_slots=3)):
        assert [said(each) for each in decoder.generate(requests)] == expected


def test_names_follow_from_all_that_stands_before() -> None:
    def names(ids: list[int], *images: str) -> list[bytes]:
        return block_names(torch.tensor(ids), images, image_id=IMAGE)

    text, page = [1] * BLOCK, [1] + [IMAGE] * (2 * BLOCK) + [2]
    assert len(names(text)) == 1 and names(text[:-1]) == [] and len(names(page, "a")) == 2
    assert names(text + text)[0] == names(text + [2] * BLOCK)[0]
    assert names(text + text)[1] not in {names(text)[0], names([2] * BLOCK + text)[1]}
    assert names(page, "a")[0] != names(page, "b")[0] and names(page, "a")[1] != names(page, "b")[1]
    two = [1] + [IMAGE] * BLOCK + [2] + [IMAGE] * 40
    assert names(two, "a", "b") == names(two, "a", "c"), "the second begins in the second block, which is not full"
    assert names(two + text, "a", "b")[0] == names(two + text, "a", "c")[0]
    assert names(two + text, "a", "b")[1] != names(two + text, "a", "c")[1]


@given(data=st.data())
@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_block_is_ever_held_by_two_that_did_not_agree(tiny: Path, data: st.DataObject) -> None:
    """Whatever comes and goes: what is held is not given away, and a name finds what was written under it."""
    cache = PagedCache(loaded(tiny), num_tokens=8 * BLOCK)
    holding: list[list[int]] = []
    holds: dict[int, bytes] = {}
    for _ in range(data.draw(st.integers(1, 30))):
        leaves: bool = data.draw(st.booleans(), "leaves")
        if holding and leaves:
            cache.release(holding.pop(data.draw(st.integers(0, len(holding) - 1))))
            continue
        page = data.draw(st.sampled_from("abc"))
        names = [f"{page}{n}".encode() for n in range(data.draw(st.integers(0, 3)))]
        known = cache.hold(names)
        assert [holds[block] for block in known] == names[: len(known)]
        count = data.draw(st.integers(len(names), 4)) - len(known)
        if count > cache.num_free:
            cache.release(known)
            continue
        new = cache.allocate(count)
        assert not set(new) & {block for each in [*holding, known] for block in each}
        cache.name((known + new)[: len(names)], names)
        holds |= dict(zip(known + new, names, strict=False))
        holding.append(known + new)
        assert cache.num_free == cache.num_blocks - len({block for each in holding for block in each})
