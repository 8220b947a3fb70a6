"""Fits the scorer of facts: python -m training.facts [--pages 14000] [--epochs 10] [--networks 3] [--words all]

Pages are sampled in fourteen languages, half of them receipts, most others invoices; what they say is in words.toml.
With `--words learned` one in six variants of each label is kept unseen, and the figures say how well these are met.
"""

import argparse
from pathlib import Path

from docintel.answering.facts.candidates import sheet_of
from docintel.answering.facts.scorer import WEIGHTS, Fact, Scorer
from training.facts.examples import drawn_page, examples, right_values
from training.facts.fitting import Pages, fit, save

HELD_OUT = 10_000_000
"""Seeds from here on are never fitted to."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=14_000)
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument(
        "--networks", type=int, default=3, help="fitted from different seeds; their scores are averaged"
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--words", choices=("all", "learned"), default="all")
    parser.add_argument("--out", type=Path, default=WEIGHTS)
    options = parser.parse_args()
    drawn = list(examples(range(options.pages), words=options.words, workers=options.workers))
    print(f"{len(drawn)} pages")
    pages = Pages(drawn)
    seeds = range(options.seed, options.seed + options.networks)
    save([fit(pages, epochs=options.epochs, seed=seed) for seed in seeds], options.out)
    for words in ("all", "unseen") if options.words == "learned" else ("all",):
        report(Scorer(options.out), words=words)


def report(scorer: Scorer, *, words: str, count: int = 1000) -> None:
    """Of sampled pages: how often the likeliest value is right where there is one, and how well it is known."""
    right: dict[Fact, list[tuple[bool, float]]] = {fact: [] for fact in Fact}
    absent: dict[Fact, list[float]] = {fact: [] for fact in Fact}
    for seed in range(HELD_OUT, HELD_OUT + count):
        page, facts, _ = drawn_page(seed, words=words)
        sheet = sheet_of(page)
        for fact, ranked in scorer.scored(sheet).items():
            values = right_values(sheet, fact, facts)
            best = ranked[0] if ranked else None
            if values and best:
                right[fact].append((best.candidate.value in values, best.probability))
            else:
                absent[fact].append(best.probability if best else 0.0)
    print(f"held-out pages, labels: {words}")
    for fact in Fact:
        n = len(right[fact])
        sure = [good for good, probability in right[fact] if probability >= 0.5]
        wrong = sum(probability >= 0.5 for probability in absent[fact])
        print(
            f"{fact:7} n={n} right {sum(good for good, _ in right[fact]) / max(n, 1):.3f}; "
            f"p≥.5: {len(sure) / max(n, 1):.3f}, of these right {sum(sure) / max(len(sure), 1):.3f}; "
            f"not stated n={len(absent[fact])}, answered all the same {wrong / max(len(absent[fact]), 1):.3f}"
        )


if __name__ == "__main__":
    main()
