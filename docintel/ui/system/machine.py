"""What the machine gives: memory by process, versions of what reads and keeps documents."""

from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import psutil

from docintel.runtime.process.address import Address

PACKAGES = (
    "streamlit",
    "torch",
    "transformers",
    "pymupdf",
    "rapidocr",
    "onnxruntime",
    "tesserocr",
    "sentence-transformers",
    "chromadb",
    "sqlalchemy",
)


def versions() -> dict[str, str]:
    """Of the main packages; those that are not installed are left out."""
    found = {}
    for name in PACKAGES:
        with suppress(PackageNotFoundError):
            found[name] = version(name)
    return found


def memory(home: Path) -> dict[str, int]:
    """Resident bytes of the app, of the model process, and of all else that the app has started."""
    app = psutil.Process()
    address = Address.read(home)
    model = address.pid if address else None
    sizes = {process.pid: _resident(process) for process in app.children(recursive=True)}
    if model is not None and model not in sizes and psutil.pid_exists(model):
        sizes[model] = _resident(psutil.Process(model))
    in_model = sizes.pop(model, 0) if model is not None else 0
    parts = {"app": _resident(app), "workers and readers": sum(sizes.values()), "model": in_model}
    return {name: size for name, size in parts.items() if size}


def _resident(process: psutil.Process) -> int:
    try:
        return int(process.memory_info().rss)
    except psutil.Error:  # it has just ended
        return 0
