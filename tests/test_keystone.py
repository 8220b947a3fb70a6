"""Pages photographed from the side: columns that lean are set upright, others are left alone."""

import cv2
import numpy as np
import pytest

from docintel.engines.local.dewarping import Likely, surface_of
from docintel.engines.local.keystone import NO_LEAN, lean_of

WIDTH, HEIGHT = 900, 1200
ASPECT = WIDTH / HEIGHT


def columns(rng: np.random.Generator, *, ragged: bool = False) -> list[tuple[int, int, int]]:
    """Beginnings, ends and heights of lines in two columns, ends ragged; beginnings too, if asked for."""
    lines = []
    for left in (120, 480):
        for y in range(150, 1050, 30):
            start = left + (int(rng.integers(0, 120)) if ragged else 0)
            lines.append((start, left + int(rng.integers(180, 300)), y))
    return lines


def bars(lines: list[tuple[int, int, int]], corners: list[tuple[int, int]] | None = None) -> Likely:
    """What a detector would see of lines on a sheet whose corners are photographed at `corners`."""
    image = np.zeros((HEIGHT, WIDTH), np.uint8)
    for start, end, y in lines:
        cv2.rectangle(image, (start, y), (end, y + 14), 255, -1)
    if corners:
        sheet = np.array([(0, 0), (WIDTH, 0), (WIDTH, HEIGHT), (0, HEIGHT)], np.float32)
        matrix = cv2.getPerspectiveTransform(sheet, np.array(corners, np.float32))
        image = cv2.warpPerspective(image, matrix, (WIDTH, HEIGHT))
    return (image / 255).astype(np.float32)


def spread_of_starts(likely: Likely) -> float:
    """Pixels between the leftmost and the rightmost beginning of the left column's lines."""
    _, _, boxes, _ = cv2.connectedComponentsWithStats((likely > 0.5).astype(np.uint8))
    starts = np.sort(boxes[1:, 0])
    return float(np.ptp(starts[: len(starts) // 2]))


@pytest.mark.parametrize(
    "corners",
    [
        [(60, 40), (840, 40), (900, 1200), (0, 1200)],
        [(0, 0), (900, 60), (850, 1150), (40, 1200)],
        [(90, 0), (900, 0), (810, 1200), (0, 1200)],
    ],
)
def test_leaning_columns_are_set_upright(corners: list[tuple[int, int]]) -> None:
    likely = bars(columns(np.random.default_rng(1)), corners)
    surface = surface_of(likely, aspect=ASPECT)
    assert surface
    assert surface.lean != NO_LEAN
    flat = surface.flattened((likely * 255).astype(np.uint8)) / 255
    assert spread_of_starts(flat.astype(np.float32)) < 0.35 * spread_of_starts(likely)


def test_points_go_back_to_where_they_were() -> None:
    corners = [(60, 40), (840, 40), (900, 1200), (0, 1200)]
    likely = bars(columns(np.random.default_rng(1)), corners)
    surface = surface_of(likely, aspect=ASPECT)
    assert surface
    flat = surface.flattened((likely * 255).astype(np.uint8))
    _, _, _, flat_middles = cv2.connectedComponentsWithStats((flat > 128).astype(np.uint8))
    _, _, _, middles = cv2.connectedComponentsWithStats((likely > 0.5).astype(np.uint8))
    seen = surface.in_picture((flat_middles[1:] / flat.shape[::-1]).astype(np.float32), ASPECT) * (WIDTH, HEIGHT)
    assert all(np.hypot(*(middles[1:] - point).T).min() < 2 for point in seen)


def test_upright_columns_are_left_alone() -> None:
    assert surface_of(bars(columns(np.random.default_rng(1))), aspect=ASPECT) is None


def test_lines_that_begin_anywhere_tell_nothing() -> None:
    lines = columns(np.random.default_rng(2), ragged=True)
    ends = [np.array([[(a - 450) / 600, (y - 600) / 600], [(b - 450) / 600, (y - 600) / 600]]) for a, b, y in lines]
    assert lean_of(ends, thickness=14 / 600, reach=ASPECT) == NO_LEAN
