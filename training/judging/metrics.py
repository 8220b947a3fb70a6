"""Distances between what was read and what is there: characters, boxes, table structure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import unescape

import numpy as np

_OPENING = re.compile(r'<(h1|h2|li|div)(?: class="([^"]*)")? data-bbox="(\d+) (\d+) (\d+) (\d+)">')
_CELL = re.compile(r"<(tr|td|th)((?: \w+=\"\d+\")*)>")


@dataclass(frozen=True, slots=True)
class Part:
    """One block of an answer: its kind, its box (0…1000), its text without tags, its table's html if it has one."""

    kind: str
    box: tuple[int, int, int, int]
    text: str
    table: str


def parts(answer: str) -> list[Part]:
    """The blocks of a `qwenvl html` answer, in its order."""
    found, openings = [], list(_OPENING.finditer(answer))
    for number, opening in enumerate(openings):
        end = openings[number + 1].start() if number + 1 < len(openings) else len(answer)
        body = answer[opening.end() : end]
        kind = opening[2] or {"li": "list_item"}.get(opening[1], opening[1])
        table = re.search(r"<table>.*?(?:</table>|$)", body, re.DOTALL)
        text = unescape(re.sub(r"<[^>]*>", " ", body))
        box = (int(opening[3]), int(opening[4]), int(opening[5]), int(opening[6]))
        found.append(Part(kind, box, " ".join(text.split()), table[0] if table else ""))
    return found


def edit_distance(left: str, right: str) -> int:
    """Levenshtein's distance, a numpy row at a time; what both begin and end with is left out first."""
    start = _num_shared(left, right)
    left, right = left[start:], right[start:]
    end = _num_shared(left[::-1], right[::-1])
    left, right = left[: len(left) - end], right[: len(right) - end]
    if not left or not right:
        return len(left) + len(right)
    target = np.array([ord(char) for char in right])
    steps = np.arange(len(right) + 1)
    row = steps.copy()
    for number, char in enumerate(left, 1):
        best = np.minimum(row[1:] + 1, row[:-1] + (target != ord(char)))
        row = np.minimum.accumulate(np.concatenate(([number], best)) - steps) + steps
    return int(row[-1])


def _num_shared(left: str, right: str) -> int:
    """How many characters both begin with."""
    shorter = min(len(left), len(right))
    return next((place for place in range(shorter) if left[place] != right[place]), shorter)


def overlap(left: tuple[int, ...], right: tuple[int, ...]) -> float:
    """Intersection over union."""
    width = min(left[2], right[2]) - max(left[0], right[0])
    height = min(left[3], right[3]) - max(left[1], right[1])
    if width <= 0 or height <= 0:
        return 0.0
    area = (left[2] - left[0]) * (left[3] - left[1]) + (right[2] - right[0]) * (right[3] - right[1])
    return width * height / max(area - width * height, 1e-9)


def matched_boxes(truth: list[Part], read: list[Part], *, least: float = 0.7) -> int:
    """How many true boxes have a read box of their own with IoU ≥ `least`; best pairs first."""
    pairs = sorted(
        ((overlap(a.box, b.box), i, j) for i, a in enumerate(truth) for j, b in enumerate(read)), reverse=True
    )
    left, right, count = set(), set(), 0
    for value, i, j in pairs:
        if value < least:
            break
        if i not in left and j not in right:
            left.add(i)
            right.add(j)
            count += 1
    return count


def table_structure(truth: str, read: str) -> float:
    """TEDS-structure: 1 − tree edit distance over the larger tree's size; text is ignored, spans count."""
    left, right = _tree(truth), _tree(read)
    return 1.0 - _tree_distance(left, right) / max(len(left), len(right))


def _tree(table: str) -> list[tuple[str, int]]:
    """Nodes in post-order, each with the index of its leftmost leaf: cells, then their row, the table last."""
    rows: list[list[str]] = []
    for tag in _CELL.finditer(table):
        if tag[1] == "tr":
            rows.append([])
        elif rows:
            rows[-1].append(tag[1] + tag[2])
    nodes: list[tuple[str, int]] = []
    for row in rows:
        first = len(nodes)
        nodes += [(cell, first + number) for number, cell in enumerate(row)]
        nodes.append(("tr", first))
    return [*nodes, ("table", 0)]


def _tree_distance(left: list[tuple[str, int]], right: list[tuple[str, int]]) -> int:
    """Zhang and Shasha's ordered tree edit distance, every operation costing one."""
    roots = [sorted({leaf: index for index, (_, leaf) in enumerate(tree)}.values()) for tree in (left, right)]
    known = np.zeros((len(left), len(right)), dtype=int)
    for i in roots[0]:
        for j in roots[1]:
            _forest_distance(left, right, i, j, known)
    return int(known[-1, -1])


def _forest_distance(
    left: list[tuple[str, int]], right: list[tuple[str, int]], i: int, j: int, known: np.ndarray
) -> None:
    i0, j0 = left[i][1], right[j][1]
    cost = [[0] * (j - j0 + 2) for _ in range(i - i0 + 2)]
    for a in range(1, i - i0 + 2):
        cost[a][0] = a
    cost[0] = list(range(j - j0 + 2))
    for a in range(1, i - i0 + 2):
        x, x_leaf = left[i0 + a - 1]
        for b in range(1, j - j0 + 2):
            y, y_leaf = right[j0 + b - 1]
            best = min(cost[a - 1][b], cost[a][b - 1]) + 1
            if x_leaf == i0 and y_leaf == j0:
                cost[a][b] = min(best, cost[a - 1][b - 1] + (x != y))
                known[i0 + a - 1, j0 + b - 1] = cost[a][b]
            else:
                tree = int(known[i0 + a - 1, j0 + b - 1])
                cost[a][b] = min(best, cost[x_leaf - i0][y_leaf - j0] + tree)
