"""A generation in a slot, and tokens on their way to the host."""

from dataclasses import dataclass, field

import torch
from torch import Tensor

from docintel.runtime import Ticket
from docintel.runtime.model.generation import Generation
from docintel.runtime.model.sampling import Sampler
from docintel.runtime.slots.cache import BLOCK

NOWHERE = -1


@dataclass(eq=False)
class Slot:
    """A generation in a slot, or one that waits for one. Its row changes when lower ones become free."""

    ticket: Ticket
    generation: Generation
    sampler: Sampler
    blocks: list[int] = field(default_factory=list)
    names: list[bytes] = field(default_factory=list)
    """Of the first blocks, which only the prompt fills."""
    num_known: int = 0
    """Blocks, from the first, that were filled before."""
    row: int = NOWHERE
    length: int = 0
    """Tokens in the cache once all steps that were begun are done."""

    @property
    def order(self) -> tuple[int, float]:
        """The most urgent first, then the oldest."""
        return -self.generation.request.priority, self.generation.began

    @property
    def priority(self) -> int:
        return self.generation.request.priority

    def report(self, _index: int, text: str, num_tokens: int) -> bool:
        return self.ticket.report(text, num_tokens)

    @property
    def shape(self) -> tuple[int, int]:
        """Slots alike in this take their prompts in together: how much is known, how much there is."""
        return self.num_known, self.generation.num_prefix

    @property
    def is_full(self) -> bool:
        """Whether the next token needs another block."""
        return self.row != NOWHERE and self.length >= len(self.blocks) * BLOCK


@dataclass(frozen=True)
class Pending:
    """Tokens on their way to the host, one for each of `slots`."""

    slots: list[Slot]
    tokens: Tensor
    arrived: torch.cuda.Event | None

    def wait(self) -> list[int]:
        if self.arrived is not None:
            self.arrived.synchronize()
        tokens: list[int] = self.tokens.tolist()
        return tokens
