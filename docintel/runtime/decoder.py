"""A loaded Qwen3-VL answers batches of requests: see, take the prompts in, then a token for each at a time.

Rows of a batch differ in length (padded on the left), end when they end, and leave the batch then. Positions are given
explicitly: the model's own memory of them (`rope_deltas`) would be wrong as soon as two batches take turns.
"""

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor
from torch.nn.attention import SDPBackend, sdpa_kernel

from docintel.errors import DocintelError, OutOfDeviceMemory, PageError
from docintel.markup.tags import has_table_tags
from docintel.runtime import End, Generated, ProgressCallback, Request, ignore_progress, thinking
from docintel.runtime.loops import MAX_MARKS, LoopWatch
from docintel.runtime.patches import patches
from docintel.runtime.prompts import Prompt, prompt_of
from docintel.runtime.sampling import Choice, chosen
from docintel.runtime.vision import Seen, VisionCache, image_key
from docintel.runtime.weights import Loaded

log = logging.getLogger(__name__)

TELL_EVERY = 16
"""Tokens between two calls of `on_progress`."""
FIRST_TOKENS, TOKENS_A_VISUAL = 512, 6
"""An answer may have so many tokens, and so many more for each visual token: no page says more."""
KERNELS = [SDPBackend.FLASH_ATTENTION, SDPBackend.EFFICIENT_ATTENTION, SDPBackend.MATH]
"""Of attention over text. cuDNN's is left out: it plans anew for every length, so for every token."""
FEW_ROWS = 4
"""Up to so many, each row fetches the weights of its own experts, as `generate` does for any number. By counting the
bytes that move; where the two cross was not measured."""


@dataclass
class _Row:
    """One request on its way."""

    index: int
    request: Request
    prompt: Prompt
    seen: list[Seen]
    watch: LoopWatch
    choice: Choice
    most_tokens: int
    tokens: list[int] = field(default_factory=list)
    said: str = ""
    num_said: int = 0
    """How many of `tokens` `said` spells."""
    end: End | None = None


