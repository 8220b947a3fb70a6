"""Small homes, small documents and a small embedding model for tests of what keeps, reads and finds documents."""

import re
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from zlib import crc32

import numpy as np
import pymupdf
from numpy.typing import NDArray
from PIL import Image

from docintel.embedding import Embedder, SimilarityScale
from docintel.library import Library
from docintel.library.jobs.commits import Commits
from docintel.model import BBox, Block, BlockLabel, Page
from docintel.pipeline import ReadPage, jpeg
from docintel.settings import Settings
from docintel.workers.worker import Worker
from tests.waiting import PATIENCE_S

DIMENSION = 32


class WordCounts:
    """An Embedder that counts words into buckets: equal words make vectors alike. Knows English only."""

    def __init__(self, model: str = "word-counts@1") -> None:
        self._model = model
        self.num_passages = 0

    @property
    def model(self) -> str:
        return self._model

    @property
    def dimension(self) -> int:
        return DIMENSION

    @property
    def languages(self) -> frozenset[str] | None:
        return frozenset({"en"})

    @property
    def scale(self) -> SimilarityScale:
        return SimilarityScale(floor=0.1)

    def knows(self, language: str | None) -> bool:
        return language == "en"

    def passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.num_passages += len(texts)
        return np.array([self.query(text) for text in texts], dtype=np.float32).reshape(-1, DIMENSION)

    def query(self, text: str) -> NDArray[np.float32]:
        vector = np.full(DIMENSION, 1e-3, dtype=np.float32)
        for word in re.findall(r"\w+", text.lower()):
            vector[crc32(word.encode()) % DIMENSION] += 1
        return (vector / np.linalg.norm(vector)).astype(np.float32)


def settings_in(folder: Path, **changes: object) -> Settings:
    """Settings of a home in `folder`, with the fake engine and one reading process."""
    values = {"home": folder / "home", "engine": "fake", "jobs": 1, "dpi": 50, **changes}
    return Settings(_env_file=None, **values)  # type: ignore[arg-type]


def settings_beside(path: Path, **changes: object) -> Settings:
    """Settings of a home that is there, in a folder beside `path`."""
    settings = settings_in(path.parent / "library", **changes)
    settings.home.mkdir(parents=True, exist_ok=True)
    return settings


def pdf(path: Path, *pages: str, password: str = "") -> Path:
    """A born-digital PDF with a page for each text."""
    with pymupdf.open() as document:
        for text in pages:
            document.new_page().insert_textbox((72, 72, 520, 760), text, fontsize=12)
        encryption = {"encryption": pymupdf.PDF_ENCRYPT_AES_256, "user_pw": password, "owner_pw": password}
        document.save(path, **(encryption if password else {}))
    return path


def picture(path: Path, shade: int = 200, *, size: tuple[int, int] = (60, 80)) -> Path:
    """A picture of one page, told from others by its shade."""
    Image.new("RGB", size, (shade, shade, shade)).save(path)
    return path


def page_of(text: str, *, number: int = 1, language: str | None = "en", rotation: int = 0) -> Page:
    block = Block(
        id="b1", label=BlockLabel.TEXT, bbox=BBox(x0=0.1, y0=0.1, x1=0.9, y1=0.2), text=text, language=language
    )
    return Page(number=number, width=600, height=800, rotation=rotation, blocks=(block,), engine="test/1")


def read_of(page: Page, *, name: str = "") -> ReadPage:
    """A page as a reading process returns it; `name` tells its picture from others."""
    image = f"{crc32((name or page.text).encode()):08x}"
    picture = jpeg(np.zeros((8, 6, 3), dtype=np.uint8))
    return ReadPage(
        page=page,
        image_hash=image,
        image_key=f"images/{image[:2]}/{image}-0.jpg",
        image=picture,
        thumbnail_key=f"thumbnails/{image[:2]}/{image}-0.jpg",
        thumbnail=picture,
        cache_entry=b"",
        cache_key=f"{image[:2]}/{image}",
        cached=False,
        is_final=True,
        seconds=0.5,
    )


def committing_with(library: Library, commits: type[Commits]) -> Library:
    """The same library, whose workers hand in by way of `commits`."""
    view = library.for_user(library.user)
    view.commits = commits(library.store)
    return view


def in_the_open(library: Library) -> Library:
    """The same library, whose reading processes have no sandbox: what a test has them do may write files."""
    return Library(library.store, library.settings.model_copy(update={"sandbox": "off"}))


def work(library: Library, embedder: Embedder | None = None) -> None:
    """Reads all that waits, with real reading processes."""
    Worker(library, embedder=embedder or WordCounts()).run(until_idle=True)


@contextmanager
def working(library: Library) -> Iterator[None]:
    """A worker at work, in a thread, while inside."""
    stopped = threading.Event()
    worker = threading.Thread(target=lambda: Worker(library, embedder=None).run(should_stop=stopped.is_set))
    worker.start()
    try:
        yield
    finally:
        stopped.set()
        worker.join(PATIENCE_S)
