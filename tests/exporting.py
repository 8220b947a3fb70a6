"""Pages and the files that exports take beside them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

from lxml import etree
from PIL import Image

from docintel.model import BBox, Block, BlockLabel, Document, DocumentState, Page, Polygon, Word
from docintel.settings import Settings

SCHEMAS = Path(__file__).parent / "schemas"
A4 = (595.0, 842.0)


@dataclass
class SomeFiles:
    """An original, and a grey picture of every page."""

    path: Path
    settings: Settings = field(default_factory=lambda: Settings(_env_file=None))

    def original(self, document_id: str) -> Path:  # noqa: ARG002 - the only document
        return self.path

    def page_image(self, document_id: str, number: int) -> bytes:  # noqa: ARG002
        return jpeg()


def jpeg(size: tuple[int, int] = (595, 842), grey: int = 200) -> bytes:
    file = BytesIO()
    Image.new("L", size, grey).save(file, "JPEG")
    return file.getvalue()


def document(name: str = "scan.pdf", media_type: str = "application/pdf") -> Document:
    return Document(
        id="d1",
        collection="default",
        content="0" * 64,
        name=name,
        media_type=media_type,
        size=1,
        added_at=datetime(2024, 3, 1, tzinfo=UTC),
        state=DocumentState.READY,
        num_pages=1,
    )


def word(
    text: str,
    x: float,
    y: float,
    *,
    size: tuple[float, float] = (0.08, 0.02),
    direction: int = 0,
    polygon: Polygon | None = None,
    confidence: float | None = 0.9,
) -> Word:
    """Its box begins at `x`, `y`, in fractions of the page."""
    box = BBox.from_corners(x, y, x + size[0], y + size[1])
    values = {"text": text, "bbox": box, "direction": direction, "polygon": polygon, "confidence": confidence}
    return Word.model_validate(values)


def line_of(texts: Sequence[str], y: float, *, right_to_left: bool = False, gap: float = 0.01) -> list[Word]:
    """Words in reading order on one line of a page, each as wide as it is long."""
    words, x = [], 0.1
    for text in texts:
        width = 0.013 * len(text)
        words.append(word(text, 1 - x - width if right_to_left else x, y, size=(width, 0.02)))
        x += width + gap
    return words


def page_of(*paragraphs: Sequence[Word], number: int = 1, rotation: int = 0, size: tuple[float, float] = A4) -> Page:
    """Every paragraph is a block."""
    blocks = tuple(
        Block(
            id=f"b{place}",
            label=BlockLabel.TEXT,
            bbox=BBox.around(each.bbox for each in words),
            text=" ".join(each.text for each in words),
        )
        for place, words in enumerate(paragraphs, 1)
    )
    return Page(
        number=number,
        width=size[0],
        height=size[1],
        rotation=rotation,
        blocks=blocks,
        words=tuple(each for words in paragraphs for each in words),
        engine="fake",
    )


def schema(name: str) -> "etree.XMLSchema":
    parser = etree.XMLParser(no_network=True)
    parser.resolvers.add(_Xlink())
    return etree.XMLSchema(etree.parse(SCHEMAS / name, parser))


class _Xlink(etree.Resolver):  # type: ignore[misc] # lxml has no types
    def resolve(self, url: str, public_id: str, context: object) -> object:  # noqa: ARG002 - as lxml calls it
        if url.endswith("/xlink.xsd"):
            return self.resolve_filename(str(SCHEMAS / "xlink.xsd"), context)
        return None
