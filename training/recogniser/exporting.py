"""Writes the recogniser as ONNX: grey lines (n, 40, width, 1) of bytes → (n, width / 4, symbols + 1) probabilities, and
(n, 1) those of being written by hand."""

from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from training.learning.averages import load
from training.recogniser.alphabet import symbols
from training.recogniser.network import Recogniser
from training.recogniser.strips import HEIGHT

TOLERANCE = 0.02
"""By which probabilities may differ from the unrounded network's."""


class Reader(nn.Module):
    def __init__(self, net: Recogniser) -> None:
        super().__init__()
        self.net = net

    def forward(self, strips: Tensor) -> tuple[Tensor, Tensor]:
        grey = strips.float() / 255
        letters, by_hand = self.net(grey[:, None])
        return letters.exp(), by_hand.sigmoid()


def export(weights: Path, output: Path) -> None:
    """Half precision for what is kept, single for what is computed; the alphabet is kept with it."""
    import onnx

    net = Recogniser(len(symbols()))
    net.load_state_dict(load(weights))
    net.eval()
    reader = Reader(net)
    strips = torch.randint(0, 255, (2, HEIGHT, 320), dtype=torch.uint8)
    dynamic = ({0: torch.export.Dim("lines", min=1, max=512), 2: 8 * torch.export.Dim("columns", min=4, max=1024)},)
    torch.onnx.export(
        reader, (strips,), str(output), input_names=["strips"], output_names=["probabilities", "handwriting"],
        dynamic_shapes=dynamic, external_data=False, dynamo=True,
    )  # fmt: skip
    model = onnx.load(output)
    halved(model)
    model.metadata_props.add(key="alphabet", value="".join(symbols()))
    onnx.save(model, output)
    _check(reader, output, strips)


def halved(model: "onnx.ModelProto") -> "onnx.ModelProto":  # type: ignore[name-defined]  # noqa: F821
    """Large weights are kept in half precision and widened when the model is opened; notes of the export go."""
    from onnx import TensorProto, helper, numpy_helper

    casts = []
    for tensor in list(model.graph.initializer):
        values = numpy_helper.to_array(tensor)
        if values.dtype == np.float32 and values.size > 256:
            half = numpy_helper.from_array(values.astype(np.float16), f"{tensor.name}_half")
            casts.append(helper.make_node("Cast", [half.name], [tensor.name], to=TensorProto.FLOAT))
            model.graph.initializer.remove(tensor)
            model.graph.initializer.append(half)
    nodes = list(model.graph.node)
    del model.graph.node[:]
    model.graph.node.extend([*casts, *nodes])
    for part in (model, model.graph, *model.graph.node, *model.graph.value_info, *model.graph.initializer):
        del part.metadata_props[:]
        part.doc_string = ""
    return model


def _check(reader: Reader, path: Path, strips: Tensor) -> None:
    import onnxruntime

    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    with torch.no_grad():
        expected = [each.numpy() for each in reader(strips)]
    found = session.run(None, {"strips": strips.numpy()})
    difference = max(float(np.abs(one - other).max()) for one, other in zip(found, expected, strict=True))
    if difference > TOLERANCE:
        raise ValueError(f"the exported model differs by {difference:.4f}")
    print(f"{path.stat().st_size / 2**20:.1f} MiB, differs by {difference:.5f}")