class Decoder:
    """A Generator. One thread at a time: whoever shares one sees to that (docintel.runtime.batches does)."""

    def __init__(self, loaded: Loaded, *, vision_cache: VisionCache | None = None, context: int = 16_384) -> None:
        self._loaded = loaded
        self._model = loaded.model
        self._tokenizer = loaded.tokenizer
        self._vision = vision_cache or VisionCache()
        config = loaded.model.config
        self._image_id = int(config.image_token_id)
        self._context = min(context, int(config.text_config.max_position_embeddings))
        ends = loaded.model.generation_config.eos_token_id
        self._ends = frozenset([ends] if isinstance(ends, int) else ends or [loaded.tokenizer.eos_token_id])

    @property
    def name(self) -> str:
        return self._loaded.name

    @torch.inference_mode()
    def generate(
        self, requests: Sequence[Request], on_progress: ProgressCallback = ignore_progress
    ) -> list[Generated | DocintelError]:
        """All requests as one batch; smaller ones where the GPU's memory asks for it."""
        return self._generated(list(enumerate(requests)), on_progress)

    def _generated(
        self, numbered: list[tuple[int, Request]], on_progress: ProgressCallback
    ) -> list[Generated | DocintelError]:
        try:
            return self._batch(numbered, on_progress)
        except torch.OutOfMemoryError:
            torch.cuda.empty_cache()
        if len(numbered) == 1:
            return [
                OutOfDeviceMemory("The page needs more GPU memory than is free. A smaller pixel budget needs less.")
            ]
        log.warning("out of GPU memory with a batch of %d; trying halves", len(numbered))
        half = len(numbered) // 2
        return self._generated(numbered[:half], on_progress) + self._generated(numbered[half:], on_progress)

    def _batch(
        self, numbered: list[tuple[int, Request]], on_progress: ProgressCallback
    ) -> list[Generated | DocintelError]:
        began = time.perf_counter()
        failed: dict[int, DocintelError] = {}
        rows: list[_Row] = []
        for index, request in numbered:
            try:
                rows.append(self._row(index, request))
            except DocintelError as error:
                failed[index] = error
        done = {row.index: generated for row, generated in self._run(rows, on_progress, began)} if rows else {}
        return [failed[index] if index in failed else done[index] for index, _ in numbered]

    def _row(self, index: int, request: Request) -> _Row:
        seen = [self._see(image, request) for image in request.images]
        merge = self._loaded.layout.merge
        prompt = prompt_of(
            request.text, [each.grid for each in seen], self._tokenizer, merge=merge, image_id=self._image_id
        )
        room = self._context - len(prompt.ids)
        if room < 1:
            raise PageError(
                f"The question and its images are {len(prompt.ids):,} tokens, the model takes {self._context:,}. Give "
                "fewer or smaller images (DOCINTEL_QWEN3_VL_CONTEXT is the limit)."
            )
        visual = sum(each.num_tokens for each in seen)
        sensible = FIRST_TOKENS + TOKENS_A_VISUAL * visual if request.images else room
        thought = thinking.ROOM if prompt.opens_thinking else 0
        return _Row(
            index=index,
            request=request,
            prompt=prompt,
            seen=seen,
            watch=LoopWatch(self._has_table_tags),
            choice=Choice.of(request, self._loaded.device),
            most_tokens=min(thought + min(request.max_new_tokens, sensible), room),
        )

    def _see(self, image: Any, request: Request) -> Seen:
        """What the vision tower makes of an image, from the cache where it has seen it before."""
        key = image_key(image, request.min_tokens, request.max_tokens, request.scale)
        kept = self._vision.get(key, self._loaded.device)
        if kept is not None:
            return kept
        cut, grid = patches(
            image,
            self._loaded.layout,
            min_tokens=request.min_tokens,
            max_tokens=request.max_tokens,
            scale=request.scale,
            device=self._loaded.device,
        )
        sizes = torch.tensor([[1, *grid]], device=self._loaded.device)
        found = self._model.model.get_image_features(cut.to(self._loaded.dtype), sizes, return_dict=True)
        seen = Seen(grid, found.pooler_output[0], tuple(each[0] for each in found.deepstack_features))
        self._vision.keep(key, seen)
        return seen

    def _run(self, rows: list[_Row], on_progress: ProgressCallback, began: float) -> list[tuple[_Row, Generated]]:
        batch = _Batch(self._model, self._loaded, rows, self._image_id)
        done: list[tuple[_Row, Generated]] = []
        logits = batch.take_in()
        while True:
            tokens = chosen(logits, [row.choice for row in batch.rows])
            for row, token in zip(batch.rows, tokens, strict=True):
                self._take(row, token, on_progress)
            done += [(row, self._finished(row, began)) for row in batch.rows if row.end]
            alive = [number for number, row in enumerate(batch.rows) if not row.end]
            if not alive:
                return done
            batch.keep(alive)
            logits = batch.step([row.tokens[-1] for row in batch.rows])

    def _take(self, row: _Row, token: int, on_progress: ProgressCallback) -> None:
        """The row's next token, and whether it is its last."""
        if token in self._ends:
            row.end = "end"
            return
        row.tokens.append(token)
        if row.request.stops_loops and self._goes_round(row, token):
            row.end = "loop"
        elif len(row.tokens) >= row.most_tokens:
            row.end = "length"
        elif len(row.tokens) % TELL_EVERY == 0 and not on_progress(row.index, self._so_far(row), len(row.tokens)):
            row.end = "cancelled"

    def _goes_round(self, row: _Row, token: int) -> bool:
        """Whether the answer only repeats itself; then that is taken off. Marks that go on for so long that the model
        has lost count of them are only not to be said again."""
        start = row.watch.loop_start(token)
        if start is not None:
            del row.tokens[start:]
            return True
        is_long_row = row.watch.num_equal >= MAX_MARKS and not any(map(str.isalnum, self._text([token])))
        row.choice.banned = token if is_long_row else None
        return False

    def _so_far(self, row: _Row) -> str:
        """The row's answer. Only new tokens are spelled; half a character waits for its other half."""
        new = self._text(row.tokens[row.num_said :])
        if not new.endswith("\N{REPLACEMENT CHARACTER}"):
            row.said, row.num_said = row.said + new, len(row.tokens)
        return thinking.answer_in(row.said, is_open=row.prompt.opens_thinking)

    def _finished(self, row: _Row, began: float) -> Generated:
        return Generated(
            text=thinking.answer_in(self._text(row.tokens), is_open=row.prompt.opens_thinking),
            end=row.end or "end",
            num_prompt_tokens=len(row.prompt.ids),
            num_tokens=len(row.tokens),
            seconds=time.perf_counter() - began,
        )

    def _text(self, tokens: Sequence[int]) -> str:
        return str(self._tokenizer.decode(tokens, skip_special_tokens=True))

    def _has_table_tags(self, tokens: Sequence[int]) -> bool:
        return has_table_tags(self._text(tokens))


