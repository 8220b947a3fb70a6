"""Slots filled from a source of requests: one that has ended makes room for the next, while the others go on.

The host stays one step behind: while the GPU computes a step, the tokens of the one before are looked at. A slot whose
answer has ended computes one token more, which nobody reads.
"""

import logging
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from docintel.errors import DocintelError, OutOfDeviceMemory
from docintel.runtime import Generated, ProgressCallback, Request, RequestSource, Ticket, ignore_progress
from docintel.runtime.model.batch import PaddedBatch, choose_experts
from docintel.runtime.model.decoder import DEFAULT_CONTEXT
from docintel.runtime.model.encoder import Encoder
from docintel.runtime.model.generation import Generation
from docintel.runtime.model.sampling import Sampler
from docintel.runtime.model.vision import VisionCache
from docintel.runtime.model.weights import LoadedModel
from docintel.runtime.slots.cache import BLOCK, PagedCache, num_blocks_for
from docintel.runtime.slots.graphs import EagerSteps, GraphSteps, Step
from docintel.runtime.slots.ops import StepOps, TorchOps
from docintel.runtime.slots.step import SlotState, StepWeights, decode_step

log = logging.getLogger(__name__)

TOO_LARGE = "The page needs more GPU memory than is free. A smaller pixel budget needs less."


@dataclass(eq=False)
class _Slot:
    """A generation in the slots; its row changes when lower ones become free."""

    ticket: Ticket
    generation: Generation
    sampler: Sampler
    blocks: list[int] = field(default_factory=list)
    row: int = -1
    length: int = 0
    """Tokens in the cache once all steps that were begun are done."""


