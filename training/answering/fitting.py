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

from docintel.answering.ranking.features import COMPARED
from docintel.answering.ranking.ranker import MAX_DEVIATION
from training.answering.examples import Example

QUESTION, HIDDEN, NONE = 16, 24, 12
"""Sizes: what is kept of the question's vector; hidden layers of candidates' scores and of that of "none"."""
BATCH = 8
LEAST_DEVIATION = 0.05
DROPOUT = 0.3


class Scale(NamedTuple):
    """Means and deviations of candidates' numbers."""

    mean: NDArray[np.float32]
    deviation: NDArray[np.float32]

    @classmethod
    def of(cls, examples: Sequence[Example]) -> "Scale":
        numbers = np.concatenate([each.known.candidates for each in examples])
        return cls(numbers.mean(axis=0), numbers.std(axis=0) + LEAST_DEVIATION)


class Item(NamedTuple):
    candidates: Tensor
    said: Tensor
    question: Tensor
    right: Tensor


class Network(nn.Module):
    def __init__(self, num_numbers: int, num_said: int, dimension: int) -> None:
        super().__init__()
        self.question = nn.Linear(dimension, QUESTION, bias=False)
        self.linear = nn.Linear(num_numbers + COMPARED + QUESTION, 1, bias=False)
        self.hidden = nn.Linear(num_numbers + COMPARED + QUESTION, HIDDEN)
        self.score = nn.Linear(HIDDEN, 1)
        self.none_hidden = nn.Linear(2 * COMPARED + num_said + QUESTION, NONE)
        self.none = nn.Linear(NONE, 1)
        self.dropout = nn.Dropout(DROPOUT)

    def forward(self, item: Item) -> Tensor:
        """(candidates + 1,) scores, the last that of "none"."""
        question = torch.tanh(self.question(item.question))
        compared = item.candidates[:, :COMPARED]
        best = compared.sort(dim=0, descending=True).values
        numbers = self.dropout(torch.cat([item.candidates, compared - best[0]], dim=1))
        both = torch.cat([numbers, question.expand(len(numbers), -1)], dim=1)
        scores = self.linear(both) + self.score(self.dropout(torch.relu(self.hidden(both))))
        pages = torch.cat([best[0], best[min(2, len(best) - 1)], item.said, question])
        return torch.cat([scores[:, 0], self.none(torch.relu(self.none_hidden(pages)))])


def items(examples: Sequence[Example], scale: Scale) -> list[Item]:
    return [
        Item(
            _scaled(each.known.candidates, scale.mean, scale.deviation),
            torch.from_numpy(each.known.said),
            torch.from_numpy(each.known.question),
            torch.from_numpy(each.asked.right),
        )
        for each in examples
    ]


def _scaled(numbers: NDArray[np.float32], mean: NDArray[np.float32], deviation: NDArray[np.float32]) -> Tensor:
    return torch.from_numpy(((numbers - mean) / deviation).clip(-MAX_DEVIATION, MAX_DEVIATION).astype(np.float32))


def thinned(item: Item) -> Item:
    """With some of the candidates only, as a shorter page has; what is right stays."""
    kept = item.right | (torch.rand(len(item.right)) < torch.rand(()) ** 0.5)
    if not kept.any():
        return item
    return item._replace(candidates=item.candidates[kept], right=item.right[kept])


def fit(learned: Sequence[Item], *, epochs: int, seed: int, rate: float = 3e-3) -> Network:
    torch.manual_seed(seed)
    first = learned[0]
    network = Network(first.candidates.shape[1], len(first.said), len(first.question))
    with torch.no_grad():
        network.question.weight.mul_(4)  # vectors are of unit length: so that tanh is not a line
    optimizer = torch.optim.AdamW(network.parameters(), lr=rate, weight_decay=0.02)
    steps = epochs * -(-len(learned) // BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, rate, total_steps=steps)
    for _ in range(epochs):
        order = torch.randperm(len(learned)).tolist()
        for start in range(0, len(order), BATCH):
            batch = [thinned(learned[number]) for number in order[start : start + BATCH]]
            loss = torch.stack([_loss(network(item), item.right) for item in batch]).mean()
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimizer.step()
            schedule.step()
    return network.eval()


def _loss(scores: Tensor, right: Tensor, temperature: float = 1.0) -> Tensor:
    scores = scores / temperature
    answered = scores[:-1][right]
    return torch.logsumexp(scores, 0) - (torch.logsumexp(answered, 0) if len(answered) else scores[-1])


def temperature_of(networks: Sequence[Network], aside: Sequence[Item]) -> float:
    """What scores are divided by so that what was kept aside is likeliest (Guo et al., ICML 2017)."""
    tried = np.geomspace(0.5, 4, 40)
    with torch.no_grad():
        scored = [[(network(item), item.right) for network in networks] for item in aside]
        losses = [np.mean([float(_loss(s, right, float(t))) for each in scored for s, right in each]) for t in tried]
    return float(tried[int(np.argmin(losses))])


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
