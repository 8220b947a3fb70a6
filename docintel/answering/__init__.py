"""Answers with citations: the Answerer contract, and `ask`, which the app and the command line call."""

from collections.abc import Callable, Sequence
from typing import Protocol

from docintel.answering.extractive import ExtractiveAnswerer
from docintel.answering.generative import GenerativeAnswerer
from docintel.answering.question import synonyms
from docintel.model import Answer, Document, Filters, Page
from docintel.retrieval import LEXICAL, Found, Retriever

__all__ = ["Answerer", "ExtractiveAnswerer", "GenerativeAnswerer", "DocumentSource", "TextCallback", "ask"]

NUM_HITS = 30

TextCallback = Callable[[str], bool]
"""Given the answer as far as it has come. False: nobody waits for the rest."""


class DocumentSource(Protocol):
    """What an answerer needs of the library."""

    def document(self, document_id: str) -> Document: ...

    def page(self, document_id: str, number: int) -> Page: ...

    def page_image(self, document_id: str, number: int) -> bytes: ...


class Answerer(Protocol):
    """Answers a question from what was found.

    "[1]" in the text is the first citation; each citation quotes words that stand on its page, in its boxes. An
    answer without citations says that nothing was found.
    """

    def answer(
        self, question: str, found: Found, library: DocumentSource, on_text: TextCallback | None = None, /
    ) -> Answer: ...


def ask(
    question: str,
    *,
    library: DocumentSource,
    retriever: Retriever,
    answerer: Answerer,
    filters: Filters | None = None,
    on_text: TextCallback | None = None,
) -> Answer:
    """Searches and answers; where the question's own words lead nowhere, again with what others call the same.

    Passages found by meaning alone wait for that: another document may say it in the question's language.
    """
    found = retriever.search(question, limit=NUM_HITS, filters=filters)
    others = synonyms(question)
    if not others or any(LEXICAL in hit.retrievers for hit in found.hits):
        answer = answerer.answer(question, found, library, on_text)
        if answer.citations or not others:
            return answer
    wider = retriever.search(_with(question, others), limit=NUM_HITS, filters=filters)
    return answerer.answer(question, wider.model_copy(update={"notes": found.notes}), library, on_text)


def _with(question: str, words: Sequence[str]) -> str:
    return " ".join([question, *words])
