"""What is left of a kept answer when a document that it quotes is deleted, or no longer shared with who asked."""

from collections.abc import Collection
from itertools import chain

from docintel.model import Answer, Citation

GONE = "This answer quoted a document that was deleted or is no longer shared with you."


def cited(answer: Answer) -> list[str]:
    """Ids of the documents that an answer quotes, each once."""
    return list(dict.fromkeys(each.document_id for each in chain(answer.citations, answer.nearest)))


def without(answer: Answer, documents: Collection[str]) -> Answer:
    """`answer` without the words of these documents: one that cites any of them loses its text, which may hold some."""
    if not set(cited(answer)) & set(documents):
        return answer
    is_quoted = any(each.document_id in documents for each in answer.citations)
    return answer.model_copy(
        update={
            "text": GONE if is_quoted else answer.text,
            "citations": tuple(_without(each, documents) for each in answer.citations),
            "nearest": tuple(each for each in answer.nearest if each.document_id not in documents),
        }
    )


def _without(citation: Citation, documents: Collection[str]) -> Citation:
    if citation.document_id not in documents:
        return citation
    return citation.model_copy(update={"text": "", "boxes": (), "block_ids": ()})


def is_gone(citation: Citation) -> bool:
    """Whether `without` took what it quoted: its name and page number are left."""
    return not citation.text
