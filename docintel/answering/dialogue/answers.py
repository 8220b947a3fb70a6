"""How a follow-up is answered: of the document that the answer before cites, then of all."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from docintel.answering.dialogue.exchanges import Exchange, FollowUp
from docintel.errors import NotFound
from docintel.model import Answer, Filters

if TYPE_CHECKING:
    from docintel.answering import DocumentSource

AnswerTo = Callable[[str, Filters], Answer]
"""Answers a question that stands alone, of what the filters leave."""


def answer_follow_up(
    follow_up: FollowUp,
    question: str,
    before: Exchange,
    *,
    library: "DocumentSource",
    filters: Filters,
    answer_to: AnswerTo,
) -> Answer:
    """`question` as it was asked, `follow_up` as it is understood."""
    if follow_up.asks_where and before.answer.citations:
        return _place_of(before.answer, follow_up.text)
    understood = follow_up.text if follow_up.text != question else ""
    names = _names(follow_up.documents, library, filters)
    notes: tuple[str, ...] = ()
    if names:
        answer = answer_to(follow_up.text, filters.model_copy(update={"documents": tuple(names)}))
        listed = ", ".join(f"“{name}”" for name in names.values())
        if answer.citations or follow_up.is_limited:
            return _with(answer, understood, f"Asked of {listed}, which the answer before cites.")
        notes = (f"{listed}, which the answer before cites, does not answer this; asked of all documents.",)
    return _with(answer_to(follow_up.text, filters), understood, *notes)


def _with(answer: Answer, understood: str, *notes: str) -> Answer:
    return answer.model_copy(update={"understood": understood, "notes": (*answer.notes, *notes)})


def _names(document_ids: tuple[str, ...], library: "DocumentSource", filters: Filters) -> dict[str, str]:
    """Documents to ask first, by id; none where the user has chosen others, or one alone."""
    if len(filters.documents) == 1:
        return {}
    names = {}
    for document_id in document_ids:
        if not filters.documents or document_id in filters.documents:
            try:
                document = library.document(document_id)
            except NotFound:
                continue
            if filters.collection in (None, document.collection):
                names[document_id] = document.name
    return names


def _place_of(answer: Answer, understood: str) -> Answer:
    """Where an answer stands: its citations."""
    first: dict[str, int] = {}
    for number, cited in enumerate(answer.citations, start=1):
        first.setdefault(f"{cited.name}, page {cited.page_number}", number)
    text = "\n".join(f"{place} [{number}]" for place, number in first.items())
    return answer.model_copy(update={"text": text, "understood": understood, "notes": ()})
