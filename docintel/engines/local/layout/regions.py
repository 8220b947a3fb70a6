"""PyMuPDF's layout analysis of a page that was scanned.

The model (pymupdf-layout, AGPL) looks at a PDF page: its picture and its text lines. A scan has no text, so a page is
made with the scan's picture and the recognised words put over it invisibly. Words are spelled in ASCII stand-ins of
the same shape (letters x, digits kept): only length, case, digits and place matter to the model, and one built-in
font then serves every script.
"""

import contextlib
import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from typing import Any

import cv2
import onnxruntime
import pymupdf

from docintel.engines.local.geometry import Pixels
from docintel.engines.local.layout.sheet import Sheet, sheet_for
from docintel.errors import EngineUnavailable
from docintel.model import BBox, BlockLabel

LABELS = {
    "text": BlockLabel.TEXT,
    "title": BlockLabel.TITLE,
    "picture": BlockLabel.PICTURE,
    "table": BlockLabel.TABLE,
    "list-item": BlockLabel.LIST_ITEM,
    "page-header": BlockLabel.PAGE_HEADER,
    "page-footer": BlockLabel.PAGE_FOOTER,
    "section-header": BlockLabel.SECTION_HEADER,
    "footnote": BlockLabel.FOOTNOTE,
    "caption": BlockLabel.CAPTION,
    "formula": BlockLabel.FORMULA,
}
PAGE_SIDE = 842.0
"""Longer side, in points, of the model's page: it knows pages of A4's size, whatever the paper was."""
PICTURE_SIDE = 1200
"""Longer side, in pixels, of the picture that the model's page carries."""
FINGERPRINT = f"layout-{version('pymupdf-layout')}"


@dataclass(frozen=True)
class Region:
    """A box that the layout analysis found. The grid is in fractions of the page: where a table's lines run."""

    label: BlockLabel
    bbox: BBox
    confidence: float
    rows: tuple[float, ...] = ()
    columns: tuple[float, ...] = ()


@dataclass(frozen=True)
class TextLine:
    """What the model is shown of one line: its box on the levelled page and its text."""

    bbox: BBox
    text: str
    direction: int = 0


class LayoutModel:
    """One model, single-threaded."""

    def __init__(self) -> None:
        try:
            from pymupdf.layout.onnx.BoxRFDGNN import BoxRFDGNN

            self._model = BoxRFDGNN(feature_set_name="imf+rf", enable_inference_cache=False)
        except Exception as error:
            raise EngineUnavailable(
                f"PyMuPDF's layout analysis does not start ({error}). Install docintel's requirements again."
            ) from error
        _single_threaded(self._model)

    def regions(self, pixels: Pixels, lines: Sequence[TextLine]) -> list[Region]:
        """Regions of a levelled page; none where there is nothing to see."""
        if not lines:
            return []
        sheet = sheet_for(pixels.shape[1], pixels.shape[0], [line.bbox for line in lines])
        if sheet.is_picture:
            return self._regions(pixels, lines)
        moved = [replace(line, bbox=sheet.on_sheet(line.bbox)) for line in lines]
        found = self._regions(sheet.drawn(pixels, PICTURE_SIDE), moved)
        return [_back(region, sheet) for region in found]

    def _regions(self, pixels: Pixels, lines: Sequence[TextLine]) -> list[Region]:
        scale = PAGE_SIDE / max(pixels.shape[:2])
        height, width = (side * scale for side in pixels.shape[:2])
        with pymupdf.open() as document:
            page = _page(document, pixels, lines, width, height)
            with contextlib.redirect_stdout(io.StringIO()):
                groups = self._model.predict(page, return_raw=True)
        return [_region(group, width, height) for group in groups]


def _back(region: Region, sheet: Sheet) -> Region:
    """A sheet's region as one of the picture that lies on it."""
    return replace(
        region,
        bbox=sheet.on_picture(region.bbox),
        rows=tuple(map(sheet.down, region.rows)),
        columns=tuple(map(sheet.across, region.columns)),
    )


def _single_threaded(model: Any) -> None:
    """Opens the model's sessions again with one thread: pages are read side by side in processes."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = False
    for owner, name in (
        (model, "session"),
        (model.feature_extractor, "_session"),
        (model.table_grid_extractor, "_grid_sess"),
    ):
        path = getattr(owner, name)._model_path
        setattr(owner, name, onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"]))


def _page(document: Any, pixels: Pixels, lines: Sequence[TextLine], width: float, height: float) -> Any:
    page = document.new_page(width=width, height=height)
    scale = min(1.0, PICTURE_SIDE / max(pixels.shape[:2]))
    small = cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1 else pixels
    page.insert_image(page.rect, stream=_jpeg(small))
    for line in lines:
        _write(page, line, width, height)
    return page


def _jpeg(pixels: Pixels) -> bytes:
    """As good as lossless. PyMuPDF hands a JPEG over as it is, where it would compress other pictures for the model's
    list of what is on the page, which only their boxes are taken from."""
    quality = (cv2.IMWRITE_JPEG_QUALITY, 100)
    sampling = (cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444)
    _, encoded = cv2.imencode(".jpg", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR), (*quality, *sampling))
    return encoded.tobytes()


def _write(page: Any, line: TextLine, width: float, height: float) -> None:
    """The line's stand-in, invisible, stretched to the width of its box."""
    box = pymupdf.Rect(line.bbox.x0 * width, line.bbox.y0 * height, line.bbox.x1 * width, line.bbox.y1 * height)
    text = stand_in(line.text)
    along, across = (box.height, box.width) if line.direction % 180 else (box.width, box.height)
    size = max(across * 0.85, 1.0)
    natural = pymupdf.get_text_length(text, fontname="helv", fontsize=size)
    if not natural or box.is_empty:
        return
    corner = {0: box.bl, 90: box.tl, 180: box.tr, 270: box.br}[line.direction]
    start = corner + pymupdf.Point(0, -0.22 * across) * pymupdf.Matrix(line.direction)
    stretch = pymupdf.Matrix(along / natural, 1) * pymupdf.Matrix(-line.direction)
    page.insert_text(start, text, fontsize=size, fontname="helv", render_mode=3, morph=(start, stretch))


def stand_in(text: str) -> str:
    """The text's shape in ASCII."""
    return "".join(_ascii(character) for character in text)


def _ascii(character: str) -> str:
    if character.isascii() and character.isprintable():
        return character
    if character.isdigit():
        return "1"
    if character.isalpha():
        return "X" if character.isupper() else "x"
    return " " if character.isspace() else "-"


def _region(group: dict[str, Any], width: float, height: float) -> Region:
    x0, y0, x1, y1 = (float(value) for value in group["group_bbox"][:4])
    grid = group.get("table_grid")
    return Region(
        label=LABELS.get(group["class_name"], BlockLabel.TEXT),
        bbox=BBox.from_corners(x0, y0, x1, y1, width=width, height=height),
        confidence=float(group.get("group_score", 1.0)),
        rows=tuple(min(max((y0 + y) / height, 0.0), 1.0) for y in grid.h_lines) if grid else (),
        columns=tuple(min(max((x0 + x) / width, 0.0), 1.0) for x in grid.v_lines) if grid else (),
    )
