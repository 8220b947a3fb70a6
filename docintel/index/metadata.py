"""What the index keeps of a chunk beside its vector, and how filters ask for it, in Chroma's words."""

from docintel.library import OutboxEntry
from docintel.model import Filters


def metadata_of(entry: OutboxEntry) -> dict[str, str | int]:
    return {
        "document": entry.document_id,
        "language": entry.language,
        "first_page": entry.first_page,
        "last_page": entry.last_page,
    }


def where(filters: Filters) -> dict[str, object] | None:
    conditions: list[dict[str, object]] = []
    if filters.documents:
        conditions.append({"document": {"$in": list(filters.documents)}})
    if filters.languages:
        conditions.append({"language": {"$in": list(filters.languages)}})
    if filters.pages:
        conditions.append(_any([_on_page(number) for number in filters.pages]))
    return {"$and": conditions} if len(conditions) > 1 else conditions[0] if conditions else None


def _on_page(number: int) -> dict[str, object]:
    return {"$and": [{"first_page": {"$lte": number}}, {"last_page": {"$gte": number}}]}


def _any(conditions: list[dict[str, object]]) -> dict[str, object]:
    return {"$or": conditions} if len(conditions) > 1 else conditions[0]
