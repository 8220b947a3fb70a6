"""Pages → chunks: pieces small enough to be found by, each with the boxes it came from.

Chunks follow structure and stay on one page: a section's text stands under its headings, a table is split between
rows only and says its header again, key-value blocks stay whole, list items stay together, captions go with what
they describe. Running headers and footers are chunks of their own, once a document.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import groupby, pairwise
from operator import itemgetter

from docintel.model import BBox, Block, BlockLabel, Cell, Chunk, Page, Source, Table
from docintel.text import UNSPACED, one_line
from docintel.text.sentences import sentence_spans
from docintel.text.spans import boxes_of
from docintel.text.struck import in_force
from docintel.text.ticks import signed

MAX_PIECES = 180
"""Word pieces of one chunk, estimated; with its headings it stays under the 256 that MiniLM reads."""

_RUNNING = {BlockLabel.PAGE_HEADER, BlockLabel.PAGE_FOOTER}
_HEADINGS = {BlockLabel.TITLE, BlockLabel.SECTION_HEADER}
_WHOLE = {BlockLabel.KEY_VALUE, BlockLabel.FORM, BlockLabel.CHECKBOX, BlockLabel.SIGNATURE, BlockLabel.STAMP}
_RUNS = {BlockLabel.LIST_ITEM, BlockLabel.CHECKBOX}
_DESCRIBED = {BlockLabel.TABLE, BlockLabel.PICTURE, BlockLabel.CHART}
_CHARACTERS_PER_PIECE = 4


@dataclass(frozen=True)
class _Unit:
    """What a chunk is made of: text that is never torn, and where it stands."""

    text: str
    sources: tuple[Source, ...]
    blocks: tuple[Block, ...]
    stands_alone: bool = False

    @property
    def size(self) -> int:
        return num_pieces(self.text)


def chunk_pages(document_id: str, pages: Iterable[Page]) -> list[Chunk]:
    """The chunks of `pages` (of one document, in order) in reading order; ids depend on place and text only."""
    chunks: list[Chunk] = []
    headings: list[tuple[int, str]] = []
    running: set[str] = set()
    table: Block | None = None
    for page in map(in_force, pages):
        body = [block for block in page.blocks if block.label not in _RUNNING and _says(block)]
        chunks += _running_chunks(document_id, page, running)
        for group in _sections(body):
            headings = _under(headings, group)
            units = list(_units(document_id, page, group, table))
            chunks += [_chunk(page, each, [text for _, text in headings]) for each in _packed(units)]
            table = next((block for block in reversed(group) if block.table), None)
    return _unique(chunks)


def searchable_text(chunk: Chunk) -> str:
    """What a chunk is found by: its headings and its text, nothing said twice."""
    return "\n".join([*(heading for heading in chunk.headings if heading not in chunk.text), chunk.text])


def num_pieces(text: str) -> int:
    """An estimate of the word pieces that an embedding model makes of `text`: characters of unspaced scripts singly."""
    wide = len(UNSPACED.findall(text))
    return wide + -(-(len(text) - wide) // _CHARACTERS_PER_PIECE)


def row_texts(table: Table) -> list[str]:
    """A line for each row, its cells in order with bars between; a cell over several rows is said in its first."""
    rows: list[list[Cell]] = [[] for _ in range(table.num_rows)]
    for cell in table.cells:
        if cell.row < table.num_rows:
            rows[cell.row].append(cell)
    return [" | ".join(one_line(c.text) for c in sorted(row, key=lambda c: c.column)) for row in rows]


def num_header_rows(table: Table) -> int:
    """Rows from the top whose every cell is a header."""
    for row in range(table.num_rows):
        cells = [cell for cell in table.cells if cell.row == row]
        if not cells or not all(cell.is_header for cell in cells):
            return row
    return 0


def _says(block: Block) -> bool:
    return bool(block.text.strip()) or (block.table is not None and any(c.text.strip() for c in block.table.cells))


def _sections(blocks: Sequence[Block]) -> Iterator[list[Block]]:
    """Blocks from one heading to the next; headings that follow each other begin one section."""
    section: list[Block] = []
    for block in blocks:
        if block.label in _HEADINGS and section and section[-1].label not in _HEADINGS:
            yield section
            section = []
        section.append(block)
    if section:
        yield section


def _under(headings: list[tuple[int, str]], section: Sequence[Block]) -> list[tuple[int, str]]:
    for block in section:
        if block.label in _HEADINGS:
            level = block.level or (1 if block.label == BlockLabel.TITLE else 2)
            headings = [*(each for each in headings if each[0] < level), (level, one_line(block.text))]
    return headings


def _units(document_id: str, page: Page, section: Sequence[Block], table: Block | None) -> Iterator[_Unit]:
    for blocks in _kept_together(section):
        described = next((block for block in blocks if block.table), None)
        if described:
            header = _header_from(table, described)
            yield from _table_units(document_id, page, blocks, described, header)
            table = described
        elif len(blocks) > 1 or blocks[0].label in _WHOLE:
            yield from _whole_units(document_id, page, blocks)
        else:
            yield from _text_units(document_id, page, blocks[0])


def _kept_together(section: Sequence[Block]) -> Iterator[list[Block]]:
    """Runs of blocks that belong to each other: list items, check boxes with their question, captions with what they
    describe, else one by one."""
    starts = {block.id for block, after in pairwise(section) if _asks(block, after)}
    number = 0
    runs: list[tuple[tuple[BlockLabel | None, int], Block]] = []
    for block in section:
        number += block.id in starts
        label = BlockLabel.CHECKBOX if block.id in starts else block.label
        runs.append(((label if label in _RUNS else None, number), block))
    for (label, _), run in groupby(runs, key=itemgetter(0)):
        blocks = [block for _, block in run]
        if label:
            yield blocks
        else:
            yield from _with_captions(blocks)


def _asks(block: Block, after: Block) -> bool:
    """Whether a block is the question that check boxes answer."""
    is_text = block.table is None and block.label is not BlockLabel.CHECKBOX
    return is_text and after.label is BlockLabel.CHECKBOX and num_pieces(block.text) < MAX_PIECES // 3


def _with_captions(blocks: Sequence[Block]) -> Iterator[list[Block]]:
    waiting: list[Block] = []
    for block in blocks:
        if block.label == BlockLabel.CAPTION or (waiting and block.label in _DESCRIBED):
            waiting.append(block)
            if block.label in _DESCRIBED:
                yield waiting
                waiting = []
        else:
            yield from ([caption] for caption in waiting)
            waiting = []
            yield [block]
    yield from ([caption] for caption in waiting)


def _whole_units(document_id: str, page: Page, blocks: Sequence[Block]) -> Iterator[_Unit]:
    """Blocks that stay together as far as they fit into one chunk, each of them whole."""
    for part in _fitting(blocks):
        sources = tuple(_source(document_id, page, block, block.bbox) for block in part)
        yield _Unit("\n".join(signed(block).strip() for block in part), sources, tuple(part))


def _fitting(blocks: Sequence[Block]) -> Iterator[list[Block]]:
    part: list[Block] = []
    for block in blocks:
        if part and sum(num_pieces(b.text) for b in [*part, block]) > MAX_PIECES:
            yield part
            part = []
        part.append(block)
    yield part


def _text_units(document_id: str, page: Page, block: Block) -> Iterator[_Unit]:
    """A block whole, or where it is too long its sentences, as many together as fit."""
    if num_pieces(block.text) <= MAX_PIECES:
        yield _Unit(block.text.strip(), (_source(document_id, page, block, block.bbox),), (block,))
        return
    for start, end in _spans_that_fit(block.text):
        bbox = BBox.around(boxes_of(block, start, end, page.words))
        yield _Unit(block.text[start:end], (_source(document_id, page, block, bbox),), (block,), stands_alone=True)


def _spans_that_fit(text: str) -> Iterator[tuple[int, int]]:
    pieces = [span for sentence in sentence_spans(text) for span in _torn(text, *sentence)]
    start, end = pieces[0]
    for next_start, next_end in pieces[1:]:
        if num_pieces(text[start:next_end]) > MAX_PIECES:
            yield start, end
            start = next_start
        end = next_end
    yield start, end


def _torn(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """A sentence as it is, or one without an end in sight cut where words end."""
    while num_pieces(text[start:end]) > MAX_PIECES:
        wide = UNSPACED.search(text, start, start + MAX_PIECES)
        cut = start + (MAX_PIECES if wide else MAX_PIECES * _CHARACTERS_PER_PIECE)
        cut = (
            max(text.rfind(" ", start + 1, cut), text.rfind("\n", start + 1, cut))
            if " " in text[start + 1 : cut]
            else cut
        )
        yield start, cut
        start = cut
    yield start, end


def _table_units(
    document_id: str, page: Page, blocks: Sequence[Block], described: Block, header: list[str]
) -> Iterator[_Unit]:
    """Rows of a table, as many together as fit, under its caption and header."""
    table = described.table or Table(num_rows=0, num_columns=0, cells=())
    captions = [block for block in blocks if block is not described]
    above = [*(one_line(block.text) for block in captions), *header]
    beside = tuple(_source(document_id, page, block, block.bbox) for block in captions)
    rows = row_texts(table)
    first = num_header_rows(table) if num_header_rows(table) < len(rows) else 0
    for start, end in _rows_that_fit(rows, first, MAX_PIECES - num_pieces("\n".join(above))):
        text = "\n".join([*above, *(row for row in rows[start:end] if row.strip(" |"))])
        bbox = _rows_bbox(table, start, end) if (start, end) != (first, len(rows)) else described.bbox
        yield _Unit(text, (_source(document_id, page, described, bbox), *beside), tuple(blocks), stands_alone=True)


def _rows_that_fit(rows: Sequence[str], first: int, room: int) -> Iterator[tuple[int, int]]:
    start, used = first, 0
    for index in range(first, len(rows)):
        size = num_pieces(rows[index]) + 1
        if used and used + size > room:
            yield start, index
            start, used = index, 0
        used += size
    yield start, len(rows)


def _rows_bbox(table: Table, start: int, end: int) -> BBox | None:
    boxes = [cell.bbox for cell in table.cells if start <= cell.row < end and cell.bbox]
    return BBox.around(boxes) if boxes else None


def _header_from(previous: Block | None, block: Block) -> list[str]:
    """The header rows' lines of a table, or of the one that it goes on from."""
    table = block.table
    if not table:
        return []
    own = row_texts(table)[: num_header_rows(table)]
    if own or not previous or not previous.table or previous.table.num_columns != table.num_columns:
        return own if len(own) < table.num_rows else []
    return row_texts(previous.table)[: num_header_rows(previous.table)]


