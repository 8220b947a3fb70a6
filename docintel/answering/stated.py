"""Answers with facts of the documents in question, as `docintel.answering.facts` finds them stated."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from docintel.answering.facts import Fact, StatedFact, says_more, stated_fact
from docintel.answering.question import Question
from docintel.errors import NotFound
from docintel.model import Answer, Citation, Document, Page
from docintel.retrieval import Found
from docintel.text.struck import in_force

if TYPE_CHECKING:
    from docintel.answering import DocumentSource

MAX_DOCUMENTS = 5
MAX_PAGES = 16
FIRST_PAGES = 2
CERTAIN = 0.8
"""A fact that is less likely to be right is given with a note."""


def documents_in_question(found: Found) -> list[str]:
    """Ids of the documents that were searched alone, else of those that hits stand in, best first."""
    return list(found.documents) or list(dict.fromkeys(hit.chunk.document_id for hit in found.hits))


def is_about_one_document(asked: Question, fact: Fact, found: Found, library: "DocumentSource") -> bool:
    """Whether one document is in question, and the question speaks of nothing else that stands in it."""
    documents = documents_in_question(found)
    if len(documents) != 1:
        return False
    return not says_more(asked, fact, _text(_pages(documents[0], found, library)))


def answer_from_facts(
    asked: Question, fact: Fact, found: Found, library: "DocumentSource", *, answerer: str
) -> Answer | None:
    """The fact as each of the documents in question states it; None where none does, or the question is about more."""
    stated: list[tuple[Document, StatedFact]] = []
    for id in documents_in_question(found)[:MAX_PAGES]:
        pages = _pages(id, found, library)
        if not pages or says_more(asked, fact, _text(pages)):
            continue
        if known := stated_fact(fact, [page for _, page in pages]):
            stated.append((pages[0][0], known))
    stated = stated[:MAX_DOCUMENTS]
    if not stated:
        return None
    notes = _notes(stated)
    return Answer(
        text="\n".join(
            _line(document, known, n, of=len(stated)) for n, (document, known) in enumerate(stated, start=1)
        ),
        citations=tuple(citation_of(document, known) for document, known in stated),
        answerer=answerer,
        notes=(*found.notes, *notes),
    )


def _line(document: Document, known: StatedFact, number: int, *, of: int) -> str:
    return f"{document.name}: {known.value} [{number}]" if of > 1 else f"{known.value} [{number}]"


def _notes(stated: Sequence[tuple[Document, StatedFact]]) -> list[str]:
    unsure = [known.probability for _, known in stated if known.probability < CERTAIN]
    return [f"Told by its place and form, not by a label: right with about {min(unsure):.0%}."] if unsure else []


def _pages(id: str, found: Found, library: "DocumentSource") -> list[tuple[Document, Page]]:
    """A document's first pages and its last, and those that hits stand on."""
    try:
        document = library.document(id)
    except NotFound:
        return []
    hit = [source.page_number for each in found.hits for source in each.chunk.sources if source.document_id == id]
    return [(document, page) for page in telling_pages(document, library, hit[:MAX_PAGES])]


def telling_pages(document: Document, library: "DocumentSource", others: Sequence[int] = ()) -> list[Page]:
    """The first pages, the last and others by number, those that have been read: a document says there what it is."""
    first = range(1, min(document.num_pages, FIRST_PAGES) + 1)
    pages = []
    for number in sorted({*first, document.num_pages, *others} - {0}):
        try:
            pages.append(in_force(library.page(document.id, number)))
        except NotFound:
            continue
    return pages


def _text(pages: Sequence[tuple[Document, Page]]) -> str:
    return " ".join(page.text for _, page in pages)


def citation_of(document: Document, known: StatedFact) -> Citation:
    return Citation(
        document_id=document.id,
        name=document.name,
        page_number=known.page.number,
        boxes=known.boxes,
        text=known.quote,
        block_ids=known.block_ids,
    )
