"""A PDF that is cut off or otherwise repaired says so wherever somebody looks at it."""

import random
from collections.abc import Iterator
from pathlib import Path

import pymupdf
import pytest

from docintel.damage import BREAKS_OFF, REPAIRED
from docintel.errors import DamagedFile, PageError
from docintel.export import export
from docintel.home import Home
from docintel.ingest import IngestOptions, IngestResult, ingest
from docintel.intake import inspect, render
from docintel.model import Document, DocumentState
from docintel.ui import cards
from tests.houses import settings_in, work

SAMPLES = Path(__file__).resolve().parent.parent / "samples"
SETTINGS = settings_in(Path("unused"))
NUM_PAGES = 3


def report() -> bytes:
    """A text and a picture that can't be compressed on each of three pages."""
    dice = random.Random(1)
    with pymupdf.open() as document:
        for number in range(NUM_PAGES):
            page = document.new_page()
            page.insert_text((72, 100), f"page {number + 1} of the annual report")
            noise = pymupdf.Pixmap(pymupdf.csRGB, 60, 60, dice.randbytes(60 * 60 * 3), 0)
            page.insert_image((72, 200, 400, 500), stream=noise.tobytes("png"))
        return bytes(document.tobytes())


def what_is_said(path: Path) -> Iterator[str]:
    """Of each page: its damage, or why nothing of it can be shown; empty where nothing is said."""
    try:
        num_pages = inspect(path, settings=SETTINGS).num_pages
    except DamagedFile as error:
        yield str(error)
        return
    for number in range(1, num_pages + 1):
        try:
            yield "".join(note for note in render(path, number, settings=SETTINGS).notes if note == REPAIRED)
        except PageError as error:
            yield str(error)


@pytest.mark.parametrize("share", [0.01, 0.03, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99])
def test_every_page_of_a_pdf_that_is_cut_off_says_so(share: float, tmp_path: Path) -> None:
    path, whole = tmp_path / "report.pdf", report()
    path.write_bytes(whole[: int(len(whole) * share)])
    assert all("damaged" in said for said in what_is_said(path))


def test_whole_pdfs_say_nothing_of_damage(tmp_path: Path) -> None:
    (tmp_path / "report.pdf").write_bytes(report())
    for path in (tmp_path / "report.pdf", *sorted(SAMPLES.glob("*.pdf"))):
        assert set(what_is_said(path)) == {""}, path.name


def test_an_empty_page_of_a_whole_pdf_is_no_damage(tmp_path: Path) -> None:
    with pymupdf.open() as document:
        document.new_page()
        document.save(tmp_path / "empty.pdf")
    assert list(what_is_said(tmp_path / "empty.pdf")) == [""]


def test_pages_whose_content_was_cut_off_cannot_be_read(tmp_path: Path) -> None:
    path = tmp_path / "contract.pdf"
    for name in ("contract-russian.pdf", "stock-two-pages.pdf"):
        path.write_bytes((SAMPLES / name).read_bytes()[:3000])
        assert all(said.startswith("Nothing is left of page") for said in what_is_said(path)), name


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    with Home.open(settings_in(tmp_path)) as home:
        yield home


def added(home: Home, path: Path) -> Document:
    [result] = ingest(home.library, [path], IngestOptions())
    work(home.library)
    assert result.document
    return home.library.document(result.document)


def cut_off(folder: Path) -> Path:
    path, whole = folder / "report.pdf", report()
    path.write_bytes(whole[: len(whole) - 300])
    return path


def test_a_damaged_document_is_ready_with_a_note(home: Home, tmp_path: Path) -> None:
    document = added(home, cut_off(tmp_path))
    assert (document.state, document.error) == (DocumentState.READY, REPAIRED)
    assert IngestResult.of(document).is_good
    pages = list(home.library.pages(document.id))
    assert [page.notes for page in pages] == [(REPAIRED,)] * NUM_PAGES
    assert REPAIRED.encode() in export("json", document, pages, home.library)
    assert REPAIRED in cards.trouble(document)


def test_a_picture_that_breaks_off_is_noted_alike(home: Home, tmp_path: Path) -> None:
    path = tmp_path / "scan.png"
    pymupdf.Pixmap(pymupdf.csRGB, 200, 200, random.Random(1).randbytes(200 * 200 * 3), 0).save(path)
    path.write_bytes(path.read_bytes()[:60_000])
    document = added(home, path)
    assert (document.state, document.error) == (DocumentState.READY, BREAKS_OFF)


def test_a_document_of_which_nothing_is_left_has_failed(home: Home, tmp_path: Path) -> None:
    path = tmp_path / "contract.pdf"
    path.write_bytes((SAMPLES / "contract-russian.pdf").read_bytes()[:3000])
    document = added(home, path)
    assert document.state is DocumentState.FAILED
    assert document.error and document.error.startswith("Nothing is left of page 1")