def _packed(units: Sequence[_Unit]) -> Iterator[list[_Unit]]:
    """Units in order, as many in a chunk as fit; what stands alone has only the headings before it as company."""
    packed: list[_Unit] = []
    for unit in units:
        only_headings = all(block.label in _HEADINGS for each in packed for block in each.blocks)
        full = sum(each.size for each in packed) + unit.size > MAX_PIECES
        alone = unit.stands_alone or any(each.stands_alone for each in packed)
        if packed and not only_headings and (full or alone):
            yield packed
            packed = []
        packed.append(unit)
    if packed:
        yield packed


def _running_chunks(document_id: str, page: Page, seen: set[str]) -> Iterator[Chunk]:
    """Headers and footers that no page before said, each place's together; page numbers alone say nothing."""
    for _, run in groupby(
        (block for block in page.blocks if block.label in _RUNNING and _says(block)), key=lambda block: block.label
    ):
        new = [
            block for block in run if any(c.isalpha() for c in block.text) and _without_numbers(block.text) not in seen
        ]
        seen.update(_without_numbers(block.text) for block in new)
        if new:
            yield from (_chunk(page, [unit], []) for unit in _whole_units(document_id, page, new))


def _without_numbers(text: str) -> str:
    return re.sub(r"\d+", "#", one_line(text).casefold())


