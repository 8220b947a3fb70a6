"""What is minimised: the answer's tokens, and three auxiliary losses that say where things are."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from training.learning.constants import constant
from training.learning.entropy import entropy
from training.model.geometry import CELL
from training.model.network import NUM_LETTERS, SLOTS_X, SLOTS_Y, Heads, Read
from training.text.charset import CHARACTERS
from training.writing.vocabulary import FIRST_CHARACTER, FIRST_COORDINATE, NUM_COORDINATES

NO_LETTER = NUM_LETTERS - 1
_SPREAD = (0.05, 0.2, 0.5, 0.2, 0.05)
"""A coordinate's target is spread over its neighbours: a near miss is better than a far one."""
COORDINATE_WEIGHT = 2.0
NUM_EMPTY = 256


@dataclass(slots=True)
class Target:
    """One batch on the device; integer tensors as in `feed.Batch`, `height` and `width` in pixels."""

    answers: Tensor
    lengths: Tensor
    places: Tensor
    blocks: Tensor
    height: int
    width: int

    @property
    def is_answer(self) -> Tensor:
        """(batch, tokens): not padding."""
        return torch.arange(self.answers.shape[1], device=self.answers.device) < self.lengths[:, None]


def answer_loss(last: Tensor, embedding: Tensor, target: Target) -> tuple[Tensor, Tensor, Tensor]:
    """Weighted mean over tokens, and two plain means for the log: over text and over coordinates."""
    ids = target.answers
    is_coordinate = (ids >= FIRST_COORDINATE) & (ids < FIRST_CHARACTER)
    step = (ids - FIRST_COORDINATE) % NUM_COORDINATES
    first = ids - step
    shifts = torch.arange(-2, 3, device=ids.device)
    spread_ids = first[..., None] + (step[..., None] + shifts).clamp(0, NUM_COORDINATES - 1)
    spread = constant(_SPREAD, ids.device).expand(*ids.shape, 5)
    spread_ids = torch.where(is_coordinate[..., None], spread_ids, ids[..., None])
    spread = torch.where(is_coordinate[..., None], spread, 0.2)
    bias = embedding.new_zeros(len(embedding))
    loss = entropy(last.flatten(0, 1), embedding, bias, spread_ids.flatten(0, 1), spread.flatten(0, 1)).view(ids.shape)
    real = target.is_answer.float()
    weight = real * torch.where(is_coordinate, COORDINATE_WEIGHT, 1.0)
    text, box = real * ~is_coordinate, real * is_coordinate
    return (loss * weight).sum() / weight.sum(), _mean(loss.detach(), text), _mean(loss.detach(), box)


