"""One request while its answer is generated: its prompt, its tokens so far, and whether it has come to its end."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from docintel.markup.tags import has_table_tags
from docintel.runtime import End, Generated, ProgressCallback, Request, thinking
from docintel.runtime.loops import MAX_MARKS, LoopWatch
from docintel.runtime.model.prompts import Prompt
from docintel.runtime.model.vision import NamedImage, VisionFeatures

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

PROGRESS_EVERY = 16
"""Tokens between two calls of `on_progress`."""


class Vocabulary:
    """What tokens spell, and which of them end an answer."""

    def __init__(self, tokenizer: "PreTrainedTokenizerBase", end_ids: frozenset[int]) -> None:
        self._tokenizer = tokenizer
        self.end_ids = end_ids

    def text(self, tokens: Sequence[int]) -> str:
        return str(self._tokenizer.decode(list(tokens), skip_special_tokens=True))

    def has_table_tags(self, tokens: Sequence[int]) -> bool:
        return has_table_tags(self.text(tokens))

    def is_mark(self, token: int) -> bool:
        """Whether a token has neither letters nor digits."""
        return not any(map(str.isalnum, self.text([token])))

    @cached_property
    def marks(self) -> list[bool]:
        """`is_mark` of every token."""
        texts = self._tokenizer.batch_decode(
            [[token] for token in range(len(self._tokenizer))], skip_special_tokens=True
        )
        return [not any(map(str.isalnum, text)) for text in texts]


@dataclass(eq=False)
class Generation:
    """One request on its way; `index` is its place among those asked with it."""

    index: int
    request: Request
    prompt: Prompt
    images: tuple[NamedImage, ...]
    max_tokens: int
    vocabulary: Vocabulary
    features: list[VisionFeatures] = field(default_factory=list)
    """Of the last images, as many as are to be taken in."""
    tokens: list[int] = field(default_factory=list)
    end: End | None = None
    banned: int | None = None
    """A token that may not come next."""
    began: float = field(default_factory=time.perf_counter)
    _text: str = ""
    _num_spelled: int = 0
    """How many of `tokens` `_text` spells."""

    @property
    def prefix_ids(self) -> Tensor:
        """What is to be taken in before the next token: the prompt, and all that was generated but the last token."""
        return torch.cat((self.prompt.ids, torch.tensor(self.tokens[:-1], dtype=self.prompt.ids.dtype)))

    @property
    def num_prefix(self) -> int:
        return len(self.prompt.ids) + max(len(self.tokens) - 1, 0)

    @property
    def prefix_positions(self) -> Tensor:
        """(3, length)."""
        following = torch.arange(len(self.tokens[:-1])) + self.prompt.next_position
        return torch.cat((self.prompt.positions, following.expand(3, -1)), dim=1)

    @property
    def num_equal(self) -> int:
        """How many times the last token has come in a row, the first one among them."""
        return (
            next((n for n, token in enumerate(reversed(self.tokens)) if token != self.tokens[-1]), len(self.tokens))
            or 1
        )

    @cached_property
    def _watch(self) -> LoopWatch:
        return LoopWatch(self.vocabulary.has_table_tags)

    def append(self, token: int, on_progress: ProgressCallback) -> None:
        """The next token; `end` says whether it is the last."""
        if token in self.vocabulary.end_ids:
            self.end = "end"
            return
        self.tokens.append(token)
        if self.request.stops_loops and self._is_looping(token):
            self.end = "loop"
        elif len(self.tokens) >= self.max_tokens:
            self.end = "length"
        elif len(self.tokens) % PROGRESS_EVERY == 0 and not on_progress(self.index, self._so_far(), len(self.tokens)):
            self.end = "cancelled"

    def _is_looping(self, token: int) -> bool:
        """Whether the answer only repeats itself; then that is taken off. Marks that go on for so long that the model
        has lost count of them are only not to be repeated again."""
        start = self._watch.loop_start(token)
        if start is not None:
            del self.tokens[start:]
            return True
        is_long_row = self._watch.num_equal >= MAX_MARKS and self.vocabulary.is_mark(token)
        self.banned = token if is_long_row else None
        return False

    def _so_far(self) -> str:
        """The answer. Only new tokens are spelled; half a character waits for its other half."""
        new = self.vocabulary.text(self.tokens[self._num_spelled :])
        if not new.endswith("\N{REPLACEMENT CHARACTER}"):
            self._text, self._num_spelled = self._text + new, len(self.tokens)
        return thinking.strip_reasoning(self._text, is_open=self.prompt.opens_reasoning)

    def result(self) -> Generated:
        text = self.vocabulary.text(self.tokens)
        return Generated(
            text=thinking.strip_reasoning(text, is_open=self.prompt.opens_reasoning),
            end=self.end or "end",
            num_prompt_tokens=len(self.prompt.ids),
            num_tokens=len(self.tokens),
            seconds=time.perf_counter() - self.began,
        )
