"""Writes the finder as ONNX: bytes (1, h, w), h and w multiples of 8 → maps (10, h / 4, w / 4)."""

from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from training.checkboxes.network import Finder
from training.learning.averages import load
from training.recogniser.exporting import halved

TOLERANCE = 0.02


class Reader(nn.Module):
    def __init__(self, net: Finder) -> None:
        super().__init__()
        self.net = net

    def forward(self, grey: Tensor) -> Tensor:
        out: Tensor = self.net(grey[None].float() / 255)[0]
        return out


def export(weights: Path, output: Path) -> None:
    import onnx
    import onnxruntime

    net = Finder()
    net.load_state_dict(load(weights))
    reader = Reader(net).eval()
    grey = torch.randint(0, 255, (1, 320, 448), dtype=torch.uint8)
    sides = {n: 8 * torch.export.Dim(name, min=4, max=2048) for n, name in ((1, "rows"), (2, "columns"))}
    torch.onnx.export(
        reader, (grey,), str(output), input_names=["grey"], output_names=["maps"], dynamic_shapes=(sides,),
        external_data=False, dynamo=True,
    )  # fmt: skip
    model = halved(onnx.load(output))
    onnx.save(model, output)
    (found,) = onnxruntime.InferenceSession(str(output)).run(None, {"grey": grey.numpy()})
    with torch.no_grad():
        difference = float(np.abs(found - reader(grey).numpy()).max())
    if difference > TOLERANCE:
        raise ValueError(f"the exported model differs by {difference:.4f}")
    print(f"{output.stat().st_size / 1024:.0f} KiB, differs by {difference:.5f}")
