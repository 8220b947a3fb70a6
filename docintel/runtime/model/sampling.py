"""The next token of each row: the likeliest, or drawn from the likely ones."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from docintel.runtime import Request


@dataclass(frozen=True)
class Sampler:
    """How one row chooses; its own random numbers, so that neighbours in a batch change nothing."""

    temperature: float
    top_p: float
    random: torch.Generator

    @classmethod
    def of(cls, request: Request, device: torch.device) -> "Sampler":
        return cls(request.temperature, request.top_p, torch.Generator(device).manual_seed(request.seed))

    def draw(self, logits: Tensor) -> Tensor:
        """One token (1,) for a row of logits: from the smallest set of tokens whose probabilities reach `top_p`
        (Holtzman et al., 2020). Waits for no GPU."""
        ordered, tokens = (logits / self.temperature).softmax(-1).sort(descending=True)
        before = ordered.cumsum(-1) - ordered
        likely = ordered.masked_fill(before >= self.top_p, 0.0)
        return tokens[torch.multinomial(likely, 1, generator=self.random)]


def sample(logits: Tensor, samplers: Sequence[Sampler], banned: Sequence[int | None]) -> Tensor:
    """One token a row of `logits` (rows, vocabulary), none of them the one that is banned there."""
    for row, token in enumerate(banned):
        if token is not None:
            logits[row, token] = -torch.inf
    tokens = logits.argmax(-1)
    for row, sampler in enumerate(samplers):
        if sampler.temperature > 0:
            tokens[row] = sampler.draw(logits[row]).squeeze()
    return tokens
