"""Writes the cross-encoder as ONNX, its weights in four bits: (n, length) tokens and (n,) lengths → (n,) scores."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from training.cross_encoder.blocks import BLOCK, four_bits
from training.cross_encoder.network import EPSILON, CrossEncoder, Layer
from training.cross_encoder.packing import LIMITS
from training.cross_encoder.quantizing import PARTS, VECTORS

LONGEST = sum(LIMITS) + 8
"""Tokens of a sequence."""
LICENSE = Path(__file__).with_name("LICENSE.multilingual-e5")
"""Of what the network began as."""
_OPERATORS = "com.microsoft"
_FLOAT, _INT64 = 1, 7
"""Types of numbers, as ONNX counts them."""


class _Graph:
    def __init__(self) -> None:
        from onnx import helper, numpy_helper

        self._helper, self._tensor = helper, numpy_helper.from_array
        self.nodes: list[Any] = []
        self.kept: list[Any] = []

    def constant(self, array: NDArray[Any], *, half: bool = False) -> str:
        name = f"c{len(self.kept)}"
        self.kept.append(self._tensor(array.astype(np.float16) if half else array, name))
        return self("Cast", name, to=_FLOAT) if half else name

    def __call__(self, kind: str, *inputs: str, domain: str = "", **attributes: Any) -> str:
        name = f"n{len(self.nodes)}"
        self.nodes.append(self._helper.make_node(kind, list(inputs), [name], domain=domain, **attributes))
        return name

    def linear(self, values: str, weight: Tensor, bias: Tensor) -> str:
        """`MatMulNBits`: low four bits of a byte are the even number, high ones the odd."""
        codes, scales = (each.numpy() for each in four_bits(weight))
        pairs = codes.astype(np.uint8).reshape(len(codes), -1, BLOCK // 2, 2)
        product = self(
            "MatMulNBits", values, self.constant(pairs[..., 0] | pairs[..., 1] << 4),
            self.constant(scales.reshape(-1), half=True),
            domain=_OPERATORS, K=weight.shape[1], N=weight.shape[0], bits=4, block_size=BLOCK, accuracy_level=4,
        )  # fmt: skip
        return self("Add", product, self.constant(bias.numpy(), half=True))

    def norm(self, values: str, weight: Tensor, bias: Tensor) -> str:
        both = (self.constant(each.numpy()) for each in (weight, bias))
        return self("LayerNormalization", values, *both, axis=-1, epsilon=EPSILON)


def export(network: CrossEncoder, path: Path) -> None:
    import onnx
    from onnx import TensorProto, helper

    graph, of = _Graph(), {name: each.float() for name, each in network.state_dict().items()}
    length = graph("Gather", graph("Shape", "tokens"), graph.constant(np.array(1)))
    order = graph("Range", graph.constant(np.array(0)), length, graph.constant(np.array(1)))
    is_there = graph("Less", _unsqueezed(graph, order, 0), _unsqueezed(graph, "lengths", 1))
    mask = graph("Cast", is_there, to=TensorProto.INT32)
    values = _embedded(graph, network.codes, of, order)
    for layer in network.layers:
        assert isinstance(layer, Layer)
        own = {name: each.float() for name, each in layer.state_dict().items()}
        values = _encoded(graph, own, values, mask, heads=layer.heads)
    scores = _scored(graph, of, values, graph("Cast", mask, to=TensorProto.FLOAT))
    graph.nodes.append(helper.make_node("Squeeze", [scores, graph.constant(np.array([1]))], ["scores"]))
    model = helper.make_model(
        helper.make_graph(
            graph.nodes, "cross_encoder",
            [helper.make_tensor_value_info("tokens", TensorProto.INT64, ["n", "length"]),
             helper.make_tensor_value_info("lengths", TensorProto.INT64, ["n"])],
            [helper.make_tensor_value_info("scores", TensorProto.FLOAT, ["n"])],
            graph.kept,
        ),
        opset_imports=[helper.make_opsetid("", 21), helper.make_opsetid(_OPERATORS, 1)], ir_version=10,
    )  # fmt: skip
    model.metadata_props.add(key="limits", value=" ".join(map(str, LIMITS)))
    model.metadata_props.add(key="license", value=LICENSE.read_text(encoding="utf-8"))
    onnx.save(model, path)


def _embedded(graph: _Graph, codes: Tensor, of: Mapping[str, Tensor], order: str) -> str:
    """(n, length, width) of words and places."""
    chosen = graph("Cast", graph("Gather", graph.constant(codes.numpy()), "tokens"), to=_INT64)
    places = graph("Add", chosen, graph.constant(VECTORS * np.arange(PARTS)))
    vectors = graph("Gather", graph.constant(of["codebook"].numpy(), half=True), places)
    words = graph("Reshape", vectors, graph.constant(np.array([0, 0, -1])))
    positions = graph("Gather", graph.constant(of["positions"][:LONGEST].numpy(), half=True), order)
    return graph.norm(graph("Add", words, positions), of["norm.weight"], of["norm.bias"])


def _encoded(graph: _Graph, of: Mapping[str, Tensor], values: str, mask: str, *, heads: int) -> str:
    """By one layer."""

    def linear(name: str, given: str) -> str:
        return graph.linear(given, of[f"{name}.weight"], of[f"{name}.bias"])

    def norm(name: str, one: str, other: str) -> str:
        return graph.norm(graph("Add", one, other), of[f"{name}.weight"], of[f"{name}.bias"])

    parts = [linear(name, values) for name in "qkv"]
    found = graph("MultiHeadAttention", *parts, "", mask, domain=_OPERATORS, num_heads=heads)
    values = norm("aln", values, linear("ao", found))
    inner = graph("Gelu", linear("fi", values), domain=_OPERATORS)
    return norm("oln", values, linear("fo", inner))


def _scored(graph: _Graph, of: Mapping[str, Tensor], values: str, is_there: str) -> str:
    """(n, 1) by the mean of what is there."""
    seen, axis = _unsqueezed(graph, is_there, 2), graph.constant(np.array([1]))
    sums, counts = (graph("ReduceSum", each, axis, keepdims=0) for each in (graph("Mul", values, seen), seen))
    given = graph("Div", sums, counts)
    for name in ("dense", "score"):
        weight, bias = (graph.constant(of[f"{name}.{part}"].numpy(), half=True) for part in ("weight", "bias"))
        given = graph("Gemm", graph("Tanh", given) if name == "score" else given, weight, bias, transB=1)
    return given


def _unsqueezed(graph: _Graph, values: str, axis: int) -> str:
    return graph("Unsqueeze", values, graph.constant(np.array([axis])))
