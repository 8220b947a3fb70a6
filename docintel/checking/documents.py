"""A document: its original, its row, and each page that has been read."""

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import file_digest

from docintel.checking import corrections, passages, pictures
from docintel.checking.findings import Problem
from docintel.errors import DamagedStore, DocintelError, NotFound
from docintel.home import Home
from docintel.library.documents import folded
from docintel.library.jobs.summary import derived, refresh
from docintel.library.pages import PageBody, language_rows, page_of
from docintel.model import Document, DocumentState, Page
from docintel.pipeline import picture_keys
from docintel.pipeline.cache import cache_key
from storage import row_damage
from storage.database import Transaction

AT_A_TIME = 200
PAGES_AT_A_TIME = 50
DERIVED = ("state", "num_pages", "pages_read", "pages_failed", "pages_cached", "languages", "error")


@dataclass(frozen=True)
class ReadPageRow:
    """A page that has been read, with its body if that is there."""

    number: int
    engine: str
    image_hash: str
    image_key: str
    thumbnail_key: str
    cache_key: str
    schema_version: int | None
    body: bytes | None


def each(home: Home) -> Iterator[Document]:
    """Every document, a few in memory at a time."""
    after = ""
    while True:
        with home.library.store.read() as tx:
            rows = tx.rows("SELECT id FROM documents WHERE id > :after ORDER BY id LIMIT :n", after=after, n=AT_A_TIME)
        if not rows:
            return
        after = rows[-1]["id"]
        yield from home.library.documents(ids=[row["id"] for row in rows])


def problems(home: Home, document: Document) -> Iterator[Problem]:
    """What is being read meanwhile is not judged but for its original."""
    yield from _original(home, document)
    if document.state.is_open:
        return
    try:
        is_whole, newest = True, corrections.newest(home, document)
        for problem in _of_pages(home, document):
            if not is_settled(home, document, newest):
                return
            is_whole = is_whole and problem.part != "page"
            yield problem
        for problem in corrections.problems(home, document, read_again):
            is_whole = False
            yield problem
        if not is_settled(home, document, newest):
            return
        yield from _row(home, document)
        if is_whole and document.state in {DocumentState.READY, DocumentState.PARTIAL}:
            found = passages.problems(home, document)
            yield from (each for each in found if is_settled(home, document, newest))
    except NotFound:
        return  # deleted meanwhile
    except DamagedStore as error:
        yield Problem("document", document.name, str(error), advice="See what is said of the database.")


def is_settled(home: Home, document: Document, newest: int) -> bool:
    """Whether nobody has begun to read, corrected (after the correction `newest`) or deleted the document meanwhile."""
    now = home.library.documents(ids=[document.id])
    return bool(now) and not now[0].state.is_open and corrections.newest(home, document) == newest


def _original(home: Home, document: Document) -> Iterator[Problem]:
    try:
        path = home.library.original(document.id)
        with path.open("rb") as file:
            is_right = file_digest(file, "sha256").hexdigest() == document.content
    except NotFound:
        return  # deleted meanwhile
    except OSError as error:
        yield _lost(document, f"The original cannot be read ({error.strerror}).")
        return
    except ValueError:
        yield _lost(document, "Its row names no file.")
        return
    if not is_right:
        yield _lost(document, "The original is not what was added: bytes have changed on the disk.")


def _lost(document: Document, text: str) -> Problem:
    advice = "Nothing else holds it: restore it from a backup, or delete the document and add the file again."
    return Problem("original", document.name, f"{text} What was read of it is kept.", advice=advice)


def _row(home: Home, document: Document) -> Iterator[Problem]:
    with home.library.store.read() as tx:
        row = tx.row("SELECT * FROM documents WHERE id = :id", id=document.id)
        right = derived(tx, document.id)
    if row is None or DocumentState(row["state"]).is_open:
        return
    wrong = [column for column in DERIVED if column in right and row[column] != right[column]]
    if row["name_folded"] != folded(row["name"]):
        wrong.append("name")
    if row["size"] != _size(home, document):
        wrong.append("size")
    if wrong:
        text = f"The list says something else of it than its pages do ({', '.join(wrong)})."
        yield Problem("document", document.name, text, lambda: _refreshed(home, document))


def _size(home: Home, document: Document) -> int:
    """Of the original, or what the row says where that is gone."""
    try:
        return home.library.original(document.id).stat().st_size
    except (OSError, ValueError):
        return document.size


def _refreshed(home: Home, document: Document) -> str:
    size = _size(home, document)
    with home.library.store.write() as tx:
        refresh(tx, document.id)
        name = _name(tx, document)
        tx.run(
            "UPDATE documents SET name = :name, name_folded = :folded, size = :size WHERE id = :id",
            id=document.id,
            name=name,
            folded=folded(name),
            size=size,
        )
        row_damage.renew_checksums(tx, "documents", "id = :id", id=document.id)
    return "it was counted again"


