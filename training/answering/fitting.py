"""Fits the ranker's networks, and what their probabilities are worth.

For each question the candidates and "none" share a probability of 1; the loss is the negative logarithm of the share
of what is right (of all right candidates together, for several may say the same).
"""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from docintel.answering.ranking.features import Known
from docintel.answering.ranking.ranker import MAX_DEVIATION

QUESTION, HIDDEN, NONE = 16, 24, 12
"""Sizes: what is kept of the question's vector; hidden layers of candidates' scores and of that of "none"."""
BATCH = 8
LEAST_DEVIATION = 0.05
DROPOUT = 0.3
NEVER = 1e4


class Scale(NamedTuple):
    """Means and deviations of candidates' numbers."""

    mean: NDArray[np.float32]
    deviation: NDArray[np.float32]

    @classmethod
    def of(cls, every: Sequence[Known]) -> "Scale":
        numbers = np.concatenate([each.candidates for each in every])
        return cls(numbers.mean(axis=0), numbers.std(axis=0) + LEAST_DEVIATION)


class Item(NamedTuple):
    """A question, or several with the candidates of each padded to as many: `there` says which are none of padding."""

    candidates: Tensor
    said: Tensor
    question: Tensor
    right: Tensor
    there: Tensor
    compared: int


class Network(nn.Module):
    def __init__(self, num_numbers: int, num_said: int, dimension: int, compared: int) -> None:
        super().__init__()
        self.question = nn.Linear(dimension, QUESTION, bias=False)
        self.linear = nn.Linear(num_numbers + compared + QUESTION, 1, bias=False)
        self.hidden = nn.Linear(num_numbers + compared + QUESTION, HIDDEN)
        self.score = nn.Linear(HIDDEN, 1)
        self.none_hidden = nn.Linear(2 * compared + num_said + QUESTION, NONE)
        self.none = nn.Linear(NONE, 1)
        self.dropout = nn.Dropout(DROPOUT)

    def forward(self, batch: Item) -> Tensor:
        """(questions, candidates + 1) scores, the last that of "none"; of padding, as good as never."""
        question = torch.tanh(self.question(batch.question))
        compared = batch.candidates[..., : batch.compared]
        best = compared.masked_fill(~batch.there[..., None], -NEVER).sort(dim=1, descending=True).values
        third = (batch.there.sum(1) - 1).clamp(max=2)
        thirds = best.gather(1, third[:, None, None].expand(-1, 1, best.shape[2]))[:, 0]
        numbers = self.dropout(torch.cat([batch.candidates, compared - best[:, :1]], dim=2))
        both = torch.cat([numbers, question[:, None].expand(-1, numbers.shape[1], -1)], dim=2)
        scores = self.linear(both) + self.score(self.dropout(torch.relu(self.hidden(both))))
        pages = torch.cat([best[:, 0], thirds, batch.said, question], dim=1)
        none = self.none(torch.relu(self.none_hidden(pages)))
        return torch.cat([scores[..., 0].masked_fill(~batch.there, -NEVER), none], dim=1)

    @torch.no_grad()
    def shares(self, item: Item, temperature: float) -> NDArray[np.float32]:
        """(candidates + 1,) of one question."""
        return np.asarray(torch.softmax(self(together([item]))[0] / temperature, 0).numpy())


def items(every: Sequence[tuple[Known, NDArray[np.bool_]]], scale: Scale) -> list[Item]:
    """Of what is known of each question, and which candidates are right."""
    return [
        Item(
            _scaled(known.candidates, scale.mean, scale.deviation),
            torch.from_numpy(known.said),
            torch.from_numpy(known.question),
            torch.from_numpy(right),
            torch.ones(len(right), dtype=torch.bool),
            known.compared,
        )
        for known, right in every
    ]


def _scaled(numbers: NDArray[np.float32], mean: NDArray[np.float32], deviation: NDArray[np.float32]) -> Tensor:
    return torch.from_numpy(((numbers - mean) / deviation).clip(-MAX_DEVIATION, MAX_DEVIATION).astype(np.float32))