def _chunk(page: Page, units: Sequence[_Unit], headings: Sequence[str]) -> Chunk:
    text = "\n".join(unit.text for unit in units)
    bodies = [unit for unit in units if any(block.label not in _HEADINGS for block in unit.blocks)]
    sources = [source for unit in units for source in unit.sources]
    first = bodies[0].sources[0] if bodies else sources[0]
    return Chunk(
        id=_id(sources, text),
        text=text,
        headings=tuple(headings),
        language=_language([block for unit in units for block in unit.blocks], page),
        sources=tuple(sorted(sources, key=lambda source: source is not first)),
    )


def _id(sources: Iterable[Source], text: str) -> str:
    digest = sha256(text.encode(errors="surrogatepass"))
    for source in sources:
        digest.update(f"\0{source.model_dump_json()}".encode())
    return digest.hexdigest()[:32]


def _language(blocks: Sequence[Block], page: Page) -> str | None:
    """The language most of the blocks' text is in; where only a script is known, the page's if it has that script."""
    written: dict[str, int] = {}
    for block in blocks:
        if block.language:
            written[block.language] = written.get(block.language, 0) + len(block.text)
    known = {language: size for language, size in written.items() if not language.startswith("und")}
    best = max(known or written, key=lambda language: (known or written)[language], default=None)
    if best == "und-Hani":
        return next((language for language in page.languages if language in ("ja", "zh", "ko")), best)
    return best


def _source(document_id: str, page: Page, block: Block, bbox: BBox | None) -> Source:
    return Source(document_id=document_id, page_number=page.number, block_id=block.id, bbox=bbox or block.bbox)


def _unique(chunks: Iterable[Chunk]) -> list[Chunk]:
    """The same words at the same place twice (a sentence repeated, its lines unknown) get ids of their own."""
    seen: Counter[str] = Counter()
    unique = []
    for chunk in chunks:
        again = seen[chunk.id]
        seen[chunk.id] += 1
        unique.append(chunk.model_copy(update={"id": f"{chunk.id[:-4]}{again:04x}"}) if again else chunk)
    return unique
