"""What several test files share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from docintel.library import Library
from docintel.permissions import keep_private
from tests.houses import settings_in
from tests.tiny import tiny_model


@pytest.fixture(scope="session", autouse=True)
def private() -> None:
    """Tests write as every entry point does: for their user only."""
    keep_private()


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a small Qwen3-VL with random weights; not to be changed."""
    return tiny_model(tmp_path_factory.mktemp("tiny"))


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    """An empty one in `tmp_path`."""
    opened = Library.open(settings_in(tmp_path))
    yield opened
    opened.close()