def thinned(item: Item) -> Item:
    """With some of the candidates only, as a shorter page has; what is right stays."""
    kept = item.right | (torch.rand(len(item.right)) < torch.rand(()) ** 0.5)
    if not kept.any():
        return item
    return item._replace(candidates=item.candidates[kept], right=item.right[kept], there=item.there[kept])


def together(several: Sequence[Item]) -> Item:
    padded = [
        nn.utils.rnn.pad_sequence([getattr(each, name) for each in several], batch_first=True)
        for name in ("candidates", "right", "there")
    ]
    said, question = (torch.stack([getattr(each, name) for each in several]) for name in ("said", "question"))
    return Item(padded[0], said, question, padded[1], padded[2], several[0].compared)


def fit(learned: Sequence[Item], *, epochs: int, seed: int, rate: float = 3e-3) -> Network:
    torch.manual_seed(seed)
    first = learned[0]
    network = Network(first.candidates.shape[1], len(first.said), len(first.question), first.compared)
    with torch.no_grad():
        network.question.weight.mul_(4)  # vectors are of unit length: so that tanh is not a line
    optimizer = torch.optim.AdamW(network.parameters(), lr=rate, weight_decay=0.02)
    steps = epochs * -(-len(learned) // BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, rate, total_steps=steps)
    for _ in range(epochs):
        order = torch.randperm(len(learned)).tolist()
        for start in range(0, len(order), BATCH):
            batch = together([thinned(learned[number]) for number in order[start : start + BATCH]])
            loss = _loss(network(batch), batch.right)
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimizer.step()
            schedule.step()
    return network.eval()


def _loss(scores: Tensor, right: Tensor) -> Tensor:
    """Of (questions, candidates + 1) scores; where no candidate is right, "none" is."""
    answers = torch.cat([right, ~right.any(dim=1, keepdim=True)], dim=1)
    return (torch.logsumexp(scores, 1) - torch.logsumexp(scores.masked_fill(~answers, -NEVER), 1)).mean()


def temperature_of(networks: Sequence[Network], aside: Sequence[Item]) -> float:
    """What scores are divided by so that what was kept aside is likeliest (Guo et al., ICML 2017)."""
    tried = np.geomspace(0.5, 4, 40)
    parts = [together(aside[at : at + 64]) for at in range(0, len(aside), 64)]
    with torch.no_grad():
        scored = [(network(part), part.right) for network in networks for part in parts]
        losses = [sum(len(right) * float(_loss(scores / t, right)) for scores, right in scored) for t in tried]
    return float(tried[int(np.argmin(losses))])


def shares_of(networks: Sequence[Network], item: Item, temperature: float) -> NDArray[np.float32]:
    """(candidates + 1,) of one question, by all networks together."""
    return np.asarray(np.mean([network.shares(item, temperature) for network in networks], axis=0))


def save(networks: Sequence[Network], scale: Scale, path: Path, *, temperature: float, model: str) -> None:
    """As `docintel.answering.ranking.ranker.Ranker` reads them."""

    def stacked(of: str, *, is_bias: bool = False) -> NDArray[np.float16]:
        arrays = [dict(network.named_parameters())[of].detach().numpy() for network in networks]
        return np.stack([array if is_bias else array.T for array in arrays]).astype(np.float16)

    np.savez_compressed(
        path,
        **scale._asdict(),
        model=np.array(model),
        temperature=np.array(temperature),
        question=stacked("question.weight"),
        linear=stacked("linear.weight"),
        w1=stacked("hidden.weight"),
        b1=stacked("hidden.bias", is_bias=True),
        w2=stacked("score.weight"),
        b2=stacked("score.bias", is_bias=True),
        n1=stacked("none_hidden.weight"),
        nb1=stacked("none_hidden.bias", is_bias=True),
        n2=stacked("none.weight"),
        nb2=stacked("none.bias", is_bias=True),
    )
