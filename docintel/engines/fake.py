"""An engine that says what it is told: for tests, and for trying everything but reading."""

from collections.abc import Callable, Sequence

from docintel.errors import DocintelError
from docintel.intake.page_image import PageImage
from docintel.model import BBox, Block, BlockLabel, Page, Word
from docintel.runtime import ProgressCallback, ignore_progress
from docintel.settings import Settings

Script = Callable[[PageImage], Page | DocintelError]


class FakeEngine:
    """Answers each image with `script(image)`; counts what it was asked in `seen` (image hashes)."""

    def __init__(self, script: Script | None = None, *, fingerprint: str = "fake/1") -> None:
        self._script = script or page_of_its_words
        self._fingerprint = fingerprint
        self.seen: list[str] = []

    @property
    def fingerprint(self) -> str:
        return self._fingerprint

    def read(
        self, images: Sequence[PageImage], _on_progress: ProgressCallback = ignore_progress
    ) -> list[Page | DocintelError]:
        self.seen += [image.hash for image in images]
        return [self._script(image) for image in images]


def page_of_its_words(image: PageImage) -> Page:
    """One text block that says the embedded words, or the start of the image's hash where there are none."""
    words = image.words or (Word(text=f"page {image.hash[:12]}", bbox=BBox(x0=0.1, y0=0.1, x1=0.9, y1=0.2)),)
    block = Block(
        id="b1",
        label=BlockLabel.TEXT,
        bbox=BBox.around(word.bbox for word in words),
        text=" ".join(word.text for word in words),
        language="en",
    )
    return Page(
        number=image.number,
        width=image.width,
        height=image.height,
        blocks=(block,),
        words=words,
        engine="fake/1",
        notes=image.notes,
    )


def open_engine(_settings: Settings) -> FakeEngine:
    return FakeEngine()


def describe(settings: Settings) -> str:
    return open_engine(settings).fingerprint
