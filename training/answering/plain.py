"""Questions in a document's own words, asked of the pages that `documents/` has: “Invoice number?”.

Those written by hand mostly paraphrase. Labels of values and cells are taken as they stand, and for a question without
an answer a label of another document in the same language, none of whose words stands on the page.
"""

import random
from collections.abc import Iterator, Mapping, Sequence

from benchmarks.questions import Case
from docintel.answering.evidence import CELL_BREAK, Evidence, Source, evidence_on
from docintel.model import Page
from docintel.text.terms import words

OF_VALUES = 3
"""Questions of a document that it answers; one more is not answered."""
PATTERNS = {
    "en": ("What is the {label}?", "{label}?", "what's the {label}", "{label}"),
    "de": ("Wie lautet: {label}?", "{label}?", "Was steht bei {label}?", "{label}"),
    "fr": ("Quel est : {label} ?", "{label} ?", "{label}"),
    "es": ("¿Cuál es: {label}?", "¿{label}?", "{label}"),
    "it": ("Qual è: {label}?", "{label}?", "{label}"),
    "pt": ("Qual é: {label}?", "{label}?", "{label}"),
    "nl": ("Wat is: {label}?", "{label}?", "{label}"),
    "pl": ("Podaj: {label}", "{label}?", "{label}"),
    "ru": ("Какое значение: {label}?", "{label}?", "{label}"),
    "tr": ("{label} nedir?", "{label}?", "{label}"),
    "zh": ("{label}是什么？", "{label}？", "{label}"),
    "ja": ("{label}は何ですか？", "{label}は？", "{label}"),
    "ko": ("{label}은 무엇입니까?", "{label}?", "{label}"),
    "ar": ("ما هو {label}؟", "{label}؟", "{label}"),
}
_LABELLED = (Source.INLINE, Source.BESIDE, Source.CELL)
_MAX_LABEL_WORDS, _MAX_VALUE = 4, 40


def plain_cases(pages: Mapping[str, Page]) -> Iterator[tuple[str, Case]]:
    """For each document by name; the same ones every time."""
    labelled = {name: _labelled(page) for name, page in pages.items()}
    for name, page in pages.items():
        chance = random.Random(name)
        language = page.languages[0] if page.languages else "en"
        patterns = PATTERNS.get(language, PATTERNS["en"][1:2])
        for evidence in chance.sample(labelled[name], min(OF_VALUES, len(labelled[name]))):
            question = chance.choice(patterns).format(label=asked_as(evidence))
            yield name, Case(name, question, (evidence.value,))
        if strange := _of_others(page, language, pages, labelled, chance):
            yield name, Case(name, chance.choice(patterns).format(label=strange), ())


def asked_as(evidence: Evidence) -> str:
    """A cell's row and header, or the label."""
    label = evidence.label.partition(CELL_BREAK)[0].rstrip(" :.…")
    return f"{evidence.header} {label}" if evidence.header else label


def _labelled(page: Page) -> list[Evidence]:
    """Short values whose label stands with no other value."""
    found = [each for each in evidence_on(page) if each.source in _LABELLED and _is_plain(each)]
    values: dict[str, set[str]] = {}
    for each in found:
        values.setdefault(asked_as(each), set()).add(each.value)
    return [each for each in found if len(values[asked_as(each)]) == 1]


def _is_plain(evidence: Evidence) -> bool:
    label = evidence.label.partition(CELL_BREAK)[0]
    is_name = sum(c.isalpha() for c in label) > 2 and not any(c.isdecimal() for c in label)
    is_short = len(label.split()) <= _MAX_LABEL_WORDS and 0 < len(evidence.value) <= _MAX_VALUE
    return is_name and is_short and evidence.trust == 1.0


def _of_others(
    page: Page,
    language: str,
    pages: Mapping[str, Page],
    labelled: Mapping[str, Sequence[Evidence]],
    chance: random.Random,
) -> str:
    """A label of another document that this page says no word of; empty where there is none."""
    here = set(words(page.text))
    others = [
        asked_as(each)
        for name, listed in labelled.items()
        if language in pages[name].languages
        for each in listed
        if not here & set(words(asked_as(each)))
    ]
    return chance.choice(others) if others else ""
