"""How likely each candidate of a page is each fact: small networks, learned from sampled pages (`training/facts`).

Each text around a candidate is the mean of its buckets' vectors; these and the candidate's numbers go through one
hidden layer for each kind, in several networks whose scores are averaged. Of a page, each fact's scores and the score
of "not here" share a probability of 1.
"""

from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from docintel.answering.facts.candidates import Candidate, Kind, Sheet
from docintel.answering.facts.features import Known, Surroundings

Floats = NDArray[np.float32]

WEIGHTS = Path(__file__).with_name("scorer.npz")
TEMPERATURE = 1.75
"""What scores are divided by, so that of answers given with 80 % about 80 % are right on real pages too."""


class Fact(StrEnum):
    """What people ask of a business document first."""

    ISSUER = "issuer"
    DATE = "date"
    NUMBER = "number"
    GROSS = "gross"
    NET = "net"
    TAX = "tax"


FACTS: dict[Kind, tuple[Fact, ...]] = {
    Kind.NAME: (Fact.ISSUER,),
    Kind.DATE: (Fact.DATE,),
    Kind.CODE: (Fact.NUMBER,),
    Kind.AMOUNT: (Fact.GROSS, Fact.NET, Fact.TAX),
}


@dataclass(frozen=True)
class Scored:
    """A candidate as a fact: how likely its value is right on its page."""

    candidate: Candidate
    probability: float


class Scorer:
    """The networks' weights, as `training/facts` wrote them."""

    def __init__(self, path: Path = WEIGHTS) -> None:
        with np.load(path) as arrays:
            self._arrays = {name: arrays[name].astype(np.float32) for name in arrays.files}

    def scored(self, sheet: Sheet) -> dict[Fact, list[Scored]]:
        """For each fact its values, the likeliest first, each by the candidate that says it best."""
        surroundings = Surroundings(sheet)
        found: dict[Fact, list[Scored]] = {}
        for kind, facts in FACTS.items():
            candidates = sheet.of(kind)
            scores = self._scores(kind, surroundings.known(kind)) if candidates else np.zeros((0, len(facts)))
            for fact, column in zip(facts, scores.T, strict=True):
                found[fact] = _by_value(
                    candidates, _shares(column, float(self._arrays[f"none_{fact}"].mean()) / TEMPERATURE)
                )
        return found

    def _scores(self, kind: Kind, known: list[Known]) -> Floats:
        """(candidates, facts of the kind): the mean over the networks."""
        texts = {buckets: self._vector(buckets) for each in known for buckets in each.buckets}
        slots = np.stack(
            [np.concatenate([texts[buckets] for buckets in each.buckets], axis=1) for each in known], axis=1
        )
        numbers = np.array([each.numbers for each in known], dtype=np.float32)
        inputs = np.concatenate([slots, np.broadcast_to(numbers, (len(slots), *numbers.shape))], axis=2)
        hidden = np.maximum(inputs @ self._arrays[f"{kind}_w1"] + self._arrays[f"{kind}_b1"][:, None], 0)
        scores = hidden @ self._arrays[f"{kind}_w2"] + self._arrays[f"{kind}_b2"][:, None]
        return np.asarray(scores.mean(axis=0) / TEMPERATURE, dtype=np.float32)

    def _vector(self, buckets: tuple[int, ...]) -> Floats:
        """(networks, size)"""
        vectors = self._arrays["buckets"]
        if not buckets:
            return np.zeros((len(vectors), vectors.shape[2]), dtype=np.float32)
        return np.asarray(vectors[:, list(buckets)].mean(axis=1))


def _shares(scores: NDArray[np.float32], none: float) -> list[float]:
    every = np.exp(np.append(scores, none) - max(float(scores.max(initial=none)), none))
    return [float(each) for each in every[:-1] / every.sum()]


def _by_value(candidates: list[Candidate], shares: list[float]) -> list[Scored]:
    total: dict[str, float] = {}
    best: dict[str, tuple[float, Candidate]] = {}
    for candidate, share in zip(candidates, shares, strict=True):
        total[candidate.value] = total.get(candidate.value, 0.0) + share
        if candidate.value not in best or share > best[candidate.value][0]:
            best[candidate.value] = (share, candidate)
    ranked = sorted(total, key=lambda value: -total[value])
    return [Scored(best[value][1], total[value]) for value in ranked]


@cache
def learned_scorer() -> Scorer:
    """The one that comes with docintel."""
    return Scorer()
