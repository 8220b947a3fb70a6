"""Fits the scorer: for each page and fact, the probability of the candidates that state it, or of none, is to be 1."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from docintel.answering.facts.candidates import Kind
from docintel.answering.facts.features import NUM_BUCKETS, NUM_NUMBERS, SLOTS
from docintel.answering.facts.scorer import FACTS
from training.facts.examples import Example

SIZE, HIDDEN = 12, 40
DROPPED_GRAMS, DROPPED_SLOTS, DROPPED_NAMES = 0.1, 0.1, 0.4
"""What is hidden while fitting: of a text's buckets, of the texts, and of the names themselves, mostly not known."""


class Network(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.buckets = nn.EmbeddingBag(NUM_BUCKETS, SIZE, mode="mean")
        width = SIZE * len(SLOTS) + NUM_NUMBERS
        self.first = nn.ModuleDict({kind: nn.Linear(width, HIDDEN) for kind in Kind})
        self.second = nn.ModuleDict({kind: nn.Linear(HIDDEN, len(facts)) for kind, facts in FACTS.items()})
        self.none = nn.ParameterDict({fact: nn.Parameter(torch.zeros(1)) for facts in FACTS.values() for fact in facts})

    def forward(self, kind: Kind, batch: "Batch") -> Tensor:
        """(candidates, facts)"""
        lengths, flat = batch.lengths, batch.flat
        if self.training:
            shown = np.random.random(len(flat)) > DROPPED_GRAMS
            owners = np.repeat(np.arange(len(lengths)), lengths)
            flat, lengths = flat[shown], np.bincount(owners[shown], minlength=len(lengths))
        offsets = np.concatenate([[0], np.cumsum(lengths)[:-1]])
        vectors = self.buckets(torch.from_numpy(flat), torch.from_numpy(offsets))
        slots = vectors[torch.from_numpy(batch.texts)]
        if self.training:
            dropped = torch.full((len(SLOTS), 1), DROPPED_SLOTS)
            dropped[SLOTS.index("own")] = DROPPED_NAMES if kind is Kind.NAME else DROPPED_SLOTS
            slots = slots * (torch.rand(len(slots), len(SLOTS), 1) > dropped)
        inputs = torch.cat([slots.flatten(1), torch.from_numpy(batch.numbers)], dim=1)
        scores: Tensor = self.second[kind](torch.relu(self.first[kind](inputs)))
        return scores

    def arrays(self) -> dict[str, NDArray[np.float16]]:
        """As `docintel.answering.facts.scorer` reads them."""
        named = dict(self.named_parameters())
        arrays: dict[str, Tensor] = {"buckets": named["buckets.weight"]}
        for kind in Kind:
            for place, layer in (("1", "first"), ("2", "second")):
                arrays[f"{kind}_w{place}"] = named[f"{layer}.{kind}.weight"].T
                arrays[f"{kind}_b{place}"] = named[f"{layer}.{kind}.bias"]
        arrays |= {f"none_{fact}": value[0] for fact, value in self.none.items()}
        return {name: each.detach().numpy().astype(np.float16) for name, each in arrays.items()}


@dataclass(frozen=True)
class Batch:
    """Candidates of one kind on several pages. `flat` and `lengths` are the buckets of what `texts` numbers."""

    flat: NDArray[np.int64]
    lengths: NDArray[np.int64]
    texts: NDArray[np.int64]
    numbers: NDArray[np.float32]
    stated: NDArray[np.bool_]
    pages: NDArray[np.int64]


class Pages:
    """All examples as arrays, each text once."""

    def __init__(self, examples: Sequence[Example]) -> None:
        texts: dict[tuple[int, ...], int] = {}
        self._pages = [{kind: _numbered(each, kind, texts) for kind in Kind} for each in examples]
        self._buckets = [np.array(text, dtype=np.int64) for text in texts]

    def __len__(self) -> int:
        return len(self._pages)

    def batch(self, kind: Kind, chosen: Sequence[int]) -> Batch:
        pages = [self._pages[number][kind] for number in chosen]
        unique, texts = np.unique(np.concatenate([each[0] for each in pages]), return_inverse=True)
        buckets = [self._buckets[number] for number in unique]
        return Batch(
            flat=np.concatenate([*buckets, np.zeros(0, dtype=np.int64)]),
            lengths=np.array([len(each) for each in buckets], dtype=np.int64),
            texts=texts.reshape(-1, len(SLOTS)),
            numbers=np.concatenate([each[1] for each in pages]),
            stated=np.concatenate([each[2] for each in pages]),
            pages=np.repeat(np.arange(len(pages)), [len(each[1]) for each in pages]),
        )


def _numbered(
    example: Example, kind: Kind, texts: dict[tuple[int, ...], int]
) -> tuple[NDArray[np.int64], NDArray[np.float32], NDArray[np.bool_]]:
    known = example.known[kind]
    numbers = [[texts.setdefault(text, len(texts)) for text in each.buckets] for each in known]
    return (
        np.array(numbers, dtype=np.int64).reshape(-1, len(SLOTS)),
        np.array([each.numbers for each in known], dtype=np.float32).reshape(-1, NUM_NUMBERS),
        example.stated[kind],
    )


def save(networks: Sequence[Network], path: Path) -> None:
    """Networks whose scores are averaged, their arrays side by side."""
    members = [network.arrays() for network in networks]
    arrays: dict[str, Any] = {name: np.stack([each[name] for each in members]) for name in members[0]}
    np.savez_compressed(path, **arrays)


def fit(pages: Pages, *, epochs: int, seed: int, size: int = 24) -> Network:
    torch.manual_seed(seed)
    np.random.seed(seed)
    torch.set_num_threads(1)
    network = Network()
    optimizer = torch.optim.AdamW(network.parameters(), lr=4e-3, weight_decay=1e-4)
    steps = epochs * (len(pages) // size)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 6e-3, total_steps=steps + 1)
    began = monotonic()
    for epoch in range(epochs):
        order, total = np.random.permutation(len(pages)), 0.0
        for start in range(0, len(order) - size + 1, size):
            loss = _loss(network, pages, order[start : start + size].tolist())
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            schedule.step()
            total += float(loss.detach())
        print(f"epoch {epoch + 1}: loss {total * size / len(order):.4f}, {monotonic() - began:.0f} s", flush=True)
    return network.eval()


def _loss(network: Network, pages: Pages, chosen: Sequence[int]) -> Tensor:
    losses = []
    for kind, facts in FACTS.items():
        batch = pages.batch(kind, chosen)
        scores, stated, places = network(kind, batch), torch.from_numpy(batch.stated), torch.from_numpy(batch.pages)
        for column, fact in enumerate(facts):
            none = network.none[fact].expand(len(chosen))
            every = _log_sum(
                torch.cat([scores[:, column], none]), torch.cat([places, torch.arange(len(chosen))]), len(chosen)
            )
            told = stated[:, column]
            has = torch.zeros(len(chosen), dtype=torch.bool).index_put_((places[told],), torch.tensor(True))
            right = _log_sum(
                torch.cat([scores[told, column], none[~has]]),
                torch.cat([places[told], torch.arange(len(chosen))[~has]]),
                len(chosen),
            )
            losses.append((every - right).mean())
    return torch.stack(losses).mean()


def _log_sum(scores: Tensor, places: Tensor, count: int) -> Tensor:
    """The logarithm of the sum of the exponentials at each place."""
    largest = torch.full((count,), -1e9).scatter_reduce(0, places, scores.detach(), "amax")
    sums = torch.zeros(count).scatter_add(0, places, torch.exp(scores - largest[places]))
    return torch.log(sums) + largest
