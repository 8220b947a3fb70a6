"""Fits the ranker of answers: python -m training.answering [--networks 4] [--epochs 8] [--ablate] [--out FILE]

From the questions about the pages in `training/answering/documents`. Before, one document in five (by the hash of its
name) is kept aside: the figures are of these, and the temperature is chosen on them. With `--ablate` each group of
numbers is left out in turn, and nothing is saved.
"""

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from zlib import crc32

import numpy as np

from docintel.answering.ranking.features import GROUPS
from docintel.answering.ranking.ranker import WEIGHTS
from docintel.embedding import open_embedder
from docintel.settings import Settings
from training.answering.examples import DOCUMENTS, Example, examples
from training.answering.fitting import Item, Scale, fit, items, save, shares_of, temperature_of


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=Path, default=DOCUMENTS)
    parser.add_argument(
        "--networks", type=int, default=4, help="fitted from different seeds; their shares are averaged"
    )
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--ablate", action="store_true")
    parser.add_argument("--out", type=Path, default=WEIGHTS)
    options = parser.parse_args()
    embedder = open_embedder(Settings(embedding_model="embedded"))
    every = list(examples(options.documents, embedder))
    print(f"{len(every)} questions about {len({each.asked.document for each in every})} documents")
    seeds = range(1, options.networks + 1)
    if options.ablate:
        for name in ("", *GROUPS):
            measured(without(every, name), seeds, epochs=options.epochs, name=f"without {name}" if name else "all")
        return
    temperature = measured(every, seeds, epochs=options.epochs, name="kept aside")
    scale = Scale.of([each.known for each in every])
    networks = [fit(_items(every, scale), epochs=options.epochs, seed=seed) for seed in seeds]
    save(networks, scale, options.out, temperature=temperature, model=embedder.model)


def without(every: Sequence[Example], group: str) -> list[Example]:
    """The examples with a group's numbers all zero."""
    if not group:
        return list(every)
    names = [name for listed in GROUPS.values() for name in listed]
    left_out = np.array([name in GROUPS[group] for name in names])
    return [
        replace(each, known=replace(each.known, candidates=np.where(left_out, np.float32(0), each.known.candidates)))
        for each in every
    ]


def measured(every: Sequence[Example], seeds: Sequence[int], *, epochs: int, name: str) -> float:
    """Fits to four documents in five, prints what is right of the fifth, and gives the temperature."""
    aside = [each for each in every if crc32(each.asked.document.encode()) % 5 == 0]
    learned = [each for each in every if crc32(each.asked.document.encode()) % 5]
    scale = Scale.of([each.known for each in learned])
    networks = [fit(_items(learned, scale), epochs=epochs, seed=seed) for seed in seeds]
    kept = _items(aside, scale)
    temperature = temperature_of(networks, kept)
    _report(name, aside, [shares_of(networks, item, temperature) for item in kept], temperature)
    return temperature


def _items(every: Sequence[Example], scale: Scale) -> list[Item]:
    return items([(each.known, each.asked.right) for each in every], scale)


def _report(name: str, aside: Sequence[Example], shares: Sequence[np.ndarray], temperature: float) -> None:
    answered = [(each, share) for each, share in zip(aside, shares, strict=True) if each.asked.is_answered]
    others = [share for each, share in zip(aside, shares, strict=True) if not each.asked.is_answered]
    first = np.mean([each.asked.right[share[:-1].argmax()] for each, share in answered])
    five = np.mean([each.asked.right[np.argsort(-share[:-1])[:5]].any() for each, share in answered])
    refused = np.mean([share[-1] > share[:-1].max() for share in others])
    print(
        f"{name}: {len(answered)} questions, the first candidate right {first:.3f}, one of five {five:.3f}; "
        f"{len(others)} without an answer, 'none' first {refused:.3f}; temperature {temperature:.2f}"
    )


if __name__ == "__main__":
    main()
