"""Pictures of a document: what its picture and chart blocks show, cut out of the page."""

from collections.abc import Sequence
from io import BytesIO

from PIL import Image

from docintel.export.source import Files
from docintel.model import BlockLabel, Document, Page

SHOWN = (BlockLabel.PICTURE, BlockLabel.CHART)
QUALITY = 90

Key = tuple[int, str]
"""Page number and block id."""


def pictures(document: Document, pages: Sequence[Page], files: Files) -> dict[Key, bytes]:
    """JPEGs of the blocks that are pictures, in reading order. Raises NotFound where a page's image is gone."""
    found: dict[Key, bytes] = {}
    for page in pages:
        blocks = [block for block in page.blocks if block.label in SHOWN and block.bbox.area]
        if not blocks:
            continue
        with Image.open(BytesIO(files.page_image(document.id, page.number)), formats=("JPEG",)) as image:
            for block in blocks:
                box = block.bbox
                left, right = round(box.x0 * image.width), round(box.x1 * image.width)
                top, bottom = round(box.y0 * image.height), round(box.y1 * image.height)
                out = BytesIO()
                image.crop((left, top, max(right, left + 1), max(bottom, top + 1))).convert("RGB").save(
                    out, "JPEG", quality=QUALITY
                )
                found[page.number, block.id] = out.getvalue()
    return found
