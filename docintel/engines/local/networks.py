"""How our small networks are opened: one thread each, since pages are read side by side."""

from hashlib import sha256
from pathlib import Path

import onnxruntime


def opened(model: Path) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = False
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])


def fingerprint_of(model: Path) -> str:
    """Its name and what it is made of: `line-letters-1a2b3c4d`."""
    return f"{model.stem.replace('_', '-')}-{sha256(model.read_bytes()).hexdigest()[:8]}"
