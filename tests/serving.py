"""`transformers serve`, started for tests: a server that this project did not write.

PyPI's torchvision is linked to CUDA. Beside a CPU build of torch its transforms work once the two operators that its
extension would define are declared; what the extension would decode is left to Pillow.
"""

import io
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image

FOLDER = Path(__file__).resolve().parent.parent / ".venv" / "serve"
"""Where scripts/setup puts tests/serve.txt."""

KEPT: list[Any] = []
"""Libraries of operators live as long as these objects do."""


def main() -> None:
    open_torchvision()
    setattr(import_module("torchvision.io"), "decode_image", decoded)  # noqa: B010 - its stubs are not there
    sys.argv = ["transformers", "serve", *sys.argv[1:]]
    import_module("transformers.cli.transformers").main()


def open_torchvision() -> None:
    """Makes it importable in this process."""
    sys.path.insert(0, str(FOLDER))
    operators: Any = torch.library
    library = operators.Library("torchvision", "DEF")
    for name in ("nms", "qnms"):
        library.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    KEPT.append(library)


def decoded(data: torch.Tensor, **_options: Any) -> torch.Tensor:
    """(3, height, width) uint8 of a file's bytes."""
    picture = Image.open(io.BytesIO(data.numpy().tobytes())).convert("RGB")
    return torch.from_numpy(np.asarray(picture).copy()).permute(2, 0, 1)


if __name__ == "__main__":
    main()
