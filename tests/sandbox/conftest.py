"""What a process that was taken over is to read, what it must not, and the process."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from docintel.processes.children import Child
from docintel.processes.sandbox import Sandbox
from tests.sandbox.attacks import KEY, MEMORY


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """What the process is to read."""
    path = tmp_path / "input"
    path.write_bytes(b"the input")
    return path


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    path = tmp_path / "home" / "key"
    path.parent.mkdir()
    path.write_bytes(b"the key")
    return path


@pytest.fixture
def hole(file: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Iterator[Child]:
    monkeypatch.setenv("DOCINTEL_ENDPOINT_KEY", KEY)
    child = Child(memory_bytes=MEMORY, sandbox=Sandbox(readable=(file,)), preload=[request.module.__name__])
    yield child
    child.kill()
