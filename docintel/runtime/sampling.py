"""The next token of each row: the likeliest, or drawn from the likely ones."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from docintel.runtime import Request


@dataclass
class Choice:
    """How one row chooses; its own random numbers, so that neighbours in a batch change nothing."""

    temperature: float
    top_p: float
    random: torch.Generator
    banned: int | None = None
    """A token that may not come next."""

    @classmethod
    def of(cls, request: Request, device: torch.device) -> "Choice":
        return cls(request.temperature, request.top_p, torch.Generator(device).manual_seed(request.seed))


def chosen(logits: Tensor, choices: Sequence[Choice]) -> list[int]:
    """One token a row of `logits` (rows, vocabulary)."""
    for number, choice in enumerate(choices):
        if choice.banned is not None:
            logits[number, choice.banned] = -torch.inf
    tokens: list[int] = logits.argmax(-1).tolist()
    for number, choice in enumerate(choices):
        if choice.temperature > 0:
            tokens[number] = _drawn(logits[number], choice)
    return tokens


def _drawn(logits: Tensor, choice: Choice) -> int:
    """From the smallest set of tokens whose probabilities reach `top_p` (Holtzman et al., 2020)."""
    ordered, tokens = (logits / choice.temperature).softmax(-1).sort(descending=True)
    before = ordered.cumsum(-1) - ordered
    likely = ordered.masked_fill(before >= choice.top_p, 0.0)
    return int(tokens[torch.multinomial(likely, 1, generator=choice.random)])
