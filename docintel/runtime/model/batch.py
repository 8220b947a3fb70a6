"""Generations that transformers' modules answer together, one token each at a time.

Their prompts differ in length (padded on the left). Positions are given explicitly: the model's own memory of them
(`rope_deltas`) would be wrong as soon as two batches take turns.
"""

from collections.abc import Sequence
from typing import TypedDict

import torch
from torch import Tensor
from torch.nn.attention import SDPBackend, sdpa_kernel

from docintel.runtime.model.generation import Generation
from docintel.runtime.model.weights import LoadedModel, Qwen3VL

KERNELS = [SDPBackend.FLASH_ATTENTION, SDPBackend.EFFICIENT_ATTENTION, SDPBackend.MATH]
"""Of attention over text. cuDNN's is left out: it plans anew for every length, so for every token."""
MAX_TAKEN_TOGETHER = 8_192
"""Tokens of prompts in one pass through the model: the memory that a pass needs does not grow with the prompt."""
MAX_GATHERED_ROWS = 4
"""Up to so many, each row fetches the weights of its own experts, as `generate` does for any number. By counting the
bytes that move; where the two cross was not measured."""


def choose_experts(model: Qwen3VL, num_tokens: int) -> None:
    """How a mixture of experts is computed for so many tokens at once."""
    implementation = "batched_mm" if num_tokens <= MAX_GATHERED_ROWS else "grouped_mm"
    config = model.config.text_config
    if hasattr(config, "num_experts") and config._experts_implementation != implementation:
        model.set_experts_implementation(implementation)


class _Visual(TypedDict, total=False):
    visual_pos_masks: Tensor
    deepstack_visual_embeds: list[Tensor]


class PaddedBatch:
    """The rows of a batch: their cache of keys and values, mask and positions."""

    def __init__(
        self, loaded: LoadedModel, rows: list[Generation], *, image_id: int, past: Sequence[tuple[Tensor, Tensor]] = ()
    ) -> None:
        """`past`: keys and values (rows, heads, tokens, head_dim) of each layer, where the beginnings of the prompts
        were taken in before; then all prompts are of one length."""
        from transformers import DynamicCache

        self.rows = rows
        self._model = loaded.model
        self._device = loaded.device
        self._image_id = image_id
        self.cache = DynamicCache(config=loaded.model.config.text_config)
        for layer, (keys, values) in enumerate(past):
            self.cache.update(keys, values, layer)
        self._num_taken = past[0][0].shape[2] if past else 0
        self._mask = self._padded([torch.ones_like(row.prefix_ids) for row in rows])
        self._next = torch.tensor([row.prompt.next_position for row in rows], device=self._device)
        self._is_padded = bool((self._mask == 0).any())

    def prefill(self) -> Tensor:
        """Takes the prompts in, and what was generated before. Logits (rows, vocabulary) of each row's first token."""
        ids = self._padded([row.prefix_ids for row in self.rows])
        positions = torch.stack([self._padded([row.prefix_positions[axis] for row in self.rows]) for axis in range(3)])
        embedded = self._model.get_input_embeddings()(ids)
        features = [each for row in self.rows for each in row.features]
        is_visual = (ids == self._image_id) & self._mask.bool()
        num_seen = torch.tensor([sum(each.num_tokens for each in row.features) for row in self.rows]).to(ids.device)
        is_visual &= is_visual.sum(1, keepdim=True) - is_visual.cumsum(1) < num_seen[:, None]
        numbers = (is_visual.flatten().cumsum(0) - 1).view_as(is_visual)
        if features:
            embedded[is_visual] = torch.cat([each.tokens for each in features]).to(embedded.device, embedded.dtype)
        depth = len(features[0].deepstack) if features else 0
        deepstack = [torch.cat([each.deepstack[n] for each in features]) for n in range(depth)]
        length = ids.shape[1]
        step = max(MAX_TAKEN_TOGETHER // len(self.rows), 1)
        for begin in range(self._num_taken, length, step):
            part = slice(begin, min(begin + step, length))
            seen = is_visual[:, part]
            taken = numbers[:, part][seen]
            visual: _Visual = {}
            if len(taken):
                visual = {"visual_pos_masks": seen, "deepstack_visual_embeds": [each[taken] for each in deepstack]}
            logits = self._forward(embedded[:, part], positions[..., part], visual, end=part.stop)
        return logits

    def step(self, tokens: Sequence[int]) -> Tensor:
        """Logits of the token after `tokens`, one a row."""
        ids = torch.tensor(tokens, device=self._device)[:, None]
        self._mask = torch.cat([self._mask, torch.ones_like(ids)], dim=1)
        positions = self._next[None, :, None].expand(3, -1, -1)
        logits = self._forward(self._model.get_input_embeddings()(ids), positions, {}, end=self._mask.shape[1])
        self._next = self._next + 1
        return logits

    def keep(self, numbers: list[int]) -> None:
        """Only these rows go on."""
        if len(numbers) == len(self.rows):
            return
        kept = torch.tensor(numbers, device=self._device)
        self.cache.batch_select_indices(kept)
        self._mask, self._next = self._mask[kept], self._next[kept]
        self.rows = [self.rows[number] for number in numbers]

    @sdpa_kernel(KERNELS)
    def _forward(self, embedded: Tensor, positions: Tensor, visual: _Visual, *, end: int) -> Tensor:
        """Takes in tokens up to the `end`-th of each row."""
        choose_experts(self._model, embedded.shape[0] * embedded.shape[1])
        mask = self._mask[:, :end]
        text_positions = (mask.cumsum(-1) - 1).clamp(min=0)[:, -embedded.shape[1] :]
        output = self._model.model.language_model(
            inputs_embeds=embedded,
            attention_mask=mask if self._is_padded else None,
            position_ids=torch.cat([text_positions[None], positions]),
            past_key_values=self.cache,
            use_cache=True,
            **visual,
        )
        logits: Tensor = self._model.lm_head(output.last_hidden_state[:, -1])
        return logits.float()

    def _padded(self, parts: Sequence[Tensor]) -> Tensor:
        """(rows, longest), filled with 0 on the left."""
        longest = max(len(part) for part in parts)
        rows = [torch.nn.functional.pad(part, (longest - len(part), 0)) for part in parts]
        return torch.stack(rows).to(self._device)
