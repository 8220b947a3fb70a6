"""Candidates in public questions' contexts, as a page of ours has them: sentences, values with what stands before
them, and rows and cells of tables."""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from docintel.answering.ranking.cross_encoder import Parts
from docintel.text.sentences import sentence_spans

MAX_SENTENCE = 260
"""Characters; longer ones are parted."""
MOST = 16
_BREAKS = re.compile(r"[;:,、，؛،–—]\s*|\s")


class PublicQuestion(NamedTuple):
    """As it is kept: `answers` are texts with where they begin in `context`, none where it can't be answered."""

    set_name: str
    language: str
    context: str
    question: str
    answers: list[tuple[str, int]]


class Asked(NamedTuple):
    """A question with candidates, and which of them answer it."""

    question: str
    candidates: list[Parts]
    right: list[bool]


def asked(question: PublicQuestion, known: Sequence[tuple[str, int]], generator: np.random.Generator) -> Asked | None:
    """`known`: the answers of all questions about the context. None where no candidate holds what is asked for."""
    found = list(_candidates(question, known, generator))
    right = [is_right for _, is_right in found]
    if question.answers and not any(right):
        return None
    if len(found) > MOST:
        order = sorted(range(len(found)), key=lambda number: (not right[number], generator.random()))[:MOST]
        found = [found[number] for number in sorted(order)]
        right = [is_right for _, is_right in found]
    return Asked(question.question, [parts for parts, _ in found], right)


def _candidates(
    question: PublicQuestion, known: Sequence[tuple[str, int]], generator: np.random.Generator
) -> Iterator[tuple[Parts, bool]]:
    context = question.context
    if sum(" | " in line for line in context.splitlines()) >= 3:
        yield from _cells(context, question.answers)
        return
    spans = [each for whole in sentence_spans(context) for each in _parted(context, *whole)]
    texts = [context[start:end] for start, end in spans]
    has_values = len(known) >= 3 and generator.random() < 0.4
    for number, (start, end) in enumerate(spans):
        above = texts[number - 1] if number else ""
        below = texts[number + 1] if number + 1 < len(texts) else ""
        is_right = any(start <= at < end for _, at in question.answers)
        yield Parts(texts[number], above=above[-80:], below=below), is_right
    if has_values:
        said = {text for text, _ in question.answers}
        chosen = [known[number] for number in generator.permutation(len(known))[:6]]
        for text, at in dict.fromkeys([*question.answers[:1], *chosen]):
            before = " ".join(context[max(0, at - 60) : at].split()[-int(generator.integers(1, 5)) :]).rstrip(" :")
            line = next((each for each, (start, end) in zip(texts, spans, strict=True) if start <= at < end), "")
            yield Parts(f"{before}: {text}" if before else text, line=line), text in said


def _parted(context: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    while end - start > MAX_SENTENCE:
        breaks = [each.end() for each in _BREAKS.finditer(context, start + MAX_SENTENCE // 2, start + MAX_SENTENCE)]
        at = breaks[-1] if breaks else start + MAX_SENTENCE
        yield start, at
        start = at
    if end > start:
        yield start, end


def _cells(context: str, answers: Sequence[tuple[str, int]]) -> Iterator[tuple[Parts, bool]]:
    rows, at = [], 0
    for line in context.split("\n"):
        rows.append((at, line))
        at += len(line) + 1
    header: list[str] = []
    for number, (start, line) in enumerate(rows):
        above = rows[number - 1][1] if number else ""
        below = rows[number + 1][1] if number + 1 < len(rows) else ""
        is_right = any(start <= at <= start + len(line) for _, at in answers)
        yield Parts(line, above=above, below=below), is_right
        if " | " not in line:
            header = []
            continue
        cells = line.split(" | ")
        if not header:
            header = cells
            continue
        place = start
        for column, cell in enumerate(cells):
            holds = any(place <= at < place + max(len(cell), 1) for _, at in answers)
            place += len(cell) + 3
            if not cell.strip() or (not column and not holds):
                continue
            name = header[column] if column < len(header) else ""
            label = f"{name} {cells[0]}" if column else name
            yield Parts(f"{label}: {cell}", above=above, line=line, below=below), holds
