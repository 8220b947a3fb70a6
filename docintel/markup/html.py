"""Answers to `qwenvl html`: blocks, each any tag with data-bbox="x0 y0 x1 y1" (or data-polygon)."""

from collections.abc import Iterator

from docintel import tables
from docintel.markup.boxes import read_box, read_polygon
from docintel.markup.cells import WrittenCell, span_of, table_of
from docintel.markup.labels import label_of, level_of
from docintel.markup.latex import tabular_of
from docintel.markup.parsed import Blocks, Parsed
from docintel.markup.plain_text import clean_text, without_wrapping
from docintel.markup.tags import tokenize
from docintel.markup.tree import Element, build_tree
from docintel.model import BBox, BlockLabel

LINES = frozenset({"br", "p", "div", "li", "ul", "ol", "dt", "dd", "tr", "hr", "section", "blockquote", "table"})
"""Tags that begin a line of text and end it."""
BLOCKS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6", "p", "li", "table", "figcaption", "pre", "header", "footer"})
"""Tags that are blocks even without a place."""
CELLS = frozenset({"td", "th"})
KEEPS_LINES = frozenset({BlockLabel.CODE, BlockLabel.FORMULA, BlockLabel.TABLE})


def read_html(output: str) -> Parsed:
    """The blocks of an answer; one that breaks off gives all that it said until then."""
    tree = build_tree(tokenize(without_wrapping(output)))
    blocks = Blocks()
    _read(tree.root, blocks)
    return blocks.parsed(is_whole=tree.is_whole)


def _read(element: Element, blocks: Blocks) -> None:
    """The blocks of an element that is none itself: its elements', and what stands loose between them."""
    loose: list[Element | str] = []
    for child in element.children:
        if isinstance(child, str) or not _has_blocks(child):
            loose.append(child)
            continue
        _add_loose(loose, blocks)
        loose = []
        if _is_block(child):
            _add(child, blocks)
        else:
            _read(child, blocks)
    _add_loose(loose, blocks)


def _add_loose(children: list[Element | str], blocks: Blocks) -> None:
    blocks.add(BlockLabel.TEXT, _text(Element("", children=children)))


def _has_blocks(element: Element) -> bool:
    return _is_block(element) or any(map(_is_block, element.descendants()))


def _is_block(element: Element) -> bool:
    return element.name in BLOCKS or _is_placed(element)


def _is_placed(element: Element) -> bool:
    return "data-bbox" in element.attributes or "data-polygon" in element.attributes


def _place(element: Element) -> BBox | None:
    return read_box(element.attributes.get("data-bbox", "")) or read_polygon(element.attributes.get("data-polygon", ""))


def _add(element: Element, blocks: Blocks) -> None:
    """What the element says itself, its tables, then the blocks that are placed inside it."""
    label = label_of(element.name, element.attributes.get("class", ""))
    place = _place(element)
    written = list(_tables_of(element))
    text = _text(element, keep_lines=label in KEEPS_LINES) or clean_text(element.attributes.get("alt", ""))
    if label is BlockLabel.TABLE and written:
        label = BlockLabel.CAPTION
    tabular = tabular_of(text) if label is BlockLabel.TABLE else None
    if text or not written:
        blocks.add(
            label,
            text if tabular is None else tables.to_text(tabular),
            bbox=place,
            level=level_of(label, element.name),
            table=tabular,
        )
    for table in written:
        _add_table(table, blocks, place=place)
    for inner in _placed_inside(element):
        _add(inner, blocks)


def _add_table(element: Element, blocks: Blocks, *, place: BBox | None) -> None:
    place = _place(element) or place
    for caption in (inner for inner in element.children if isinstance(inner, Element) and inner.name == "caption"):
        blocks.add(BlockLabel.CAPTION, _text(caption), bbox=place)
    table = table_of([list(_cells(row, is_head=is_head)) for row, is_head in _rows(element)])
    if table:
        blocks.add(BlockLabel.TABLE, tables.to_text(table), bbox=place, table=table)
    blocks.add(BlockLabel.TEXT, clean_text("".join(_between_cells(element))), bbox=place)


def _tables_of(element: Element) -> Iterator[Element]:
    """The element itself if it is a table, or the tables inside it; one in a cell is text of that cell."""
    if element.name == "table":
        yield element
        return
    for child in element.children:
        if isinstance(child, Element) and (child.name == "table" or not _is_placed(child)):
            yield from _tables_of(child)


def _placed_inside(element: Element) -> Iterator[Element]:
    """Placed elements, but not those inside them, which are found there, nor tables and what is in their cells."""
    if element.name == "table":
        return
    for child in element.children:
        if isinstance(child, str):
            continue
        if _is_placed(child) and child.name != "table":
            yield child
        else:
            yield from _placed_inside(child)


def _text(element: Element, *, keep_lines: bool = False) -> str:
    """What an element says, without its tables and the placed elements inside it."""
    if element.name == "table":
        return ""
    return clean_text("".join(_words(element, keep_lines=keep_lines or element.name == "pre")))


def _words(element: Element, *, keep_lines: bool = False) -> Iterator[str]:
    for child in element.children:
        if isinstance(child, str):
            yield child if keep_lines else _on_one_line(child)
        elif child.name != "table" and not _is_placed(child):
            around = "\n" if child.name in LINES else " " if child.name in CELLS else ""
            yield around
            yield from _words(child, keep_lines=keep_lines or child.name == "pre")
            yield around


def _on_one_line(text: str) -> str:
    """White space as one space each, at the ends too."""
    return " ".join(f".{text}.".split())[1:-1]


def _between_cells(element: Element) -> Iterator[str]:
    """Text of a table that somebody forgot to put into a cell."""
    for child in element.children:
        if isinstance(child, str):
            yield _on_one_line(child)
        elif child.name not in {*CELLS, "caption"}:
            yield "\n"
            yield from _between_cells(child)


def _rows(element: Element, *, is_head: bool = False) -> Iterator[tuple[Element, bool]]:
    """Rows, and whether they stand in the table's head; cells without a row are one."""
    astray: list[Element | str] = []
    for child in element.children:
        if isinstance(child, str):
            continue
        if child.name in CELLS:
            astray.append(child)
        elif child.name == "tr":
            yield child, is_head
        elif child.name != "caption":
            yield from _rows(child, is_head=is_head or child.name == "thead")
    if astray:
        yield Element("tr", children=astray), is_head


def _cells(row: Element, *, is_head: bool) -> Iterator[WrittenCell]:
    for child in row.children:
        if isinstance(child, Element) and child.name in CELLS:
            yield WrittenCell(
                text=_text(_bare(child)),
                row_span=span_of(child.attributes.get("rowspan", "")),
                column_span=span_of(child.attributes.get("colspan", "")),
                is_header=is_head or child.name == "th",
            )


def _bare(element: Element) -> Element:
    """A cell's content without places and tables of its own: all of it is the cell's."""
    children = [child if isinstance(child, str) else _bare(child) for child in element.children]
    return Element("div" if element.name == "table" else element.name, children=children)
