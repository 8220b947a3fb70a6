"""Slots filled from a source of requests: one that has ended makes room for the next, while the others go on.

The host stays one step behind: while the GPU computes a step, the tokens of the one before are looked at. A slot whose
answer has ended computes one token more, which nobody reads.
"""

import logging
import math
from collections import deque
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from docintel.errors import DocintelError, OutOfDeviceMemory
from docintel.runtime import Generated, ProgressCallback, Request, RequestSource, ignore_progress
from docintel.runtime.model.batch import MAX_TAKEN_TOGETHER, PaddedBatch, choose_experts
from docintel.runtime.model.decoder import DEFAULT_CONTEXT
from docintel.runtime.model.encoder import Encoder
from docintel.runtime.model.sampling import Sampler
from docintel.runtime.model.vision import VisionCache
from docintel.runtime.model.weights import LoadedModel
from docintel.runtime.slots.cache import BLOCK, PagedCache, fitting_tokens, num_blocks_for
from docintel.runtime.slots.graphs import EagerSteps, GraphSteps, Step
from docintel.runtime.slots.listed import ListSource
from docintel.runtime.slots.ops import StepOps, TorchOps
from docintel.runtime.slots.prefixes import block_names
from docintel.runtime.slots.slot import NOWHERE, Pending, Slot
from docintel.runtime.slots.step import SlotState, StepWeights, decode_step

log = logging.getLogger(__name__)

TOO_LARGE = "The page needs more GPU memory than is free. A smaller pixel budget needs less."


