"""What several test files share and is costly to make."""

from pathlib import Path

import pytest

from tests.tiny import tiny_model


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a small Qwen3-VL with random weights; not to be changed."""
    return tiny_model(tmp_path_factory.mktemp("tiny"))
