"""A home that was read, a folder for backups, an encrypted backup, and a home to restore into."""

import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from docintel.backup import back_up
from docintel.library import Library
from docintel.settings import Settings
from tests.backup.homes import PARTS, PASSPHRASE
from tests.houses import pdf, picture, settings_in, work


@pytest.fixture(scope="module")
def read_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with two documents of three pages, read."""
    folder = tmp_path_factory.mktemp("read")
    settings = settings_in(folder)
    with closing(Library.open(settings)) as library:
        library.add(pdf(folder / "two.pdf", *PARTS), name="two.pdf", collection="rents")
        library.add(picture(folder / "one.png"), name="one.png")
        work(library)
    settings.keep({"dpi": 150})
    return settings.home


@pytest.fixture
def settings(read_home: Path, tmp_path: Path) -> Settings:
    shutil.copytree(read_home, tmp_path / "home")
    return settings_in(tmp_path)


@pytest.fixture(scope="module")
def made_encrypted(read_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An encrypted backup of it, made once: a passphrase takes seconds, on purpose."""
    target = tmp_path_factory.mktemp("encrypted")
    back_up(read_home, target, passphrase=PASSPHRASE)
    return target


@pytest.fixture
def encrypted(made_encrypted: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made_encrypted, tmp_path / "encrypted"))


@pytest.fixture
def library(settings: Settings) -> Iterator[Library]:
    with closing(Library.open(settings)) as opened:
        yield opened


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "backups"


@pytest.fixture
def empty(tmp_path: Path) -> Settings:
    """Settings of a home that is not there yet."""
    return settings_in(tmp_path / "restored")
