"""The page canvas: one page's image with its boxes, and its text beside it, in one Streamlit component (v2).

Clicking a box highlights its text, and the other way round, without a round trip; Python is notified afterwards, to put
the choice into the address. Everything is handed over as JSON and set as text in the browser.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from docintel.model import BBox, Block, Document, Page, Table, Word
from docintel.server.addresses import Addresses, polygons_at
from docintel.text.query.finds import Find
from docintel.text.struck import Span, pieces_of, struck_of_cells
from docintel.text.ticks import signed
from docintel.ui.components import component

if TYPE_CHECKING:
    from streamlit.components.v2.types import ComponentRenderer

    from docintel.library import PageStatus

HERE = Path(__file__).parent
SCRIPTS = ("drawing.js", "sheet.js", "found.js", "canvas.js")
EVENTS = ("page", "selected", "cleared", "retry", "stale")
NEARBY = 60
"""Thumbnails shown before and after the page, so that a long document stays light."""


@dataclass(frozen=True)
class View:
    """What the canvas shows: one page of a document, read or not, and what is lit on it."""

    document: Document
    number: int
    statuses: Sequence["PageStatus"]
    page: Page | None
    selected: str = ""
    lit_blocks: tuple[str, ...] = ()
    lit: tuple[BBox, ...] = ()
    found: tuple[Find, ...] = ()
    """Places on this page of what is looked for in the document, and the one that is shown of them."""
    find: Find | None = None


def canvas(view: View, addresses: Addresses, *, key: str, on_event: Callable[[], None]) -> None:
    """Draws the page. After an event `st.session_state[key]` has it under one of EVENTS, and `on_event` is called."""
    callbacks: dict[str, Any] = {f"on_{event}_change": on_event for event in EVENTS}
    _component()(key=key, data=canvas_data(view, addresses), **callbacks)


@cache
def _component() -> "ComponentRenderer":
    return component(HERE, SCRIPTS)


def canvas_data(view: View, addresses: Addresses) -> dict[str, Any]:
    """`view` as the component's JSON; boxes are lists x0 y0 x1 y1 in fractions of the page, polygons their points."""
    page = view.page
    return {
        "num_pages": view.document.num_pages,
        "page": _page(view, addresses),
        "pages": [_thumbnail(view, status, addresses) for status in view.statuses if _is_near(view, status.number)],
        "blocks": [_block(number, block) for number, block in enumerate(page.blocks, start=1)] if page else [],
        "words": [_word(word) for word in page.words] if page else [],
        "selected": view.selected or None,
        "lit_blocks": list(view.lit_blocks),
        "lit": _lit(view.lit, page),
        "found": [_find(find, page, is_shown=find is view.find) for find in view.found],
    }


def _is_near(view: View, number: int) -> bool:
    return abs(number - view.number) <= NEARBY


def _page(view: View, addresses: Addresses) -> dict[str, Any]:
    status = next((status for status in view.statuses if status.number == view.number), None)
    page = view.page
    return {
        "key": f"{view.document.id}/{view.number}",
        "number": view.number,
        "state": status.state if status else "queued",
        "error": status.error if status else None,
        "image": addresses.page(view.document.id, view.number) if page else None,
        "width": page.width if page else 595,
        "height": page.height if page else 842,
        "notes": list(page.notes) if page else [],
        "facts": facts(page, status) if page else [],
    }


def facts(page: Page, status: "PageStatus | None") -> list[str]:
    """What is known of a page's reading, in a few words each."""
    languages = ", ".join(page.languages[:3])
    confidence = f"{page.confidence:.0%} sure" if page.confidence is not None else ""
    turned = f"turned {page.rotation}°" if page.rotation else ""
    cached = "from the cache" if status and status.cached else ""
    corrected = "corrected" if status and status.corrected else ""
    return [fact for fact in (corrected, languages, confidence, turned, cached) if fact]


def _thumbnail(view: View, status: "PageStatus", addresses: Addresses) -> dict[str, Any]:
    is_read = status.state == "done"
    return {
        "number": status.number,
        "state": status.state,
        "title": f"Page {status.number}: {status.error}" if status.error else f"Page {status.number}",
        "thumbnail": addresses.thumbnail(view.document.id, status.number) if is_read else None,
    }


def _block(number: int, block: Block) -> dict[str, Any]:
    return {
        "id": block.id,
        "number": number,
        "label": block.label.value,
        "box": _box(block.bbox),
        "text": signed(block),
        "pieces": _pieces(block),
        "level": block.level,
        "confidence": block.confidence,
        "language": block.language,
        "table": _table(block.table, struck_of_cells(block)) if block.table else None,
    }


def _pieces(block: Block) -> list[tuple[str, bool]]:
    """Its text in pieces, struck or not, where some of it is struck."""
    pieces = pieces_of(block.text, block.struck)
    mark = signed(block).removesuffix(block.text)
    return [(mark, False), *pieces] if pieces and mark else pieces


def _table(table: Table, struck: Sequence[Sequence[Span]]) -> list[list[dict[str, Any]]]:
    rows: list[list[dict[str, Any]]] = [[] for _ in range(table.num_rows)]
    cells = zip(table.cells, struck, strict=True)
    for cell, spans in sorted(cells, key=lambda each: (each[0].row, each[0].column)):
        if cell.row < table.num_rows:
            rows[cell.row].append(
                {
                    "text": cell.text,
                    "pieces": pieces_of(cell.text, spans),
                    "rows": cell.row_span,
                    "columns": cell.column_span,
                    "header": cell.is_header,
                }
            )
    return rows


def _word(word: Word) -> list[Any]:
    return [*_box(word.bbox), word.confidence, word.text, *([word.polygon] if word.polygon else [])]


def _lit(boxes: Sequence[BBox], page: Page | None) -> list[dict[str, Any]]:
    polygons = polygons_at(boxes, page.words if page else ())
    return [{"box": _box(box), "polygon": polygon} for box, polygon in zip(boxes, polygons, strict=True)]


def _find(find: Find, page: Page | None, *, is_shown: bool) -> dict[str, Any]:
    return {"block": find.block_id, "written": find.written, "boxes": _lit(find.boxes, page), "shown": is_shown}


def _box(box: BBox) -> list[float]:
    return [round(value, 5) for value in (box.x0, box.y0, box.x1, box.y1)]