@dataclass(frozen=True)
class _Pending:
    """Tokens on their way to the host, one for each of `slots`."""

    slots: list[_Slot]
    tokens: Tensor
    arrived: torch.cuda.Event | None

    def wait(self) -> list[int]:
        if self.arrived is not None:
            self.arrived.synchronize()
        tokens: list[int] = self.tokens.tolist()
        return tokens


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
    ) -> None:
        """`cache_tokens` are shared by all slots, by default as many as they could ever need; less is lent as answers
        grow, and the youngest wait when there is none left. Kernels and graphs: where there is a GPU, unless told.
        """
        on_gpu = loaded.device.type == "cuda"
        self._loaded = loaded
        self._encoder = Encoder(loaded, vision_cache or VisionCache(), context=context)
        self.num_slots = num_slots
        per_slot = num_blocks_for(self._encoder.context + 2)  # a step begun too many
        num_blocks = max(num_blocks_for(cache_tokens), per_slot) if cache_tokens else num_slots * per_slot
        self.cache = PagedCache(loaded, num_tokens=num_blocks * BLOCK)
        self._state = SlotState(loaded, num_slots=num_slots, blocks_per_slot=per_slot)
        self._weights = StepWeights.of(loaded)
        vocabulary = torch.zeros(len(self._weights.embedding), dtype=torch.bool)
        marks = torch.tensor(self._encoder.vocabulary.marks[: len(vocabulary)])
        vocabulary[: len(marks)] = marks
        self._marks = vocabulary.to(loaded.device)
        self._ops = _ops(on_gpu if use_kernels is None else use_kernels)
        self._running: list[_Slot] = []
        self._evicted: deque[_Slot] = deque()
        self._pending: deque[_Pending] = deque()
        self._step = self._steps(on_gpu if use_graphs is None else use_graphs)

    @property
    def name(self) -> str:
        return self._loaded.name

    def generate(
        self, requests: Sequence[Request], on_progress: ProgressCallback = ignore_progress
    ) -> list[Generated | DocintelError]:
        source = _ListSource(requests, on_progress)
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
            return GraphSteps(step, num_slots=self.num_slots, device=self._loaded.device)
        return EagerSteps(step)

    def _reset(self) -> None:
        """After an error the slots are empty, and what was in them is forgotten."""
        self._pending.clear()
        for slot in [*self._running]:
            self._leave(slot)
        self._evicted.clear()

    def _admit(self, source: RequestSource) -> bool:
        """Fills one slot where one is free: a step goes on between two prefills. False: there is nothing left to do."""
        if len(self._running) == self.num_slots:
            return True
        slot = self._next(source)
        if slot is None:
            return bool(self._running or self._pending)
        if not self._enter(slot):
            self._evicted.appendleft(slot)
        return True

    def _next(self, source: RequestSource) -> _Slot | None:
        """Who was evicted comes first. Waits where nothing runs."""
        if self._evicted:
            return self._evicted.popleft()
        while tickets := source.take(1, wait=not self._running and not self._pending):
            [ticket] = tickets
            try:
                generation = self._encoder.encode(0, ticket.request)
            except DocintelError as error:
                ticket.finish(error)
            except torch.OutOfMemoryError:
                ticket.finish(self._out_of_memory())
            else:
                return _Slot(ticket, generation, Sampler.of(ticket.request, self._loaded.device))
        return None

    def _enter(self, slot: _Slot) -> bool:
        """Prefills into a free row. False where there are too few blocks now."""
        needed = num_blocks_for(len(slot.generation.prefix_ids) + 1)
        if needed > self.cache.num_free:
            return False
        slot.blocks = self.cache.allocate(needed)
        try:
            self._prefill(slot)
        except torch.OutOfMemoryError:
            self.cache.release(slot.blocks)
            slot.ticket.finish(self._out_of_memory())
        return True

    def _prefill(self, slot: _Slot) -> None:
        generation, state, device = slot.generation, self._state, self._loaded.device
        batch = PaddedBatch(self._loaded, [generation], image_id=self._encoder.image_id)
        logits = batch.prefill()
        length = len(generation.prefix_ids)
        blocks = torch.tensor(slot.blocks, device=device)
        used = blocks[: num_blocks_for(length)]
        for number, layer in enumerate(batch.cache.layers):
            self.cache.write(number, used, layer.keys[0], layer.values[0])
        row = slot.row = len(self._running)
        slot.length = length
        state.tables[row, : len(blocks)] = blocks.int()
        state.lengths[row] = length
        state.positions[row] = generation.prompt.next_position + length - len(generation.prompt.ids)
        state.stops_loops[row] = generation.request.stops_loops
        state.num_equal[row] = generation.num_equal
        state.is_active[row] = 1
        self._running.append(slot)
        if generation.tokens:
            state.tokens[row] = generation.tokens[-1]
            return
        token = slot.sampler.draw(logits[0]) if slot.sampler.temperature > 0 else logits[0].argmax()[None]
        state.tokens[row] = token[0]
        self._send([slot], token)

    def _grow(self) -> None:
        """A block more for each slot that has filled its last; where there is none, the youngest goes out."""
        grown: list[tuple[int, int, int]] = []
        for slot in [*self._running]:
            if slot.row < 0 or slot.length < len(slot.blocks) * BLOCK:
                continue
            while not self.cache.num_free and slot.row >= 0:
                self._evict()
            if slot.row >= 0:
                slot.blocks += self.cache.allocate(1)
        # rows may have changed meanwhile: tables are written last
        for slot in self._running:
            if slot.length == (len(slot.blocks) - 1) * BLOCK:
                grown.append((slot.row, len(slot.blocks) - 1, slot.blocks[-1]))
        if grown:
            rows, columns, blocks = torch.tensor(grown).to(self._loaded.device, non_blocking=True).unbind(1)
            self._state.tables[rows, columns] = blocks.int()

    def _evict(self) -> None:
        """The least urgent, of those the youngest, gives its blocks back and begins again where it was."""
        self._collect_all()
        if self.cache.num_free or not self._running:
            return
        slot = max(self._running, key=lambda each: (-each.generation.request.priority, each.generation.began))
        log.info("a slot is emptied: there is no memory for all answers")
        self._leave(slot)
        self._evicted.append(slot)

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

    def _draw(self, slot: _Slot, logits: Tensor) -> None:
        """Another token than the likeliest."""
        state, row = self._state, slot.row
        token = slot.sampler.draw(logits[row])[0]
        state.tokens[row] = token
        state.num_equal[row] = torch.where(token == state.previous[row], state.previous_equal[row] + 1, 1)

    def _send(self, slots: list[_Slot], tokens: Tensor) -> None:
        if tokens.device.type != "cuda":
            self._pending.append(_Pending(slots, tokens.clone(), None))
            return
        target = torch.empty(tokens.shape, dtype=tokens.dtype, pin_memory=True)
        target.copy_(tokens, non_blocking=True)
        arrived = torch.cuda.Event()
        arrived.record()
        self._pending.append(_Pending(slots, target, arrived))

    def _collect_all(self) -> None:
        while self._pending:
            self._collect()

    def _collect(self) -> None:
        """Looks at the oldest tokens."""
        pending = self._pending.popleft()
        for slot, token in zip(pending.slots, pending.wait(), strict=True):
            generation = slot.generation
            if generation.end:
                continue
            generation.append(token, lambda _index, text, count, slot=slot: slot.ticket.report(text, count))
            if generation.end:
                self._leave(slot)
                slot.ticket.finish(generation.result())

    def _leave(self, slot: _Slot) -> None:
        """The last row takes its place, so that those in use are the first."""
        last = self._running.pop()
        if last is not slot:
            self._running[slot.row] = last
            self._state.move(last.row, slot.row)
            last.row = slot.row
        else:
            self._state.clear(slot.row)
        slot.row = -1
        self.cache.release(slot.blocks)
        slot.blocks = []

    def _out_of_memory(self) -> OutOfDeviceMemory:
        torch.cuda.empty_cache()
        return OutOfDeviceMemory(TOO_LARGE)


class _ListSource:
    """Requests that are all there."""

    def __init__(self, requests: Sequence[Request], on_progress: ProgressCallback) -> None:
        self._waiting = deque(enumerate(requests))
        self._on_progress = on_progress
        self.answers: dict[int, Generated | DocintelError] = {}

    def take(self, most: int, *, wait: bool) -> list[Ticket]:  # noqa: ARG002
        taken = [self._waiting.popleft() for _ in range(min(most, len(self._waiting)))]
        return [_ListTicket(self, index, request, self._on_progress) for index, request in taken]


@dataclass(frozen=True)
class _ListTicket:
    source: _ListSource
    index: int
    request: Request
    on_progress: ProgressCallback

    def report(self, text: str, num_tokens: int) -> bool:
        return self.on_progress(self.index, text, num_tokens)

    def finish(self, answer: Generated | DocintelError) -> None:
        self.source.answers[self.index] = answer


def _ops(use_kernels: bool) -> StepOps:
    if not use_kernels:
        return TorchOps()
    from docintel.runtime.slots.kernels import TritonOps

    return TritonOps()
