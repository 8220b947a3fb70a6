"""Writes the cross-encoder as ONNX, its weights in four bits: (n, length) tokens and (n,) lengths → (n,) scores."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from training.cross_encoder.blocks import BLOCK, four_bits
from training.cross_encoder.network import CrossEncoder
from training.cross_encoder.packing import LIMITS
from training.cross_encoder.quantizing import PARTS, WORDS

LONGEST = sum(LIMITS) + 8
"""Tokens of a sequence."""
LICENSE = Path(__file__).with_name("LICENSE.multilingual-e5")
"""Of what the network began as."""
_OPERATORS = "com.microsoft"


class _Graph:
    def __init__(self) -> None:
        from onnx import helper, numpy_helper

        self._helper, self._tensor = helper, numpy_helper.from_array
        self.nodes: list[Any] = []
        self.kept: list[Any] = []

    def constant(self, array: NDArray[Any], *, half: bool = False) -> str:
        name = f"c{len(self.kept)}"
        self.kept.append(self._tensor(array.astype(np.float16) if half else array, name))
        return self("Cast", name, to=1) if half else name

    def __call__(self, kind: str, *inputs: str, domain: str = "", outputs: int = 1, **attributes: Any) -> str:
        names = [f"n{len(self.nodes)}_{number}" for number in range(outputs)]
        self.nodes.append(self._helper.make_node(kind, list(inputs), names, domain=domain, **attributes))
        return names[0]

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

    def norm(self, values: str, weight: Tensor, bias: Tensor, epsilon: float) -> str:
        both = (self.constant(each.numpy()) for each in (weight, bias))
        return self("LayerNormalization", values, *both, axis=-1, epsilon=epsilon)


def export(network: CrossEncoder, path: Path) -> None:
    import onnx
    from onnx import TensorProto, helper

    graph = _Graph()
    of = {name: each.float() for name, each in network.state_dict().items()}
    epsilon = network.norm.eps
    heads = network.layers[0].heads
    places = graph(
        "Add",
        graph("Cast", graph("Gather", graph.constant(network.codes.numpy()), "tokens"), to=7),
        graph.constant(WORDS * np.arange(PARTS)),
    )
    vectors = graph("Gather", graph.constant(of["codebook"].numpy(), half=True), places)
    words = graph("Reshape", vectors, graph.constant(np.array([0, 0, -1])))
    length = graph("Gather", graph("Shape", "tokens"), graph.constant(np.array(1)))
    zero, one = graph.constant(np.array(0)), graph.constant(np.array(1))
    order = graph("Range", zero, length, one)
    positions = graph("Gather", graph.constant(of["positions"][:LONGEST].numpy(), half=True), order)
    values = graph.norm(graph("Add", words, positions), of["norm.weight"], of["norm.bias"], epsilon)
    mask = graph("Less", graph("Unsqueeze", order, graph.constant(np.array([0]))),
                 graph("Unsqueeze", "lengths", graph.constant(np.array([1]))))  # fmt: skip
    mask = graph("Cast", mask, to=6)
    for number in range(len(network.layers)):
        layer = {
            name.removeprefix(f"layers.{number}."): each
            for name, each in of.items()
            if name.startswith(f"layers.{number}.")
        }
        parts = [graph.linear(values, layer[f"{name}.weight"], layer[f"{name}.bias"]) for name in "qkv"]
        found = graph("MultiHeadAttention", *parts, "", mask, domain=_OPERATORS, num_heads=heads)
        found = graph.linear(found, layer["ao.weight"], layer["ao.bias"])
        values = graph.norm(graph("Add", values, found), layer["aln.weight"], layer["aln.bias"], epsilon)
        inner = graph("Gelu", graph.linear(values, layer["fi.weight"], layer["fi.bias"]), domain=_OPERATORS)
        inner = graph.linear(inner, layer["fo.weight"], layer["fo.bias"])
        values = graph.norm(graph("Add", values, inner), layer["oln.weight"], layer["oln.bias"], epsilon)
    seen = graph("Unsqueeze", graph("Cast", mask, to=1), graph.constant(np.array([2])))
    axis = graph.constant(np.array([1]))
    means = graph(
        "Div",
        graph("ReduceSum", graph("Mul", values, seen), axis, keepdims=0),
        graph("ReduceSum", seen, axis, keepdims=0),
    )
    dense = graph(
        "Gemm",
        means,
        graph.constant(of["dense.weight"].numpy(), half=True),
        graph.constant(of["dense.bias"].numpy()),
        transB=1,
    )
    scores = graph(
        "Gemm",
        graph("Tanh", dense),
        graph.constant(of["score.weight"].numpy()),
        graph.constant(of["score.bias"].numpy()),
        transB=1,
    )
    graph.nodes.append(helper.make_node("Squeeze", [scores, axis], ["scores"]))
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
