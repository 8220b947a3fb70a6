"""How alike two tables are: TEDS, tree-edit-distance-based similarity.

After X. Zhong, E. ShafieiBavani, A. Jimeno Yepes: Image-based table recognition: data, model, and evaluation (ECCV
2020). A table is a tree: the table, its rows, their cells. TEDS = 1 - distance / nodes of the larger tree, where
inserting or deleting a node costs 1, a cell turned into one with other spans costs 1, and a cell turned into one with
the same spans costs the share of its letters that differ. TEDS-structure leaves the texts out. As is usual, head and
body, `th` and `td` are not told apart. Distances are computed by APTED (Pawlik and Augsten 2016).
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser

from apted import APTED, Config
from rapidfuzz.distance import Levenshtein


@dataclass
class Node:
    kind: str
    text: str = ""
    spans: tuple[int, int] = (1, 1)
    children: list["Node"] = field(default_factory=list)

    @property
    def size(self) -> int:
        return 1 + sum(child.size for child in self.children)


class _Costs(Config):  # type: ignore[misc]
    def rename(self, one: Node, other: Node) -> float:
        if one.kind != other.kind or one.spans != other.spans:
            return 1.0
        return float(Levenshtein.normalized_distance(one.text, other.text))

    def children(self, node: Node) -> list[Node]:
        return node.children


def teds(truth: Node, found: Node) -> float:
    """Similarity of two tables, 0…1."""
    distance = float(APTED(truth, found, _Costs()).compute_edit_distance())
    return max(1.0 - distance / max(truth.size, found.size), 0.0)


def structure(table: Node) -> Node:
    """The table without its texts."""
    return Node(table.kind, "", table.spans, [structure(child) for child in table.children])


def table_of(rows: Sequence[Sequence[tuple[str, int, int]]]) -> Node:
    """A tree of rows of cells: text, row span, column span."""
    return Node(
        "table", children=[Node("tr", children=[Node("td", plain(t), (r, c)) for t, r, c in row]) for row in rows]
    )


def plain(text: str) -> str:
    """Text as it is compared: NFKC, white space as single spaces, no control or format characters."""
    folded = unicodedata.normalize("NFKC", text)
    return " ".join("".join(c for c in folded if unicodedata.category(c) not in {"Cf", "Cc"} or c.isspace()).split())


class _Tables(HTMLParser):
    """Every table's cells, and every dl's terms with their definitions."""

    def __init__(self) -> None:
        super().__init__()
        self.tables: list[list[list[tuple[str, int, int]]]] = []
        self.pairs: list[tuple[str, str]] = []
        self._open: str | None = None
        self._spans = (1, 1)
        self._text = self._term = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        if tag == "table":
            self.tables.append([])
        elif tag == "tr":
            self.tables[-1].append([])
        elif tag in ("td", "th", "dt", "dd"):
            self._open, self._text = tag, ""
            self._spans = (int(named.get("rowspan") or 1), int(named.get("colspan") or 1))

    def handle_data(self, data: str) -> None:
        self._text += data if self._open else ""

    def handle_endtag(self, tag: str) -> None:
        if tag != self._open:
            return
        if tag in ("td", "th"):
            self.tables[-1][-1].append((self._text, *self._spans))
        elif tag == "dt":
            self._term = self._text
        else:
            self.pairs.append((self._term, self._text))
        self._open = None


def tables_in_html(html: str) -> list[Node]:
    parser = _Tables()
    parser.feed(html)
    return [table_of(rows) for rows in parser.tables]


def pairs_in_html(html: str) -> list[tuple[str, str]]:
    """Terms and definitions of its description lists."""
    parser = _Tables()
    parser.feed(html)
    return parser.pairs


def tables_in_markdown(text: str) -> list[Node]:
    """Pipe tables; Markdown has no spans."""
    tables: list[list[list[tuple[str, int, int]]]] = []
    last = -2
    for number, line in enumerate(text.splitlines()):
        if line.startswith("|"):
            if number != last + 1:
                tables.append([])
            if not re.fullmatch(r"[|:\-\s]+", line):
                tables[-1].append([(_unmarked(cell), 1, 1) for cell in line.strip().strip("|").split("|")])
            last = number
    return [table_of(rows) for rows in tables]


def _unmarked(cell: str) -> str:
    return re.sub(r"\*\*|~~|<[^>]+>", " ", cell.replace("\\", ""))
