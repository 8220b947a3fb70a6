"""Makes weights to go on from out of an exported recogniser, where batch normalisation is folded into convolutions."""

from itertools import islice
from pathlib import Path
from unicodedata import normalize

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from training.learning.averages import average_of, save
from training.recogniser.alphabet import symbols
from training.recogniser.fitting import Lines, seen_as
from training.recogniser.network import Recogniser
from training.recogniser.strips import HEIGHT

MEASURED = 24
"""Batches by which the normalisations are set."""
UNLIKELY = 8.0
"""By how much a new symbol is less likely than the one that it is like."""
TOLERANCE = 2e-3


def start(model: Path, data: Path, output: Path) -> None:
    """Raises ValueError where the network doesn't give the model's probabilities."""
    import onnx

    loaded = onnx.load(model)
    alphabet = next(entry.value for entry in loaded.metadata_props if entry.key == "alphabet")
    if list(symbols())[: len(alphabet)] != list(alphabet):
        raise ValueError("the alphabet's beginning has changed")
    net = Recogniser(len(symbols()))
    net.load_state_dict(weights_of(loaded, len(alphabet)), strict=False)
    nn.init.zeros_(net.hand.weight)
    nn.init.zeros_(net.hand.bias)
    net.eval()
    print(f"differs by {_difference(net, model, len(alphabet)):.5f}")
    normalise(net, data)
    difference = _difference(net, model, len(alphabet))
    print(f"differs by {difference:.5f} with its normalisations")
    if difference > TOLERANCE:
        raise ValueError(f"the network differs from the model by {difference:.4f}")
    output.mkdir(parents=True, exist_ok=True)
    save(average_of(net), output)


def weights_of(model: "onnx.ModelProto", num_symbols: int) -> dict[str, Tensor]:  # type: ignore[name-defined]  # noqa: F821
    """By the names that the network has; normalisations hold what was folded as their bias."""
    from onnx import numpy_helper

    found = {
        each.name.removesuffix("_half"): np.array(numpy_helper.to_array(each), np.float32)
        for each in model.graph.initializer
    }
    state: dict[str, Tensor] = {}
    for name, values in found.items():
        if name.endswith(".weight_bias"):
            stem, number = name.removesuffix(".weight_bias").rsplit(".", 1)
            state[f"{stem.removeprefix('net.')}.{int(number) + 1}.bias"] = torch.tensor(values)
        elif name.startswith("net.body."):
            state[name.removeprefix("net.")] = torch.tensor(values)
    (head,) = (values for values in found.values() if values.shape[-1:] == (num_symbols + 1,) and values.ndim == 2)
    weight, bias = grown(head.T, found["net.head.bias"])
    return state | {"head.weight": weight, "head.bias": bias}


def grown(weight: NDArray[np.float32], bias: NDArray[np.float32]) -> tuple[Tensor, Tensor]:
    """The last layer with the symbols that came after, each like the letter that it has under its accents."""
    known = len(bias)
    numbers = symbols()
    rows, biases = [*weight], [*bias]
    for symbol in islice(numbers, known - 1, None):
        base = numbers.get(normalize("NFD", symbol)[0], known)
        is_like = base < known
        rows.append(weight[base] if is_like else np.zeros_like(weight[0]))
        biases.append(bias[base] - UNLIKELY if is_like else bias.min() - UNLIKELY)
    return torch.tensor(np.array(rows)), torch.tensor(np.array(biases))


@torch.no_grad()
def normalise(net: Recogniser, data: Path) -> None:
    """Gives each normalisation the mean and variance of what it sees, and undoes them behind it, so that the network
    computes the same, and nearly the same while it learns."""
    layers = [layer for layer in net.modules() if isinstance(layer, nn.BatchNorm2d)]
    sums = {layer: torch.zeros(3, layer.num_features, dtype=torch.float64) for layer in layers}

    def add(layer: nn.Module, given: tuple[Tensor, ...]) -> None:
        values = given[0].double()
        sums[layer] += torch.stack(  # type: ignore[index]
            [
                values.sum((0, 2, 3)),
                (values**2).sum((0, 2, 3)),
                torch.full_like(values[0, :, 0, 0], values[:, 0].numel()),
            ]
        )

    hooks = [layer.register_forward_pre_hook(add) for layer in layers]
    for batch in islice(Lines(data, 3), MEASURED):
        part = slice(0, 48)
        strips, widths, is_real = (torch.as_tensor(each[part]) for each in (batch.strips, batch.widths, batch.is_real))
        net(seen_as(strips, widths, is_real))
    for hook in hooks:
        hook.remove()
    for layer, (total, squares, count) in sums.items():
        mean = total / count
        variance = (squares / count - mean**2).clamp(min=1e-4)
        layer.bias.copy_(layer.bias + mean)
        layer.weight.copy_((variance + layer.eps).sqrt())
        layer.running_mean.copy_(mean)  # type: ignore[union-attr]
        layer.running_var.copy_(variance)  # type: ignore[union-attr]


@torch.no_grad()
def _difference(net: Recogniser, model: Path, num_symbols: int) -> float:
    """Of the old symbols' probabilities, those of new ones left out."""
    import onnxruntime

    session = onnxruntime.InferenceSession(str(model), providers=["CPUExecutionProvider"])
    rng = np.random.default_rng(1)
    strips = rng.integers(0, 255, (2, HEIGHT, 320), np.uint8)
    strips[1, :, ::5] = 255
    expected = session.run(["probabilities"], {"strips": strips})[0]
    letters = net(torch.tensor(strips)[:, None].float() / 255)[0].exp()[..., : num_symbols + 1]
    return float(np.abs((letters / letters.sum(-1, keepdim=True)).numpy() - expected).max())
