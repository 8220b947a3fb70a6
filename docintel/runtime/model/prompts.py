"""Requests → token ids and the positions of interleaved MRoPE (time, height, width)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from docintel.runtime import thinking

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

IMAGE_PAD = "<|image_pad|>"


@dataclass(frozen=True)
class Prompt:
    """`ids` (length,), `positions` (3, length); what is generated goes on at `next_position` in all three.

    `opens_reasoning`: the answer begins in the middle of the model's reasoning.
    """

    ids: Tensor
    positions: Tensor
    next_position: int
    opens_reasoning: bool = False


def build_prompt(
    text: str, grids: Sequence[tuple[int, int]], tokenizer: "PreTrainedTokenizerBase", *, merge: int, image_id: int
) -> Prompt:
    """One user message: images (their grids in patches), then text, and the beginning of the answer.

    The text is data: nothing in it becomes a special token.
    """
    content = [{"type": "image"} for _ in grids] + [{"type": "text", "text": _escape_special_tokens(text)}]
    prompt = str(
        tokenizer.apply_chat_template(
            [{"role": "user", "content": content}],  # type: ignore[arg-type]
            tokenize=False,
            add_generation_prompt=True,
        )
    )
    sizes = [(rows // merge, columns // merge) for rows, columns in grids]
    for rows, columns in sizes:
        prompt = prompt.replace(IMAGE_PAD, "\0" * (rows * columns), 1)
    ids = tokenizer(prompt.replace("\0", IMAGE_PAD), add_special_tokens=False)["input_ids"]
    return Prompt(torch.tensor(ids), *mrope_positions(ids, sizes, image_id=image_id), thinking.opens_reasoning(prompt))


def _escape_special_tokens(text: str) -> str:
    return text.replace("\0", "").replace("<|", "< |")


def mrope_positions(ids: Sequence[int], sizes: Sequence[tuple[int, int]], *, image_id: int) -> tuple[Tensor, int]:
    """Positions (3, length) and the next one: text counts on in all three, an image of rows × columns tokens spreads
    over height and width, and what follows it counts on from its longer side."""
    parts: list[Tensor] = []
    at = begin = 0
    images = iter(sizes)
    while begin < len(ids):
        if ids[begin] != image_id:
            end = begin
            while end < len(ids) and ids[end] != image_id:
                end += 1
            parts.append((torch.arange(end - begin) + at).expand(3, -1))
            at += end - begin
        else:
            rows, columns = next(images)
            end = begin + rows * columns
            parts.append(_grid_positions(rows, columns) + at)
            at += max(rows, columns)
        begin = end
    return torch.cat(parts, dim=1), at


def _grid_positions(rows: int, columns: int) -> Tensor:
    height = torch.arange(rows).repeat_interleave(columns)
    width = torch.arange(columns).repeat(rows)
    return torch.stack((torch.zeros_like(height), height, width))
