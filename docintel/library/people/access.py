"""Who may see and change what: collections have an owner and readers, and all that is in them goes by that.

A user of None is the machine itself (the command line, a worker, the app without sign-in). It sees and may do
everything, and so do administrators. What a user does not see is, to that user, not there.
"""

import re
from datetime import UTC, datetime
from itertools import chain, count

from docintel.errors import OwnerOnly, SignedOut, UsageError
from docintel.model import User
from storage.database import Parameter, Transaction

ADDRESS = re.compile(r"[^\s@\"/]+@[^\s@\"/]+")
OWNED = re.compile(rf"(?P<owner>{ADDRESS.pattern})/(?P<title>.+)")
MAX_ADDRESS_LENGTH = 254


def user_id(address: str) -> str:
    """An e-mail address as docintel knows people by it. Raises UsageError.

    Only A–Z become small: other letters that look or fold alike may belong to somebody else.
    """
    found = re.sub("[A-Z]+", lambda letters: letters[0].lower(), address.strip())
    if not ADDRESS.fullmatch(found) or not found.isprintable() or len(found) > MAX_ADDRESS_LENGTH:
        raise UsageError(f"{address!r} is no e-mail address. People are named by theirs.")
    return found


def claimed_id(address: str) -> str:
    """Like `user_id`, of what somebody typed or a provider said; nothing where it is no e-mail address."""
    try:
        return user_id(address)
    except UsageError:
        return ""


def owner_in(name: str) -> str:
    """Whose collection a new one of this name is: `<user id>/<title>` is that user's, all else the local user's."""
    owned = OWNED.fullmatch(name)
    return owned["owner"] if owned else ""


def title_of(name: str) -> str:
    """A collection's name as people see it: without its first owner."""
    owned = OWNED.fullmatch(name)
    return owned["title"] if owned else name


def sees_all(user: User | None) -> bool:
    """Every question of access passes here. Raises SignedOut where the sign-in has ended meanwhile."""
    if user is None:
        return True
    if user.until is not None and user.until <= datetime.now(UTC):
        raise SignedOut("Your sign-in has ended. Reload the page to sign in again.")
    return user.is_admin


def visible(user: User | None, column: str = "collection") -> tuple[str, dict[str, Parameter]]:
    """SQL condition, and its parameters, under which the user sees a row whose collection stands in `column`."""
    if user is None or sees_all(user):
        return "1 = 1", {}
    own = "SELECT name FROM collections WHERE owner = :viewer"
    shared = 'SELECT collection FROM readers WHERE "user" = :viewer'
    return f"{column} IN ({own} UNION ALL {shared})", {"viewer": user.id}


def owned(user: User | None, column: str = "collection") -> tuple[str, dict[str, Parameter]]:
    """Like `visible`, for what the user may change."""
    if user is None or sees_all(user):
        return "1 = 1", {}
    return f"{column} IN (SELECT name FROM collections WHERE owner = :viewer)", {"viewer": user.id}


def listed(
    user: User | None, column: str = "collection", document: str = "documents.id"
) -> tuple[str, dict[str, Parameter]]:
    """Like `visible`, of a document, or what belongs to one, that is not in the bin."""
    seen, parameters = visible(user, column)
    return f"{seen} AND {not_binned(document)}", parameters


def not_binned(document: str = "documents.id") -> str:
    """SQL condition; `document`: the column with the document's id."""
    return f"{document} NOT IN (SELECT document_id FROM bin)"


def of_documents(user: User | None, column: str = "document_id") -> tuple[str, dict[str, Parameter]]:
    """Like `listed`, for rows that only know their document."""
    if user is None or sees_all(user):
        return not_binned(column), {}
    seen, parameters = visible(user)
    return f"{column} IN (SELECT id FROM documents WHERE {seen} AND {not_binned()})", parameters


def must_own(tx: Transaction, name: str, user: User | None) -> None:
    """Raises OwnerOnly where the collection, which the user sees, isn't the user's."""
    condition, parameters = owned(user, ":name")
    if not tx.value(f"SELECT {condition}", name=name, **parameters):
        raise OwnerOnly("Only the owner of this collection can do that. Its readers can look, search, ask and export.")


def place_for(tx: Transaction, name: str, user: User | None) -> str:
    """The collection that a user means by `name` when adding: one of the user's own by its title, there or new.

    A whole name, `<user id>/<title>`, of a collection that the user sees is that one. Nothing here depends on what the
    user does not see. Raises OwnerOnly.
    """
    if user is None:
        return name
    rows = tx.rows("SELECT name FROM collections WHERE owner = :id", id=user.id)
    own = {row["name"]: title_of(row["name"]) for row in rows}
    if found := [each for each, title in sorted(own.items()) if name in {each, title}]:
        return str(found[0])
    if owner_in(name) and is_visible(tx, name, user):
        must_own(tx, name, user)
        return name
    # a collection that the user made and gave away keeps its name, or its history does: the next one is numbered
    numbered = chain([f"{user.id}/{name}"], (f"{user.id}/{name} {number}" for number in count(2)))
    return next(each for each in numbered if each in own or is_unused(tx, each, user))


def is_unused(tx: Transaction, name: str, user: User | None) -> bool:
    """Whether no collection has this name, nor had one of which the audit trail knows what others did in it."""
    others = 'SELECT 1 FROM audit WHERE collection = :name AND "user" <> :id LIMIT 1'
    is_known = user is not None and bool(tx.value(others, name=name, id=user.id))
    return not is_known and not is_visible(tx, name, None)


def is_visible(tx: Transaction, name: str, user: User | None) -> bool:
    """Whether there is such a collection, as far as the user sees."""
    condition, parameters = visible(user, "name")
    return bool(tx.value(f"SELECT 1 FROM collections WHERE name = :name AND {condition}", name=name, **parameters))
