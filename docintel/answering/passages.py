"""Numbered passages that a model may cite, and its citations checked against them."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from docintel.errors import NotFound
from docintel.model import Answer, Block, Citation, Document, Hit, Page
from docintel.text.struck import in_force
from docintel.text.terms import words
from docintel.text.ticks import signed

if TYPE_CHECKING:
    from docintel.answering import DocumentSource

MARK = re.compile(r"\s?\[(\d{1,4}(?:\s?,\s?\d{1,4})*)\]")
MAX_QUOTE_LENGTH = 400
SENTENCE_END = re.compile(r"(?<=[.!?。！？؟।])\s+|\n+")
ONLY_GIVEN = "The model cited what it was not given; those marks were left out."
UNSUPPORTED = "The model names no passage for this answer: nothing in the documents was found to support it."


@dataclass(frozen=True)
class Passage:
    """A block of a page of a document."""

    document: Document
    page: Page
    block: Block

    @property
    def place(self) -> tuple[str, int]:
        return self.document.id, self.page.number


def passages_of(hits: Sequence[Hit], library: "DocumentSource", *, max_characters: int) -> list[Passage]:
    """The blocks that hits stand in, best first, each once; what has been deleted meanwhile is left out."""
    found: list[Passage] = []
    used = 0
    for passage in _each(hits, library):
        used += len(passage.block.text)
        if found and used > max_characters:
            break
        found.append(passage)
    return found


def _each(hits: Sequence[Hit], library: "DocumentSource") -> Iterator[Passage]:
    seen: set[tuple[str, int, str]] = set()
    for source in (source for hit in hits for source in hit.chunk.sources):
        place = (source.document_id, source.page_number, source.block_id)
        if place in seen:
            continue
        seen.add(place)
        try:
            document = library.document(source.document_id)
            page = in_force(library.page(source.document_id, source.page_number))
        except NotFound:
            continue
        yield from (Passage(document, page, block) for block in page.blocks if block.id == source.block_id)


def formatted(passages: Sequence[Passage], *, first: int = 1) -> str:
    """The passages as the model is given them; nothing in one can close it."""
    return "\n".join(
        f'<passage number="{number}" document="{_plain(passage.document.name)}" page="{passage.page.number}">\n'
        f"{_plain(signed(passage.block))}\n</passage>"
        for number, passage in enumerate(passages, start=first)
    )


def _plain(text: str) -> str:
    return text.replace("<", "‹").replace(">", "›").replace('"', "”")


def check_citations(text: str, passages: dict[int, Passage], *, answerer: str, notes: Sequence[str] = ()) -> Answer:
    """The answer with marks counted from 1 in the order of their first use; a mark of nothing given is dropped."""
    used: list[int] = []
    is_forged = False

    def renumbered(mark: re.Match[str]) -> str:
        nonlocal is_forged
        numbers = [int(number) for number in mark[1].split(",")]
        is_forged = is_forged or any(number not in passages for number in numbers)
        known = [number for number in numbers if number in passages]
        used.extend(number for number in dict.fromkeys(known) if number not in used)
        return "".join(f" [{used.index(number) + 1}]" for number in known)

    text = MARK.sub(renumbered, text).strip()
    warnings = [ONLY_GIVEN] if is_forged else []
    warnings += [] if used else [UNSUPPORTED]
    citations = tuple(_citation(passages[number], text) for number in used)
    return Answer(text=text, citations=citations, answerer=answerer, notes=(*notes, *warnings))


def _citation(passage: Passage, answer: str) -> Citation:
    return Citation(
        document_id=passage.document.id,
        name=passage.document.name,
        page_number=passage.page.number,
        boxes=(passage.block.bbox,),
        text=quote(passage.block.text, answer),
        block_ids=(passage.block.id,),
    )


def quote(text: str, answer: str) -> str:
    """The sentence of `text` that shares most words with the answer, or its beginning: what a reader looks for."""
    if len(text) <= MAX_QUOTE_LENGTH:
        return text
    answer_words = set(words(answer))
    sentences = [each for each in SENTENCE_END.split(text) if each.strip()]
    best = max(sentences, key=lambda sentence: len(answer_words & set(words(sentence))), default=text)
    return best[:MAX_QUOTE_LENGTH]


def best_block(page: Page, sentence: str) -> Block | None:
    """The block of a page that shares most words with a sentence."""
    sentence_words = set(words(sentence))
    blocks = [block for block in page.blocks if block.text]
    return max(blocks, key=lambda block: len(sentence_words & set(words(block.text))), default=None)