class SlotDecoder:
    """A ContinuousGenerator. One thread at a time."""

    def __init__(
        self,
        loaded: LoadedModel,
        *,
        vision_cache: VisionCache | None = None,
        context: int = DEFAULT_CONTEXT,
        num_slots: int = 8,
        cache_tokens: int | None = None,
        use_kernels: bool | None = None,
        use_graphs: bool | None = None,
        reuse_prefixes: bool = True,
    ) -> None:
        """`cache_tokens` are shared by all slots: by default as many as they could ever need, or as the GPU has room
        for. They are lent as answers grow; where there are none left, the youngest answer waits. Kernels and graphs:
        where there is a GPU, unless told. `reuse_prefixes`: a prompt that begins as an earlier one did, images
        included, is taken in from where it parts from that.
        """
        on_gpu = loaded.device.type == "cuda"
        self._loaded = loaded
        self._encoder = Encoder(loaded, vision_cache or VisionCache(), context=context)
        self._weights = StepWeights.of(loaded)
        self.num_slots = num_slots
        self.num_evicted = 0
        self.num_reused = 0
        """Tokens of prompts that did not have to be taken in again."""
        self._reuse_prefixes = reuse_prefixes
        per_slot = num_blocks_for(self._encoder.context + 2)  # a step begun too many
        if cache_tokens is None:
            cache_tokens = fitting_tokens(loaded, context=self._encoder.context)
        num_blocks = num_slots * per_slot
        if cache_tokens is not None:
            num_blocks = min(num_blocks, max(num_blocks_for(cache_tokens), per_slot))
        self.cache = PagedCache(loaded, num_tokens=num_blocks * BLOCK)
        self._state = SlotState(loaded, num_slots=num_slots, blocks_per_slot=per_slot)
        vocabulary = torch.zeros(len(self._weights.embedding), dtype=torch.bool)
        marks = torch.tensor(self._encoder.vocabulary.marks[: len(vocabulary)])
        vocabulary[: len(marks)] = marks
        self._marks = vocabulary.to(loaded.device)
        self._ops = _ops(on_gpu if use_kernels is None else use_kernels)
        self._running: list[Slot] = []
        self._entering: list[Slot] = []
        self._waiting: list[Slot] = []
        self._pending: deque[Pending] = deque()
        self._step = self._steps(on_gpu if use_graphs is None else use_graphs)

    @property
    def name(self) -> str:
        return self._loaded.name

    @property
    def num_cache_tokens(self) -> int:
        """That all slots together can hold."""
        return self.cache.num_blocks * BLOCK

    def generate(
        self, requests: Sequence[Request], on_progress: ProgressCallback = ignore_progress
    ) -> list[Generated | DocintelError]:
        source = ListSource(requests, on_progress)
        self.serve(source)
        return [source.answers[index] for index in range(len(requests))]

    @torch.inference_mode()
    def serve(self, source: RequestSource) -> None:
        """Until the source is closed and every request that was taken is answered."""
        try:
            while self._admit(source):
                self._grow()
                self._launch()
                while len(self._pending) > (1 if self._running else 0):
                    self._collect()
        finally:
            self._reset()

    def _steps(self, use_graphs: bool) -> Step:
        @torch.inference_mode()
        def step(rows: int) -> Tensor:
            choose_experts(self._loaded.model, rows)
            return decode_step(self._weights, self.cache, self._state, self._marks, self._ops, rows=rows)

        if use_graphs:
            try:
                return GraphSteps(step, num_slots=self.num_slots, device=self._loaded.device)
            except RuntimeError as error:  # experts in float32 wait for the host, which a graph cannot
                log.warning("steps are launched one operation at a time: %s", error)
        return EagerSteps(step)

    def _reset(self) -> None:
        """After an error the slots are empty, and what was in them is forgotten."""
        self._pending.clear()
        self._waiting.clear()
        for slot in self._entering:
            self._release(slot)
        self._entering.clear()
        for slot in [*self._running]:
            self._leave(slot)

    def _admit(self, source: RequestSource) -> bool:
        """Fills slots with about `MAX_TAKEN_TOGETHER` tokens at most: a step goes on between two prefills. False: there
        is nothing left to do."""
        num_tokens = 0
        while num_tokens < MAX_TAKEN_TOGETHER and (slot := self._next(source)):
            while not self._has_room(slot) and self._lowest_running() < slot.priority:
                self._evict()
            if not self._has_room(slot):
                self._waiting.append(slot)
                break
            self._reserve(slot)
            num_tokens += slot.generation.num_prefix - slot.num_known * BLOCK
        has_entered = bool(self._entering)
        self._enter()
        return bool(has_entered or self._running or self._pending or self._waiting)

    def _next(self, source: RequestSource) -> Slot | None:
        """The most urgent of those who wait here and in the source. Where nobody is here the source is waited for."""
        self._waiting.sort(key=lambda slot: slot.order)
        is_idle = not (self._running or self._entering or self._pending or self._waiting)
        while ticket := source.take(wait=is_idle, above=self._least_priority()):
            try:
                generation = self._encoder.encode(0, ticket.request)
            except DocintelError as error:
                ticket.finish(error)
            except torch.OutOfMemoryError:
                ticket.finish(self._out_of_memory())
            else:
                return Slot(ticket, generation, Sampler.of(ticket.request, self._loaded.device))
        return self._waiting.pop(0) if self._waiting else None

    def _least_priority(self) -> int | None:
        """Above it a request may begin now; None: any may."""
        priorities = [self._waiting[0].priority] if self._waiting else []
        if len(self._running) + len(self._entering) == self.num_slots:
            priorities.append(min(slot.priority for slot in (*self._running, *self._entering)))
        return max(priorities, default=None)

    def _lowest_running(self) -> float:
        return min((slot.priority for slot in self._running), default=math.inf)

    def _has_room(self, slot: Slot) -> bool:
        """Whether a row and blocks are free for it, and one more for each that runs, lest it be emptied at once."""
        num_taken = len(self._running) + len(self._entering)
        if not num_taken:
            return True
        needed = num_blocks_for(slot.generation.num_prefix + 1) + num_taken
        return num_taken < self.num_slots and needed <= self.cache.num_free

    def _reserve(self, slot: Slot) -> None:
        """Takes blocks for the prompt and what was generated before the slot was emptied; those that are known are
        held, but for the last token, whose logits are needed."""
        generation = slot.generation
        if self._reuse_prefixes:
            slot.names = block_names(
                generation.prefix_ids, [each.key for each in generation.images], image_id=self._encoder.image_id
            )
        slot.blocks = self.cache.hold(slot.names[: (generation.num_prefix - 1) // BLOCK])
        slot.num_known = len(slot.blocks)
        self.num_reused += slot.num_known * BLOCK
        slot.blocks += self.cache.allocate(num_blocks_for(generation.num_prefix + 1) - slot.num_known)
        self._entering.append(slot)

    def _enter(self) -> None:
        """Takes prompts in: those of one shape together, one by one where memory is short."""
        while self._entering:
            alike = [slot for slot in self._entering if slot.shape == self._entering[0].shape]
            if self._try_to_enter(alike):
                continue
            for slot in alike:
                if not self._try_to_enter([slot]):
                    self._entering.remove(slot)
                    self._release(slot)
                    slot.ticket.finish(self._out_of_memory())

    def _try_to_enter(self, slots: list[Slot]) -> bool:
        try:
            tokens = self._prefill(slots)
        except torch.OutOfMemoryError:
            torch.cuda.empty_cache()
            return False
        for slot, token in zip(slots, tokens, strict=True):
            self._entering.remove(slot)
            self._begin(slot, token)
        return True

    def _prefill(self, slots: list[Slot]) -> list[Tensor]:
        """Fills the blocks of slots of one shape. The tokens, (1,) each, to go on from."""
        generations = [slot.generation for slot in slots]
        num_known, num_prefix = slots[0].shape
        for each in generations:
            each.features = self._encoder.look(each, begin=num_known * BLOCK)
        blocks = torch.tensor([slot.blocks[: num_blocks_for(num_prefix)] for slot in slots], device=self._marks.device)
        known, new = blocks[:, :num_known], blocks[:, num_known:]
        past = [self.cache.read(number, known) for number in range(len(self._weights.layers))] if num_known else []
        batch = PaddedBatch(self._loaded, generations, image_id=self._encoder.image_id, past=past)
        logits = batch.prefill()
        layers: list[Any] = batch.cache.layers
        for number, layer in enumerate(layers):
            self.cache.write(
                number, new, layer.keys[:, :, num_known * BLOCK :], layer.values[:, :, num_known * BLOCK :]
            )
        for slot in slots:
            slot.generation.features = []  # they are large; the vision cache remembers them
            self.cache.name(slot.blocks[: len(slot.names)], slot.names)
        return [self._first_token(slot, row) for slot, row in zip(slots, logits, strict=True)]

    def _first_token(self, slot: Slot, logits: Tensor) -> Tensor:
        if slot.generation.tokens:
            return torch.tensor(slot.generation.tokens[-1:], device=logits.device)
        return slot.sampler.draw(logits) if slot.sampler.temperature > 0 else logits.argmax(-1, keepdim=True)

    def _begin(self, slot: Slot, token: Tensor) -> None:
        """Puts a slot whose blocks are filled into the next row."""
        generation, state = slot.generation, self._state
        row = slot.row = len(self._running)
        self._running.append(slot)
        slot.length = generation.num_prefix
        state.tables[row, : len(slot.blocks)] = torch.tensor(slot.blocks, dtype=torch.int32, device=self._marks.device)
        state.lengths[row] = slot.length
        state.positions[row] = generation.prompt.next_position + slot.length - len(generation.prompt.ids)
        state.stops_loops[row] = generation.request.stops_loops
        state.num_equal[row] = generation.num_equal
        state.is_active[row] = 1
        state.tokens[row] = token[0]
        if not generation.tokens:
            self._send([slot], token)

    def _grow(self) -> None:
        """A block more for each slot that has filled its last; where there is none, another slot is emptied for it."""
        grown: list[Slot] = []
        for slot in [*self._running]:
            while slot.is_full and not self.cache.num_free:
                self._evict()
            if slot.is_full:
                slot.blocks += self.cache.allocate(1)
                grown.append(slot)
        changes = [(slot.row, len(slot.blocks) - 1, slot.blocks[-1]) for slot in grown if slot.row != NOWHERE]
        if changes:
            rows, columns, blocks = torch.tensor(changes).to(self._loaded.device, non_blocking=True).unbind(1)
            self._state.tables[rows, columns] = blocks.int()

    def _evict(self) -> None:
        """The least urgent, of those the youngest, gives its slot and blocks back; it will begin again where it was.
        Nobody does where one of those that run has ended meanwhile."""
        num_running = len(self._running)
        while self._pending:
            self._collect()
        if len(self._running) < num_running:
            return
        slot = max(self._running, key=lambda each: each.order)
        self._leave(slot)
        self._waiting.append(slot)
        self.num_evicted += 1

    def _launch(self) -> None:
        if not self._running:
            return
        rows = len(self._running)
        logits = self._step(rows)
        for slot in self._running:
            slot.length += 1
            if slot.sampler.temperature > 0:
                self._draw(slot, logits)
        self._send([*self._running], self._state.tokens[:rows])

    def _draw(self, slot: Slot, logits: Tensor) -> None:
        """Another token than the likeliest."""
        state, row = self._state, slot.row
        token = slot.sampler.draw(logits[row])[0]
        state.tokens[row] = token
        state.num_equal[row] = state.previous_equal[row] * (token == state.previous[row]) + 1

    def _send(self, slots: list[Slot], tokens: Tensor) -> None:
        if tokens.device.type != "cuda":
            self._pending.append(Pending(slots, tokens.clone(), None))
            return
        target = torch.empty(tokens.shape, dtype=tokens.dtype, pin_memory=True)
        target.copy_(tokens, non_blocking=True)
        arrived = torch.cuda.Event()  # type: ignore[no-untyped-call]
        arrived.record()
        self._pending.append(Pending(slots, target, arrived))

    def _collect(self) -> None:
        """Looks at the oldest tokens."""
        pending = self._pending.popleft()
        for slot, token in zip(pending.slots, pending.wait(), strict=True):
            generation = slot.generation
            if generation.end:
                continue
            generation.append(token, slot.report)
            if generation.end:
                self._leave(slot)
                slot.ticket.finish(generation.result())

    def _leave(self, slot: Slot) -> None:
        """The last row takes its place, so that those in use are the first."""
        last = self._running.pop()
        if last is not slot:
            self._running[slot.row] = last
            self._state.move(last.row, slot.row)
            last.row = slot.row
        else:
            self._state.clear(slot.row)
        slot.row = NOWHERE
        self._release(slot)

    def _release(self, slot: Slot) -> None:
        self.cache.release(slot.blocks)
        slot.blocks = []

    def _out_of_memory(self) -> OutOfDeviceMemory:
        torch.cuda.empty_cache()
        return OutOfDeviceMemory(TOO_LARGE)


def _ops(use_kernels: bool) -> StepOps:
    if not use_kernels:
        return TorchOps()
    from docintel.runtime.slots.kernels import TritonOps

    return TritonOps()
