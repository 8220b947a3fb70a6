"""What a model that makes things up would say of a page: its true text, one passage invented, changed or left out."""

import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from docintel.model import Block, Page
from docintel.text.sentences import sentences

NUMBER = re.compile(r"\d[\d.,:]*\d")


@dataclass(frozen=True)
class Edited:
    page: Page
    kind: str
    block: int
    """Index, in the edited page."""
    said: str
    """What is wrong there; empty where something is left out."""
    left_out: str = ""


Edit = Callable[[Page, Sequence[str], random.Random], Edited | None]
"""A page, sentences in its language that do not stand on it, chance → the page edited, if it can be."""


def invented_sentence(page: Page, others: Sequence[str], rng: random.Random) -> Edited | None:
    index, parts = _sentences(page, rng)
    made_up = rng.choice(others)
    place = rng.randint(0, len(parts))
    return _edited(page, "sentence invented", index, [*parts[:place], made_up, *parts[place:]], made_up)


def replaced_sentence(page: Page, others: Sequence[str], rng: random.Random) -> Edited | None:
    index, parts = _sentences(page, rng)
    made_up, place = rng.choice(others), rng.randrange(len(parts))
    return _edited(page, "sentence replaced", index, [*parts[:place], made_up, *parts[place + 1 :]], made_up)


def half_replaced(page: Page, others: Sequence[str], rng: random.Random) -> Edited | None:
    """The beginning of a sentence as it stands there, and another end: how a model goes on by itself."""
    index, parts = _sentences(page, rng)
    place = rng.randrange(len(parts))
    made_up = _second_half(rng.choice(others))
    begun = parts[place][: len(parts[place]) - len(_second_half(parts[place]))]
    return _edited(page, "ends otherwise", index, [*parts[:place], begun + made_up, *parts[place + 1 :]], made_up)


def left_out_sentence(page: Page, _others: Sequence[str], rng: random.Random) -> Edited | None:
    index, parts = _sentences(page, rng)
    place = rng.randrange(len(parts))
    return _edited(page, "sentence left out", index, parts[:place] + parts[place + 1 :], "", parts[place])


def changed_number(page: Page, _others: Sequence[str], rng: random.Random) -> Edited | None:
    found = [(n, match) for n, block in enumerate(page.blocks) for match in NUMBER.finditer(block.text)]
    if not found:
        return None
    index, match = rng.choice(found)
    places = [n for n, sign in enumerate(match[0]) if sign.isdigit()]
    place = rng.choice(places)
    digit = rng.choice([each for each in "0123456789" if each != str(int(match[0][place]))])
    number = match[0][:place] + digit + match[0][place + 1 :]
    text = page.blocks[index].text
    return _with_text(page, "digit changed", index, text[: match.start()] + number + text[match.end() :], said=number)


def left_out_row(page: Page, _others: Sequence[str], rng: random.Random) -> Edited | None:
    index = _table(page)
    if index is None:
        return None
    rows = page.blocks[index].text.split("\n")
    place = rng.randrange(len(rows))
    text = "\n".join(rows[:place] + rows[place + 1 :])
    return _with_text(page, "row left out", index, text, left_out=rows[place])


def invented_row(page: Page, others: Sequence[str], rng: random.Random) -> Edited | None:
    index = _table(page)
    if index is None:
        return None
    rows = page.blocks[index].text.split("\n")
    word = rng.choice(rng.choice(others).split())[:20]
    amount = f"{rng.randint(3, 999)}.{rng.randint(10, 99)}"
    row = f"{rng.randint(1000, 9999)}-{rng.randint(10, 99)}\t{word}\t{rng.randint(1, 48)}\t{amount}"
    place = rng.randint(0, len(rows))
    return _with_text(page, "row invented", index, "\n".join([*rows[:place], row, *rows[place:]]), said=row)


EDITS: tuple[Edit, ...] = (
    invented_sentence,
    replaced_sentence,
    half_replaced,
    left_out_sentence,
    changed_number,
    left_out_row,
    invented_row,
)


def _sentences(page: Page, rng: random.Random) -> tuple[int, list[str]]:
    index = rng.choice([n for n, block in enumerate(page.blocks) if not block.table and len(block.text) > 60])
    return index, sentences(page.blocks[index].text)


def _second_half(sentence: str) -> str:
    middle = len(sentence) // 2
    space = sentence.find(" ", middle)
    return sentence[space if 0 <= space < len(sentence) - 8 else middle :]


def _table(page: Page) -> int | None:
    return next((n for n, block in enumerate(page.blocks) if block.table), None)


def _edited(page: Page, kind: str, index: int, parts: Sequence[str], said: str, left_out: str = "") -> Edited:
    return _with_text(page, kind, index, " ".join(parts), said=said, left_out=left_out)


def _with_text(page: Page, kind: str, index: int, text: str, *, said: str = "", left_out: str = "") -> Edited:
    blocks: list[Block] = list(page.blocks)
    blocks[index] = blocks[index].model_copy(update={"text": text})
    return Edited(page.model_copy(update={"blocks": tuple(blocks)}), kind, index, said, left_out)
