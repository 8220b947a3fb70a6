"""Makes `docintel/engines/local/layout/cuts.json` from sampled pages; three minutes on a CPU.

    python -m training.reading_order [--pages 800] [--seed 10000]

Each cut that can be made on the way to the true order is an example: it is right if everything before it is read
before everything after it.
"""

import argparse
import json
from collections.abc import Sequence
from random import Random

import numpy as np
import torch

from docintel.engines.local.layout.cuts import NUM_FEATURES, OVERLAP, WEIGHTS, Floats, Shapes, cuts, features
from training.reading_order.layouts import layouts, seen

HIDDEN = 16
STEPS = 1500
BATCH = 4096


def examples(shapes: Shapes) -> list[tuple[int, list[float], float]]:
    """Axis, features and truth of the cuts, the blocks standing in reading order."""
    found: list[tuple[int, list[float], float]] = []
    waiting = [np.arange(len(shapes.boxes))]
    while waiting:
        items = waiting.pop()
        if len(items) < 2:
            continue
        options = list(cuts(items, shapes))
        white = [cut for cut in options if cut.gap >= -OVERLAP]
        is_right = {id(cut): cut.before.max() < cut.after.min() for cut in options}
        tried = white if any(is_right[id(cut)] for cut in white) else options
        for axis in (0, 1):
            mine = [cut for cut in tried if cut.axis == axis]
            found += [(axis, features(cut, items, shapes, len(mine)), float(is_right[id(cut)])) for cut in mine]
        right = [cut for cut in tried if is_right[id(cut)]]
        best = max(right, key=lambda cut: cut.gap, default=None)
        if best:
            waiting += [best.before, best.after]
    return found


def fitted(known: Floats, truth: Floats, seed: int) -> dict[str, list[object]]:
    """One hidden layer, by logistic loss."""
    torch.manual_seed(seed)
    inputs, targets = torch.tensor(known, dtype=torch.float32), torch.tensor(truth, dtype=torch.float32)
    first, second = torch.nn.Linear(NUM_FEATURES, HIDDEN), torch.nn.Linear(HIDDEN, 1)
    model = torch.nn.Sequential(first, torch.nn.Tanh(), second)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01, weight_decay=1e-5)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, STEPS)
    for _ in range(STEPS):
        chosen = torch.randint(len(inputs), (BATCH,))
        loss = torch.nn.functional.binary_cross_entropy_with_logits(model(inputs[chosen])[:, 0], targets[chosen])
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        schedule.step()
    parts = {"w1": first.weight.T, "b1": first.bias, "w2": second.weight[0], "b2": second.bias[0]}
    return {name: np.round(part.detach().numpy().astype(float), 4).tolist() for name, part in parts.items()}


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=800)
    parser.add_argument("--seed", type=int, default=10_000, help="of the first page")
    options = parser.parse_args(arguments)
    random = Random(options.seed)
    found = []
    for layout in layouts(range(options.seed, options.seed + options.pages)):
        found += [example for _ in range(2) for example in examples(seen(layout, random))]
    layers = []
    for axis in (0, 1):
        known = np.array([each for a, each, _ in found if a == axis])
        layers.append(fitted(known, np.array([truth for a, _, truth in found if a == axis]), options.seed))
    WEIGHTS.write_text(json.dumps(layers) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
