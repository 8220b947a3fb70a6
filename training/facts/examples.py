"""Sampled pages → candidates with their features, and which of them state which fact."""

import random
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from docintel.answering.facts.candidates import Candidate, Kind, Sheet, sheet_of
from docintel.answering.facts.features import Known, Surroundings
from docintel.answering.facts.scorer import FACTS, Fact
from docintel.model import Page
from training.facts.invoices import draw_invoice, draw_letter
from training.facts.receipts import draw_receipt
from training.facts.wording import vocabulary

SHARES = ((draw_receipt, 0.5), (draw_invoice, 0.42), (draw_letter, 0.08))


@dataclass(frozen=True)
class Example:
    """One page: for each kind its candidates' features, and (candidates, facts of the kind) which state which."""

    known: dict[Kind, list[Known]]
    stated: dict[Kind, NDArray[np.bool_]]


def drawn_page(seed: int, *, words: str = "all") -> tuple[Page, dict[str, list[tuple[int, ...]]], str]:
    """A page, its facts (numbers of words) and its language. `words`: all variants of labels, `learned` or `unseen`."""
    rng = random.Random(f"{words}-{seed}")
    language = rng.choice([*vocabulary(), "en", "de"])
    draw = rng.choices([each for each, _ in SHARES], [share for _, share in SHARES])[0]
    page, facts = draw(rng, language, words).page(rng)
    return page, facts, language


def example(seed: int, *, words: str = "all") -> Example:
    page, facts, _ = drawn_page(seed, words=words)
    sheet = sheet_of(page)
    surroundings = Surroundings(sheet)
    known = {kind: surroundings.known(kind) for kind in Kind}
    return Example(known, {kind: _stated(sheet, kind, facts) for kind in Kind})


def examples(seeds: Sequence[int], *, words: str = "all", workers: int = 2) -> Iterator[Example]:
    with ProcessPoolExecutor(workers) as pool:
        yield from pool.map(partial(example, words=words), seeds, chunksize=50)


def _stated(sheet: Sheet, kind: Kind, facts: dict[str, list[tuple[int, ...]]]) -> NDArray[np.bool_]:
    candidates = sheet.of(kind)
    stated = np.zeros((len(candidates), len(FACTS[kind])), dtype=bool)
    for column, fact in enumerate(FACTS[kind]):
        values = right_values(sheet, fact, facts)
        stated[:, column] = [each.value in values for each in candidates]
    return stated


def right_values(sheet: Sheet, fact: Fact, facts: dict[str, list[tuple[int, ...]]]) -> set[str]:
    """The values of the candidates that consist of a fact's words; of a name all of them."""
    kind = next(kind for kind, each in FACTS.items() if fact in each)
    values: set[str] = set()
    for numbers in facts.get(fact, []):
        words = [sheet.page.words[number] for number in numbers]
        values |= {each.value for each in sheet.of(kind) if _consists_of(each, kind, {id(word) for word in words})}
    return values


def _consists_of(candidate: Candidate, kind: Kind, words: set[int]) -> bool:
    mine = {id(word) for word in candidate.words}
    return mine == words if kind is Kind.NAME else bool(mine & words)