def _name(tx: Transaction, document: Document) -> str:
    """As two of three say: the row's name, the form of it that is searched, and the audit trail."""
    searched = tx.value("SELECT name_folded FROM documents WHERE id = :id", id=document.id)
    entries = tx.rows("SELECT name FROM audit WHERE document_id = :id ORDER BY seq", id=document.id)
    return next((row["name"] for row in entries if folded(row["name"]) == searched), document.name)


def _of_pages(home: Home, document: Document) -> Iterator[Problem]:
    after = 0
    while True:
        with home.library.store.read() as tx:
            rows = tx.all(
                ReadPageRow,
                "SELECT p.number, p.engine, p.image_hash, p.image_key, p.thumbnail_key, p.cache_key, b.schema_version, "
                "b.body FROM pages p LEFT JOIN page_bodies b "
                "ON b.document_id = p.document_id AND b.number = p.number "
                "WHERE p.document_id = :id AND p.number > :after AND p.state = 'done' ORDER BY p.number LIMIT :n",
                id=document.id,
                after=after,
                n=PAGES_AT_A_TIME,
            )
        if not rows:
            return
        after = rows[-1].number
        for row in rows:
            yield from _page(home, document, row)


def _page(home: Home, document: Document, row: ReadPageRow) -> Iterator[Problem]:
    name = f"{document.name}, page {row.number}"
    try:
        page = _decoded(document, row)
    except DamagedStore as error:
        mend = corrections.corrected_again if corrections.can_be_made_again(home, document, row.number) else read_again
        yield Problem("page", name, str(error), lambda: mend(home, document, row.number))
        return
    yield from _languages(home, document, page, name)
    yield from pictures.problems(home, document, page, picture=row.image_key, thumbnail=row.thumbnail_key, name=name)


def _decoded(document: Document, row: ReadPageRow) -> Page:
    """Raises DamagedStore where the text is not what was written, or not what its row says."""
    if row.body is None or row.schema_version is None:
        raise DamagedStore("Its text is gone.")
    try:
        page = page_of(PageBody(row.number, row.schema_version, row.body), document.id)
    except DamagedStore as error:
        raise DamagedStore("Its text is damaged: bytes have changed on the disk.") from error
    picture, thumbnail = picture_keys(row.image_hash, page.rotation)
    right = {"number": page.number, "engine": page.engine, "image_key": picture, "thumbnail_key": thumbnail}
    right["cache_key"] = cache_key(row.image_hash, page.engine)
    wrong = [column for column, value in right.items() if getattr(row, column) != value]
    if wrong:
        raise DamagedStore(f"Its text and its row contradict each other ({', '.join(wrong)}).")
    return page


def _languages(home: Home, document: Document, page: Page, name: str) -> Iterator[Problem]:
    right = sorted((row["language"], row["num_characters"]) for row in language_rows(document.id, page))
    with home.library.store.read() as tx:
        rows = tx.rows(
            "SELECT language, num_characters FROM page_languages WHERE document_id = :id AND number = :number",
            id=document.id,
            number=page.number,
        )
    if sorted((row["language"], row["num_characters"]) for row in rows) != right:
        text = "What is noted of its languages is not what its text says."
        yield Problem("document", name, text, lambda: _noted_again(home, document, page))


def _noted_again(home: Home, document: Document, page: Page) -> str:
    with home.library.store.write() as tx:
        tx.run(
            "DELETE FROM page_languages WHERE document_id = :id AND number = :number",
            id=document.id,
            number=page.number,
        )
        tx.insert("page_languages", language_rows(document.id, page))
        refresh(tx, document.id)
    return "its languages were noted again"


def read_again(home: Home, document: Document, number: int) -> str:
    """Gives the page back to the queue, by way of a failure that says why."""
    error = "What was read of the page was damaged on the disk; it is read again."
    home.library.commits.fail_damaged_page(document.id, number, error)
    with home.library.store.write() as tx:
        row_damage.renew_checksums(tx, "pages", "document_id = :id AND number = :number", id=document.id, number=number)
    with home.library.store.read() as tx:
        if tx.value("SELECT 1 FROM bin WHERE document_id = :id", id=document.id):
            raise DocintelError("The document is in the bin: it is read again once it is restored and retried.")
    if not home.queue.retry(document.id, number):
        raise DocintelError("It could not be given back to the queue. `docintel retry` tries again.")
    return "it waits to be read again, by the app or `docintel worker`"
