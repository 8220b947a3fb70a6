"""Which way up a page is, and which of its lines run down."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from docintel.engines.local.geometry import Pixels, Quad, crop, size
from docintel.engines.local.lines.seen import INVERTED, TOPS_LEFT, TOPS_RIGHT, UPRIGHT, LineEye, Seen

TALL = 1.5
"""A line this many times higher than wide stands."""
LOOKED_AT = 40
"""So many of the longest lines decide."""
LOOK_HEIGHT = 40


@dataclass(frozen=True)
class Attitude:
    """How a page lies: quarter turns clockwise that put it right, and whether its lines run down."""

    rotation: int
    vertical: bool


def stands(quad: Quad) -> bool:
    across, down = size(quad)
    return down > TALL * across


def laid(quad: Quad) -> Quad:
    """A standing line laid on its left side: its foot comes right, so that what read upwards reads on."""
    return np.roll(quad, -1, axis=0) if stands(quad) else quad


def heads_up(quad: Quad, turn: int) -> Quad:
    """A laid line that lies on its head, as what reads downwards on a page does, turned round."""
    leans = abs(float(quad[1][0] - quad[0][0])) < abs(float(quad[1][1] - quad[0][1]))
    return np.roll(quad, 2, axis=0) if leans and turn == INVERTED else quad


def looks(eye: LineEye, pixels: Pixels, quads: Sequence[Quad]) -> Seen:
    """What is seen of lines that have been laid."""
    return eye.look([crop(pixels, quad, height=LOOK_HEIGHT) for quad in quads])


def attitude(eye: LineEye, pixels: Pixels, quads: Sequence[Quad]) -> Attitude:
    """Decided by the longest lines, each by its length and how sure it is."""
    longest = sorted(quads, key=lambda quad: -max(size(quad)))[:LOOKED_AT]
    lengths = np.array([max(size(quad)) for quad in longest])
    standing = np.array([stands(quad) for quad in longest])
    if not len(longest):
        return Attitude(0, False)
    down = float(lengths[standing].sum()) > float(lengths[~standing].sum())
    chosen = [quad for quad, is_standing in zip(longest, standing, strict=True) if is_standing == down]
    seen = looks(eye, pixels, [laid(quad) for quad in chosen])
    weights = np.array([min(max(size(quad)) / max(min(size(quad)), 1.0), 20.0) for quad in chosen])
    turn = int((seen.turns * weights[:, None]).sum(axis=0).argmax())
    return _standing(turn) if down else Attitude(180 if turn == INVERTED else 0, False)


def _standing(turn: int) -> Attitude:
    """Laying a line turned it a quarter counter-clockwise."""
    return {
        UPRIGHT: Attitude(270, False),
        INVERTED: Attitude(90, False),
        TOPS_LEFT: Attitude(0, True),
        TOPS_RIGHT: Attitude(180, True),
    }[turn]
