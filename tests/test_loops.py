"""docintel.runtime.loops: answers that only repeat themselves are ended, tables and rows of marks are not."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from docintel.runtime import Generated
from docintel.runtime.loops import MAX_MARKS, LoopWatch
from docintel.runtime.model.decoder import Decoder
from tests.tiny import asking, loaded


def watched(tokens: list[int], *, table: bool = False) -> int | None:
    watch = LoopWatch(lambda _tokens: table)
    for token in tokens:
        start = watch.loop_start(token)
        if start is not None:
            return start
    return None


def test_a_loop_is_noticed_and_what_came_before_is_told() -> None:
    start = watched([*range(1000, 1100), *[1, 2, 3, 4, 5] * 100])
    assert start is not None
    assert 100 <= start <= 110


def test_long_sentences_and_single_marks_loop_too() -> None:
    assert watched([*range(7), *list(range(200)) * 8]) is not None
    assert watched([9] * 200) is not None


@pytest.mark.parametrize("tokens", [list(range(3_000)), [9] * 100, [*range(50), *[7, 8] * 55], list(range(280)) * 4])
def test_repetition_that_pages_have_is_no_loop(tokens: list[int]) -> None:
    assert watched(tokens) is None


def test_empty_cells_may_repeat_longer() -> None:
    assert watched([1, 2] * 300, table=True) is None
    assert watched([1, 2] * 3_000, table=True) is not None


def test_a_long_row_of_marks_is_ended_and_the_answer_goes_on(tiny: Path) -> None:
    model = loaded(tiny)
    mark = model.tokenizer.convert_tokens_to_ids("_")

    def always(_module: torch.nn.Module, _args: object, logits: torch.Tensor) -> torch.Tensor:
        logits[..., mark] = 1e4
        return logits

    model.model.lm_head.register_forward_hook(always)
    [answer] = Decoder(model).generate([replace(asking("x", (64, 64), most=100), stops_loops=True)])
    assert isinstance(answer, Generated)
    assert answer.end == "length"
    first = answer.text.index(next(c for c in answer.text if c != "_"))
    assert first == MAX_MARKS
    assert answer.text.endswith("_"), "only the row was ended"
