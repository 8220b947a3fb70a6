"""Schemas of collections and what was extracted by them, as one user may see and change it.

Whoever sees a collection sees its schemas and may extract by them; its owner changes them. What was extracted follows
from a document and a schema, so it is kept whoever asked for it.
"""

from collections.abc import Sequence
from hashlib import sha256

from docintel.errors import NotFound
from docintel.extraction.schema import Extraction, Schema
from docintel.library import documents
from docintel.library.people import access, audit
from docintel.library.store import Store
from docintel.model import Model, User
from storage.database import Transaction


class Kept(Model):
    """What was extracted before. Stale: since then the document was read anew or corrected, or the schema changed."""

    extraction: Extraction
    is_stale: bool


class Schemas:
    def __init__(self, store: Store, user: User | None) -> None:
        self._store = store
        self._user = user

    def of(self, collection: str) -> dict[str, Schema]:
        """Those that were made for a collection, by name. Raises NotFound."""
        with self._store.read() as tx:
            place = _visible(tx, collection, self._user)
            rows = tx.rows("SELECT body FROM schemas WHERE collection = :place ORDER BY name", place=place)
        read = [Schema.model_validate_json(row["body"]) for row in rows]
        return {each.name: each for each in read}

    def save(self, collection: str, schema: Schema) -> None:
        """In place of one of the same name. Raises NotFound, OwnerOnly."""
        with self._store.write() as tx:
            place = _own(tx, collection, self._user)
            tx.run("DELETE FROM schemas WHERE collection = :place AND name = :name", place=place, name=schema.name)
            tx.insert("schemas", [{"collection": place, "name": schema.name, "body": schema.model_dump_json()}])
            audit.record(tx, user=self._user, action="changed a schema", collection=place, detail=schema.name)

    def remove(self, collection: str, name: str) -> None:
        """With what was extracted by it. Raises NotFound, OwnerOnly."""
        with self._store.write() as tx:
            place = _own(tx, collection, self._user)
            if not tx.run("DELETE FROM schemas WHERE collection = :place AND name = :name", place=place, name=name):
                raise NotFound(f"The collection has no schema {name!r} of its own.")
            tx.run(
                "DELETE FROM extractions WHERE schema = :name AND document_id IN "
                "(SELECT id FROM documents WHERE collection = :place)",
                place=place,
                name=name,
            )
            audit.record(tx, user=self._user, action="removed a schema", collection=place, detail=name)

    def kept(self, schema: Schema, document_ids: Sequence[str]) -> dict[str, Kept]:
        """By id, of the documents from which something was extracted by the schema and which the user sees."""
        seen, parameters = access.of_documents(self._user)
        with self._store.read() as tx:
            rows = tx.rows(
                "SELECT document_id, schema_hash, reading, body FROM extractions "
                f"WHERE schema = :schema AND document_id IN :ids AND {seen}",
                schema=schema.name,
                ids=list(document_ids),
                **parameters,
            )
            readings = {row["document_id"]: _reading(tx, row["document_id"]) for row in rows}
        return {
            row["document_id"]: Kept(
                extraction=Extraction.model_validate_json(row["body"]),
                is_stale=(row["schema_hash"], row["reading"]) != (_hash(schema), readings[row["document_id"]]),
            )
            for row in rows
        }

    def reading(self, document_id: str) -> str:
        """Differs as soon as any page of the document says something else. Raises NotFound."""
        with self._store.read() as tx:
            return _reading(tx, documents.find(tx, document_id, self._user).id)

    def keep(self, schema: Schema, document_id: str, extraction: Extraction, *, reading: str) -> None:
        """With the reading that it was extracted from. Raises NotFound."""
        with self._store.write() as tx:
            id = documents.find(tx, document_id, self._user).id
            tx.run("DELETE FROM extractions WHERE document_id = :id AND schema = :name", id=id, name=schema.name)
            row = {
                "document_id": id,
                "schema": schema.name,
                "schema_hash": _hash(schema),
                "reading": reading,
                "body": extraction.model_dump_json(),
            }
            tx.insert("extractions", [row])


def _visible(tx: Transaction, collection: str, user: User | None) -> str:
    """The collection's name. Raises NotFound."""
    place = access.place_for(tx, collection, user) if not access.is_visible(tx, collection, user) else collection
    if not access.is_visible(tx, place, user):
        raise NotFound(f"There is no collection {collection!r}. Add a document to it first.")
    return place


def _own(tx: Transaction, collection: str, user: User | None) -> str:
    """Raises NotFound, OwnerOnly."""
    place = _visible(tx, collection, user)
    access.must_own(tx, place, user)
    return place


def _hash(schema: Schema) -> str:
    return sha256(schema.model_dump_json().encode()).hexdigest()


def _reading(tx: Transaction, document_id: str) -> str:
    digest = sha256()
    for row in tx.rows("SELECT number, body FROM page_bodies WHERE document_id = :id ORDER BY number", id=document_id):
        digest.update(f"{row['number']}:".encode() + bytes(row["body"]))
    return digest.hexdigest()
