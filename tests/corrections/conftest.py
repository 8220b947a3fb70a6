"""What tests of corrections share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from docintel.home import Home
from docintel.model import Document
from tests.corrections.home import added, opened


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    with opened(tmp_path) as one:
        yield one


@pytest.fixture
def document(home: Home, tmp_path: Path) -> Document:
    return added(home, tmp_path)
