"""A file that has been read before is not rendered again: its pages are taken over, under the conditions for it."""

from pathlib import Path
from typing import Any

import pytest

from docintel.errors import PageError
from docintel.library import Library
from docintel.model import DocumentState
from docintel.pipeline import ReadPage, source_key
from docintel.settings import Settings
from docintel.workers import reading
from docintel.workers.worker import Worker
from tests.houses import WordCounts, in_the_open, pdf, settings_in

TEXTS = ("the first page", "the second page", "the third page")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return pdf(tmp_path / "d.pdf", *TEXTS)


def count_renderings(path: Path, number: int, *rest: Any) -> ReadPage:
    *_, settings = rest
    with (settings.home / "renderings").open("a") as file:
        file.write(f"{number}\n")
    return reading.read(path, number, *rest)


def rendered(library: Library, path: Path, collection: str, **options: Any) -> int:
    """How many pages of it were rendered."""
    log = library.settings.home / "renderings"
    log.unlink(missing_ok=True)
    document_id = library.add(path, name=path.name, collection=collection, **options).document.id
    Worker(in_the_open(library), embedder=WordCounts(), read=count_renderings).run(until_idle=True)
    assert library.document(document_id).state is DocumentState.READY
    return len(log.read_text().splitlines()) if log.exists() else 0


def test_the_same_file_in_another_collection_is_the_same_and_hardly_rendered(library: Library, file: Path) -> None:
    assert rendered(library, file, "one") == 3
    assert rendered(library, file, "two") == 1, "the first page tells which engine reads here"
    two, one = library.documents()
    assert library.pages(one.id) == library.pages(two.id)
    assert (two.pages_read, two.pages_cached) == (3, 3)
    assert [each.text for each in library.chunks.of(two.id)] == [each.text for each in library.chunks.of(one.id)]
    assert library.page_image(two.id, 3) == library.page_image(one.id, 3)
    library.delete(one.id)
    assert library.page_image(two.id, 3)
    library.delete(two.id)
    assert list(library.store.files.keys()) == []


def test_what_is_asked_for_in_other_languages_is_rendered(library: Library, file: Path) -> None:
    rendered(library, file, "one")
    assert rendered(library, file, "two", languages=("de",)) == 3
    assert rendered(library, file, "three", languages=("de",)) == 1


def test_a_page_whose_picture_is_missing_is_rendered(library: Library, file: Path) -> None:
    rendered(library, file, "one")
    with library.store.read() as tx:
        library.store.files.delete(tx.value("SELECT thumbnail_key FROM pages WHERE number = 2"))
    assert rendered(library, file, "two") == 2
    assert library.thumbnail(library.documents()[0].id, 2)


def test_a_damaged_page_is_nobody_s_twin(library: Library, file: Path) -> None:
    rendered(library, file, "one")
    with library.store.write() as tx:
        tx.run("UPDATE page_bodies SET body = :body WHERE number = 2", body=b"damaged")
    assert rendered(library, file, "two") == 2
    assert len(library.pages(library.documents()[0].id)) == 3


def fails(*_: Any) -> ReadPage:
    raise PageError("The page is torn.")


def test_what_has_failed_is_no_twin(library: Library, file: Path) -> None:
    library.add(file, name="d.pdf", collection="one")
    Worker(library, embedder=None, read=fails).run(until_idle=True)
    assert rendered(library, file, "two") == 3


def test_a_page_is_another_one_when_anything_changes_that_it_is_rendered_by(tmp_path: Path) -> None:
    def key(number: int = 1, *languages: str, content: str = "c", **changes: object) -> str:
        settings: Settings = settings_in(tmp_path, **changes)
        return source_key(content, number, languages, settings)

    assert key() == key()
    assert key(1, "de", "en") == key(1, "en", "de")
    others = [key(2), key(1, "de"), key(content="d"), key(dpi=75), key(max_pixels=1_000_000)]
    assert len({key(), *others}) == 6