def dense_loss(heads: Heads, visual: Tensor, target: Target) -> Tensor:
    """Which character has its centre in each part of each visual token: all the text's parts and some empty ones.

    Of characters that share a part (lines less than 16 px apart) one counts.
    """
    batch, tokens, _ = visual.shape
    x, y = target.places[..., 0], target.places[..., 1]
    letters = target.answers - FIRST_CHARACTER
    inside = (x >= 0) & (y >= 0) & (x < target.width) & (y < target.height) & target.is_answer
    real = inside & (letters >= 0) & (letters < len(CHARACTERS))
    columns = target.width // CELL
    cell = (y // CELL) * columns + x // CELL
    part = (y % CELL) * SLOTS_Y // CELL * SLOTS_X + (x % CELL) * SLOTS_X // CELL
    index = torch.where(real, cell * SLOTS_X * SLOTS_Y + part, tokens * SLOTS_X * SLOTS_Y)
    grid = torch.full((batch, tokens * SLOTS_X * SLOTS_Y + 1), NO_LETTER, device=visual.device, dtype=torch.long)
    grid.scatter_(1, index, letters.clamp(min=0))
    empty = torch.randint(tokens * SLOTS_X * SLOTS_Y, (batch, NUM_EMPTY), device=visual.device)
    index = torch.cat((index, empty), 1)
    wanted = grid.gather(1, index)
    is_alone = wanted[:, : letters.shape[1]] == letters
    counted = torch.cat((real & is_alone, torch.ones_like(empty, dtype=torch.bool)), 1).float()
    parts = heads.dense(visual).view(batch, tokens * SLOTS_X * SLOTS_Y, 64)
    chosen = parts.gather(1, index.clamp(max=parts.shape[1] - 1)[..., None].expand(-1, -1, 64))
    shares = torch.ones(wanted.numel(), 1, device=visual.device)
    loss = entropy(
        F.gelu(chosen).flatten(0, 1), heads.letter.weight, heads.letter.bias, wanted.flatten()[:, None], shares
    )
    return _mean(loss.view(batch, -1), counted)


def region_loss(heads: Heads, visual: Tensor, target: Target) -> Tensor:
    """For each visual token: is it on a block, and where are that block's four sides (fractions of the page)."""
    rows, columns = target.height // CELL, target.width // CELL
    device = visual.device
    middle_y, middle_x = torch.meshgrid(
        (torch.arange(rows, device=device) + 0.5) / rows,
        (torch.arange(columns, device=device) + 0.5) / columns,
        indexing="ij",
    )
    middle = torch.stack((middle_x.flatten(), middle_y.flatten()), -1)
    size = constant((target.width, target.height) * 2, device)
    boxes = target.blocks[..., :4].float() / size
    exists = target.blocks[..., 4] >= 0
    low, high = boxes[:, None, :, :2], boxes[:, None, :, 2:]
    reach = constant((0.5 / columns, 0.5 / rows), device)
    covers = ((middle[None, :, None] + reach >= low) & (middle[None, :, None] - reach <= high)).all(-1) & exists[
        :, None
    ]
    offset = ((low + high) / 2 - middle[None, :, None]).abs()
    outside = (offset - (high - low) / 2).clamp(min=0).sum(-1)
    cost = torch.where(covers, outside + 1e-3 * offset.sum(-1), torch.inf)
    best, number = cost.min(-1)
    wanted = boxes.gather(1, number[..., None].expand(-1, -1, 4))
    said = heads.region(visual).float()
    is_inside = best.isfinite()
    presence = F.binary_cross_entropy_with_logits(said[..., 4], is_inside.float())
    sides = F.smooth_l1_loss(said[..., :4] + middle.repeat(1, 2), wanted, reduction="none", beta=0.02).mean(-1)
    return 0.2 * presence + 5.0 * _mean(sides, is_inside.float())


def pointer_loss(heads: Heads, middle: Tensor, target: Target) -> Tensor:
    """From the decoder's middle layer: where the character that comes next is (fractions of the page)."""
    size = constant((target.width, target.height), middle.device)
    wanted = (target.places.float() + 0.5) / size
    counted = (target.places[..., 0] >= 0) & target.is_answer
    said = heads.pointer(middle).float()
    return 5.0 * _mean(F.smooth_l1_loss(said, wanted, reduction="none", beta=0.02).mean(-1), counted.float())


def all_losses(heads: Heads, read: Read, embedding: Tensor, target: Target, *, is_page: bool) -> dict[str, Tensor]:
    """`total` is what is minimised; the rest are for the log. `read` covers exactly the answer's tokens."""
    answer, text, box = answer_loss(read.last, embedding, target)
    losses = {"text": text, "box": box, "dense": dense_loss(heads, read.visual, target)}
    losses["pointer"] = pointer_loss(heads, read.middle, target)
    losses["region"] = region_loss(heads, read.visual, target) if is_page else answer.new_zeros(())
    losses["total"] = answer + losses["dense"] + losses["pointer"] + losses["region"]
    return losses


def corrupted(answers: Tensor, *, letters: float = 0.04, coordinates: float = 0.15) -> Tensor:
    """The answer as the decoder is shown it, some characters and coordinates wrong, so that it has to keep looking.

    Half of the wrong characters are any, the others are from the same batch and so hardly look wrong.
    """
    wrong = torch.randint_like(answers, FIRST_CHARACTER, FIRST_CHARACTER + len(CHARACTERS))
    near = answers.flatten()[torch.randint_like(answers, answers.numel())]
    chance = torch.rand(answers.shape, device=answers.device)
    wrong = torch.where((near >= FIRST_CHARACTER) & (chance < letters / 2), near, wrong)
    shown = torch.where((answers >= FIRST_CHARACTER) & (chance < letters), wrong, answers)
    is_coordinate = (answers >= FIRST_COORDINATE) & (answers < FIRST_CHARACTER)
    step = (answers - FIRST_COORDINATE) % NUM_COORDINATES
    moved = (step + torch.randint_like(answers, -3, 4)).clamp(0, NUM_COORDINATES - 1) - step
    return torch.where(is_coordinate & (chance < coordinates), shown + moved, shown)


def _mean(values: Tensor, weights: Tensor) -> Tensor:
    return (values * weights).sum() / weights.sum().clamp(min=1.0)
