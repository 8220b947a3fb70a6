"""Answers with citations: the Answerer contract, and `ask`, which the app and the command line call."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Protocol, runtime_checkable

from docintel.answering.aggregates import answer_over_documents, asked_aggregate
from docintel.answering.dialogue import Exchange, FollowUp, answer_follow_up, last_standing, understand
from docintel.answering.extractive import ExtractiveAnswerer
from docintel.answering.generative import GenerativeAnswerer
from docintel.answering.question import Question, synonyms
from docintel.model import Answer, Document, Filters, Page
from docintel.retrieval import LEXICAL, Found, Retriever

__all__ = [
    "Answerer",
    "DocumentLister",
    "DocumentSource",
    "Exchange",
    "ExtractiveAnswerer",
    "GenerativeAnswerer",
    "Rewriter",
    "TextCallback",
    "ask",
    "standing_alone",
]

NUM_HITS = 30

TextCallback = Callable[[str], bool]
"""Given the answer as far as it has come. False: nobody waits for the rest."""


class DocumentSource(Protocol):
    """What an answerer needs of the library."""

    def document(self, document_id: str) -> Document: ...

    def page(self, document_id: str, number: int) -> Page: ...

    def page_image(self, document_id: str, number: int) -> bytes: ...


class DocumentLister(DocumentSource, Protocol):
    """What questions over documents need of it, too."""

    def documents(self, *, collection: str | None = None, ids: Sequence[str] | None = None) -> list[Document]: ...


class Answerer(Protocol):
    """Answers a question from what was found.

    "[1]" in the text is the first citation; each citation quotes words that stand on its page, in its boxes. An
    answer without citations says that nothing was found.
    """

    def answer(
        self, question: str, found: Found, library: DocumentSource, on_text: TextCallback | None = None, /
    ) -> Answer: ...


@runtime_checkable
class Rewriter(Protocol):
    """An answerer that completes follow-up questions by itself."""

    def rewrite(self, question: str, history: Sequence[Exchange], /) -> str | None:
        """`question` so that it stands alone, in its language; None where it cannot be done."""


def ask(
    question: str,
    *,
    library: DocumentLister,
    retriever: Retriever,
    answerer: Answerer,
    filters: Filters | None = None,
    on_text: TextCallback | None = None,
    history: Sequence[Exchange] = (),
) -> Answer:
    """Searches and answers; sums, counts and comparisons over documents are computed.

    A question that leans on those of `history`, the oldest first, is completed from them; `Answer.understood` says how.
    """
    filters = filters or Filters()

    def answer_to(complete: str, narrowed: Filters) -> Answer:
        computed = _computed(complete, library, narrowed, on_text)
        return computed or _ask(complete, library, retriever, answerer, narrowed, on_text)

    before = last_standing(history)
    follow_up = standing_alone(question, history, answerer)
    if follow_up is None or before is None:
        return answer_to(question, filters)
    return answer_follow_up(follow_up, question, before, library=library, filters=filters, answer_to=answer_to)


def standing_alone(question: str, history: Sequence[Exchange], answerer: Answerer | None = None) -> FollowUp | None:
    """A follow-up so that it stands alone; None where it does. Rules tell which do; an answerer that can words it."""
    follow_up = understand(question, history)
    if follow_up is None or follow_up.asks_where or follow_up.is_limited or not isinstance(answerer, Rewriter):
        return follow_up
    text = answerer.rewrite(question, history)
    return replace(follow_up, text=text) if text else follow_up


def _computed(question: str, library: DocumentLister, filters: Filters, on_text: TextCallback | None) -> Answer | None:
    """From what every document states; None where the question asks for nothing of the kind."""
    asked = asked_aggregate(Question.of(question))
    is_of_all = filters == Filters(documents=filters.documents, collection=filters.collection)
    if asked is None or not is_of_all:
        return None
    documents = library.documents(collection=filters.collection, ids=filters.documents or None)
    return answer_over_documents(asked, documents, library, on_text) if len(documents) > 1 else None


def _ask(
    question: str,
    library: DocumentSource,
    retriever: Retriever,
    answerer: Answerer,
    filters: Filters,
    on_text: TextCallback | None,
) -> Answer:
    """Where the question's own words lead nowhere, asks again with what others call the same.

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
