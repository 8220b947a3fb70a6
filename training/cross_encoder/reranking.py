"""Fits the ranker of candidates that were read, from what networks say that had not learned from their documents."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from docintel.answering.ranking.features import Known
from docintel.answering.ranking.ranker import READ_WEIGHTS
from docintel.answering.ranking.ranking import MAX_READ
from training.answering.fitting import Scale, fit, items, save, shares_of, temperature_of
from training.cross_encoder.packing import FOLDS, group_of
from training.cross_encoder.questions import OwnQuestion

FEWEST_READ = 4
"""Of one of many documents."""


class Reread(NamedTuple):
    """A question with the candidates that are read, as `training.answering.fitting` takes examples."""

    group: int
    known: Known
    right: NDArray[np.bool_]


def first_shares(own: Sequence[OwnQuestion], path: Path, *, epochs: int = 5) -> list[NDArray[np.float32]]:
    """(candidates + 1,) of each question, by rankers that had not learned from its document; kept in `path`."""
    if path.exists():
        with np.load(path) as arrays:
            return [arrays[str(number)] for number in range(len(own))]
    found: dict[str, NDArray[np.float32]] = {}
    for fold in FOLDS.values():
        learned = [(each.known, each.right) for each in own if group_of(each.document) in fold]
        aside = [number for number, each in enumerate(own) if group_of(each.document) not in fold]
        scale = Scale.of([known for known, _ in learned])
        fitted = [fit(items(learned, scale), epochs=epochs, seed=1)]
        kept = items([(own[number].known, own[number].right) for number in aside], scale)
        temperature = temperature_of(fitted, kept)
        found |= {str(number): shares_of(fitted, item, temperature) for number, item in zip(aside, kept, strict=True)}
    np.savez(path, allow_pickle=False, **found)
    return [found[str(number)] for number in range(len(own))]


def reread(
    own: Sequence[OwnQuestion], shares: Sequence[NDArray[np.float32]], scores: Sequence[NDArray[np.float32]]
) -> list[Reread]:
    """`scores` of each question: the cross-encoder's, of the candidates that it has packed, in their order."""
    generator = np.random.default_rng(0)
    found = []
    for each, share, score in zip(own, shares, scores, strict=True):
        most = MAX_READ if generator.random() < 0.6 else int(generator.integers(FEWEST_READ, MAX_READ))
        by_number = dict(zip(each.order, score, strict=True))
        chosen = sorted(by_number, key=lambda number: -share[number])[:most]
        read = np.array([by_number[number] for number in chosen], dtype=np.float32)
        found.append(Reread(group_of(each.document), each.known.read(chosen, read, share[chosen]), each.right[chosen]))
    return found


def fit_reranker(every: Sequence[Reread], *, model: str, networks: int, epochs: int, path: Path = READ_WEIGHTS) -> None:
    temperature = measured(every, networks=networks, epochs=epochs)
    scale = Scale.of([each.known for each in every])
    pairs = items([(each.known, each.right) for each in every], scale)
    save(
        [fit(pairs, epochs=epochs, seed=seed) for seed in range(networks)],
        scale,
        path,
        temperature=temperature,
        model=model,
    )


def measured(every: Sequence[Reread], *, networks: int, epochs: int) -> float:
    """Of the documents of group 1, kept aside; prints what is right, and gives the temperature."""
    learned, aside = [each for each in every if each.group != 1], [each for each in every if each.group == 1]
    scale = Scale.of([each.known for each in learned])
    pairs = items([(each.known, each.right) for each in learned], scale)
    fitted = [fit(pairs, epochs=epochs, seed=seed) for seed in range(networks)]
    kept = items([(each.known, each.right) for each in aside], scale)
    temperature = temperature_of(fitted, kept)
    shares = [shares_of(fitted, item, temperature) for item in kept]
    answered = [(each, share) for each, share in zip(aside, shares, strict=True) if each.right.any()]
    others = [share for each, share in zip(aside, shares, strict=True) if not each.right.any()]
    first = np.mean([each.right[share[:-1].argmax()] for each, share in answered])
    by_reading = np.mean([each.right[each.known.candidates[:, 0].argmax()] for each, _ in answered])
    before = np.mean([each.right[each.known.candidates[:, 1].argmax()] for each, _ in answered])
    refused = np.mean([share[-1] > share[:-1].max() for share in others])
    print(
        f"kept aside: {len(answered)} with an answer among those read, first right {first:.3f} (by the first ranker "
        f"{before:.3f}, by reading alone {by_reading:.3f}); {len(others)} without, 'none' first {refused:.3f}; "
        f"temperature {temperature:.2f}"
    )
    return temperature
