"""Fits the cross-encoder on a GPU: first to public questions, then to those about our own pages.

For each question the candidates and "none", whose score is 0, share a probability of 1; the loss is the negative
logarithm of the share of what is right.

python -m training.cross_encoder.fitting DATA START OUT [--public SECONDS] [--own SECONDS] [--runs all,f0,f1]
"""

import argparse
import copy
import queue
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from training.cross_encoder.blocks import blocks_of, widened
from training.cross_encoder.network import CrossEncoder, Rounded
from training.cross_encoder.packing import FOLDS, LAST_GROUP, LIMITS, PUBLIC, Batch, Packed, batch_of

TOKENS = 60_000
"""Of a batch, about."""
WITHOUT_ANSWER = 0.12
"""So many questions are asked without what answers them."""
AROUND = 60
"""Tokens around a candidate, about."""
OWN_RATE = 7e-5
"""Of learning from questions about our pages."""
MOST = 12
"""Candidates of a question in a batch."""


def sampled(packed: Packed, question: int, generator: np.random.Generator) -> NDArray[np.int64]:
    _, first, end, _ = packed.questions[question]
    candidates = np.arange(first, end)
    right = packed.right[first:end]
    if right.any() and not right.all() and generator.random() < WITHOUT_ANSWER:
        candidates = candidates[~right]
        right = right[~right]
    if len(candidates) <= MOST:
        return candidates
    kept = candidates[right]
    kept = kept[generator.permutation(len(kept))[:3]]
    others = candidates[~right]
    # the first are the likeliest: half from these, half from all
    likely = others[: MOST // 2]
    rest = others[MOST // 2 :]
    missing = MOST - len(kept) - len(likely)
    return np.concatenate([kept, likely, rest[generator.permutation(len(rest))[: max(missing, 0)]]])


def batches(packed: Packed, sources: Sequence[tuple[NDArray[np.int64], float]], seed: int) -> Iterator[Batch]:
    """Endless; `sources`: questions, and which share of a batch's they are."""
    generator = np.random.default_rng(seed)
    orders: list[Iterator[int]] = [iter(()) for _ in sources]
    shares = np.array([share for _, share in sources])
    lengths = packed.segments[:, 1]
    while True:
        chosen: list[tuple[int, NDArray[np.int64]]] = []
        tokens = 0
        while tokens < TOKENS:
            source = int(generator.choice(len(sources), p=shares / shares.sum()))
            number = next(orders[source], None)
            if number is None:
                orders[source] = iter(generator.permutation(sources[source][0]).tolist())
                number = next(orders[source])
            candidates = sampled(packed, number, generator)
            if not len(candidates):
                continue
            asked = min(int(lengths[packed.questions[number, 0]]), LIMITS[0])
            said = np.minimum(lengths[packed.candidates[candidates, 0]], LIMITS[1]).sum()
            tokens += int(said) + len(candidates) * (asked + AROUND)
            chosen.append((number, candidates))
        yield batch_of(packed, chosen)


def ahead(made: Iterator[Batch], device: str) -> Iterator[tuple[Tensor, Tensor, int, Tensor, Tensor]]:
    """Made in a thread while the network learns."""
    waiting: queue.Queue[Batch] = queue.Queue(8)

    def fill() -> None:
        for each in made:
            waiting.put(each)

    threading.Thread(target=fill, daemon=True).start()
    while True:
        yield on_device(waiting.get(), device)


def on_device(batch: Batch, device: str) -> tuple[Tensor, Tensor, int, Tensor, Tensor]:
    tokens, starts, right, question = (
        torch.from_numpy(array).to(device) for array in (batch.tokens, batch.starts, batch.right, batch.question)
    )
    return tokens, starts, batch.longest, right, question


def loss_of(scores: Tensor, right: Tensor, question: Tensor) -> Tensor:
    count = int(question[-1]) + 1

    def summed(chosen: Tensor, with_none: bool) -> Tensor:
        """Logarithm of the sum of exponents, by question."""
        least = torch.full((count,), 0.0 if with_none else -1e4, device=scores.device)
        highest = least.scatter_reduce(0, question[chosen], scores[chosen].detach(), "amax")
        total = (torch.exp(-highest) if with_none else torch.zeros_like(highest)).index_add(
            0, question[chosen], torch.exp(scores[chosen] - highest[question[chosen]])
        )
        return highest + torch.log(total.clamp(min=1e-20))

    every = torch.ones_like(right)
    answered = torch.zeros(count, device=scores.device).index_add(0, question, right.float()) > 0
    of_right = torch.where(answered, summed(right, False), torch.zeros(count, device=scores.device))
    return (summed(every, True) - of_right).mean()


def fit(
    network: CrossEncoder,
    packed: Packed,
    sources: Sequence[tuple[NDArray[np.int64], float]],
    *,
    seconds: float,
    rate: float,
    rounded_from: float,
    seed: int,
    name: str,
) -> None:
    """For so long; `rounded_from`: the share of the time after which weights are seen in four bits."""
    device = str(network.positions.device)
    decayed = [each for each in network.parameters() if each.ndim > 1]
    others = [each for each in network.parameters() if each.ndim <= 1]
    optimizer = torch.optim.AdamW(
        [{"params": decayed, "weight_decay": 0.01}, {"params": others, "weight_decay": 0.0}], lr=rate, fused=True
    )
    network.train()
    begun, seen, running = time.monotonic(), 0, 0.0
    made = ahead(batches(packed, sources, seed), device)
    for step, (tokens, starts, longest, right, question) in enumerate(made, start=1):
        part = (time.monotonic() - begun) / seconds
        if part >= 1:
            break
        if part >= rounded_from:
            network.round_to(4)
        for group in optimizer.param_groups:
            group["lr"] = rate * min(1.0, step / 100) * (1 - part)
        with torch.autocast("cuda", torch.bfloat16, enabled=device != "cpu"):
            scores = network(tokens, starts, longest)
        loss = loss_of(scores.float(), right, question)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        seen += int(question[-1]) + 1
        running = 0.98 * running + 0.02 * float(loss.detach()) if step > 1 else float(loss.detach())
        if step % 100 == 0:
            spent = time.monotonic() - begun
            print(f"{name} {spent:.0f} s, step {step}, {seen} questions, {len(tokens) * step / spent:.0f} tokens/s, "
                  f"loss {running:.3f}", flush=True)  # fmt: skip
    network.eval()


@torch.no_grad()
def scores_of(network: CrossEncoder, packed: Packed, questions: NDArray[np.int64]) -> NDArray[np.float32]:
    """(candidates of all questions of `packed`,), NaN where not asked."""
    out = np.full(len(packed.right), np.nan, dtype=np.float32)
    device = str(network.positions.device)
    for at in range(0, len(questions), 32):
        chosen = [
            (int(number), np.arange(packed.questions[number, 1], packed.questions[number, 2]))
            for number in questions[at : at + 32]
        ]
        tokens, starts, longest, _, _ = on_device(batch_of(packed, chosen), device)
        with torch.autocast("cuda", torch.bfloat16, enabled=device != "cpu"):
            scored = network(tokens, starts, longest)
        out[np.concatenate([each for _, each in chosen])] = scored.float().cpu().numpy()
    return out


def report(name: str, packed: Packed, questions: NDArray[np.int64], scores: NDArray[np.float32]) -> None:
    first, refused, answered, others = 0, 0, 0, 0
    for number in questions:
        _, start, end, _ = packed.questions[number]
        right, scored = packed.right[start:end], scores[start:end]
        if not len(scored):
            continue
        if right.any():
            answered += 1
            first += bool(right[scored.argmax()])
        else:
            others += 1
            refused += bool(scored.max() < 0)
    print(f"{name}: {answered} answered, first right {first / max(answered, 1):.3f}; "
          f"{others} without, refused {refused / max(others, 1):.3f}", flush=True)  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("start", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--layers", type=int, default=11, help="the first ones of E5's")
    parser.add_argument("--public", type=float, default=200)
    parser.add_argument("--own", type=float, default=45)
    parser.add_argument("--own-share", type=float, default=0.5)
    parser.add_argument("--name", default="reader")
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--runs", default="all,f0,f1")
    parser.add_argument("--rate", type=float, default=2e-4, help="of learning, from public questions")
    parser.add_argument("--weights", type=Path, help="begin with these, instead of E5's")
    options = parser.parse_args()
    packed = Packed.load(options.data)
    weights = widened(options.start)
    taken = list(range(options.layers))
    network = CrossEncoder(weights.pop("words").to(torch.uint8), layers=len(taken))
    network.start_from(weights, taken)
    network.to(options.device)
    group = packed.questions[:, 3]
    public = np.flatnonzero(group == PUBLIC)
    generator = np.random.default_rng(0)
    kept = generator.permutation(public)[:2000]
    public = np.setdiff1d(public, kept)
    rounded_from = 0.6
    if options.weights:
        network.load_state_dict({name: each.to(options.device) for name, each in widened(options.weights).items()})
        rounded_from = 0.0
    fit(network, packed, [(public, 1.0)], seconds=options.public, rate=options.rate, rounded_from=rounded_from, seed=1,
        name="public")  # fmt: skip
    report("public kept", packed, kept, scores_of(network, packed, kept))
    save(network, options.out / f"{options.name}-public.npz")
    for name in options.runs.split(","):
        own = fitted_to_own(network, packed, public, name, options)
        report(f"{name} public kept", packed, kept, scores_of(own, packed, kept))


def fitted_to_own(
    network: CrossEncoder, packed: Packed, public: NDArray[np.int64], name: str, options: argparse.Namespace
) -> CrossEncoder:
    """A copy that goes on with questions about our pages, beside public ones: of all groups, or of a fold, by which the
    others are scored."""
    group = packed.questions[:, 3]
    is_own = (group != PUBLIC) & (group <= LAST_GROUP)
    is_learned = np.isin(group, FOLDS[name]) if name in FOLDS else is_own
    own = copy.deepcopy(network)
    sources = [(np.flatnonzero(is_learned), options.own_share), (public, 1 - options.own_share)]
    fit(own, packed, sources, seconds=options.own, rate=OWN_RATE, rounded_from=0.0, seed=2, name=name)
    aside = np.flatnonzero(is_own & ~is_learned if name in FOLDS else group > LAST_GROUP)
    if len(aside):
        scores = scores_of(own, packed, aside)
        report(f"{name} aside", packed, aside, scores)
        np.save(options.out / f"{options.name}-{name}-scores.npy", scores)
    if name not in FOLDS:
        save(own, options.out / f"{options.name}-{name}.npz")
    return own


def save(network: CrossEncoder, path: Path) -> None:
    """In four bits, as it was seen at the end; what is not rounded in half precision."""
    arrays: dict[str, NDArray[Any]] = {name: each.half().cpu().numpy() for name, each in network.state_dict().items()}
    for name, module in network.named_modules():
        if isinstance(module, Rounded):
            blocks = blocks_of(arrays.pop(f"{name}.weight"))
            arrays |= {f"{name}.weight.codes": blocks.codes, f"{name}.weight.scales": blocks.scales}
    np.savez_compressed(path, allow_pickle=False, **arrays)


if __name__ == "__main__":
    main()