class _Batch:
    """Rows that are answered together: their cache of keys and values, mask and positions."""

    def __init__(self, model: Any, loaded: Loaded, rows: list[_Row], image_id: int) -> None:
        from transformers import DynamicCache

        self.rows = rows
        self._model = model
        self._device = loaded.device
        self._image_id = image_id
        self._cache = DynamicCache(config=model.config.text_config)
        self._mask = self._padded([torch.ones_like(row.prompt.ids) for row in rows])
        self._next = torch.tensor([row.prompt.next_position for row in rows], device=self._device)
        self._is_padded = bool((self._mask == 0).any())
        self._has_experts = hasattr(model.config.text_config, "num_experts")
        self._experts = ""

    def take_in(self) -> Tensor:
        """Logits (rows, vocabulary) of each row's first token."""
        ids = self._padded([row.prompt.ids for row in self.rows])
        spread = torch.stack([self._padded([row.prompt.positions[axis] for row in self.rows]) for axis in range(3)])
        embedded = self._model.get_input_embeddings()(ids)
        seen = [each for row in self.rows for each in row.seen]
        if not seen:
            return self._forward(embedded, spread)
        is_visual = (ids == self._image_id) & self._mask.bool()
        embedded[is_visual] = torch.cat([each.tokens for each in seen]).to(embedded.device, embedded.dtype)
        stacked = [torch.cat([each.stacked[layer] for each in seen]) for layer in range(len(seen[0].stacked))]
        return self._forward(embedded, spread, visual_pos_masks=is_visual, deepstack_visual_embeds=stacked)

    def step(self, tokens: Sequence[int]) -> Tensor:
        """Logits of the token after `tokens`, one a row."""
        ids = torch.tensor(tokens, device=self._device)[:, None]
        self._mask = torch.cat([self._mask, torch.ones_like(ids)], dim=1)
        spread = self._next[None, :, None].expand(3, -1, -1)
        logits = self._forward(self._model.get_input_embeddings()(ids), spread)
        self._next = self._next + 1
        return logits

    def keep(self, numbers: list[int]) -> None:
        """Only these rows go on."""
        if len(numbers) == len(self.rows):
            return
        chosen_rows = torch.tensor(numbers, device=self._device)
        self._cache.batch_select_indices(chosen_rows)
        self._mask, self._next = self._mask[chosen_rows], self._next[chosen_rows]
        self.rows = [self.rows[number] for number in numbers]

    @sdpa_kernel(KERNELS)
    def _forward(self, embedded: Tensor, spread: Tensor, **visual: Any) -> Tensor:
        self._choose_experts(embedded.shape[0] * embedded.shape[1])
        counted = (self._mask.cumsum(-1) - 1).clamp(min=0)[:, -embedded.shape[1] :]
        found = self._model.model.language_model(
            inputs_embeds=embedded,
            attention_mask=self._mask if self._is_padded else None,
            position_ids=torch.cat([counted[None], spread]),
            past_key_values=self._cache,
            use_cache=True,
            **visual,
        )
        logits: Tensor = self._model.lm_head(found.last_hidden_state[:, -1])
        return logits.float()

    def _choose_experts(self, num_tokens: int) -> None:
        wanted = "batched_mm" if num_tokens <= FEW_ROWS else "grouped_mm"
        if self._has_experts and wanted != self._experts:
            self._model.set_experts_implementation(wanted)
            self._experts = wanted

    def _padded(self, parts: Sequence[Tensor]) -> Tensor:
        """(rows, longest), filled with 0 on the left."""
        longest = max(len(part) for part in parts)
        rows = [torch.nn.functional.pad(part, (longest - len(part), 0)) for part in parts]
        return torch.stack(rows).to(self._device)
