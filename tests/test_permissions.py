"""docintel.permissions: a home is its owner's alone; what the user asked for is as the user's umask says."""

import json
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from docintel.checking import check
from docintel.home import Home
from docintel.library import Library
from tests.browsing import served
from tests.houses import pdf, settings_in

ENVIRONMENT = os.environ | {"DOCINTEL_ENGINE": "fake", "DOCINTEL_JOBS": "1"}


@pytest.fixture(autouse=True)
def usual_umask() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)


def docintel(*arguments: str) -> str:
    command = [sys.executable, "-m", "docintel", *arguments]
    return subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True, check=True).stdout


def rights(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def open_to_others(folder: Path) -> list[str]:
    return [str(path) for path in (folder, *folder.rglob("*")) if not path.is_symlink() and rights(path) & 0o077]


def test_nothing_that_a_command_and_its_worker_write_is_open_to_others(tmp_path: Path) -> None:
    home = tmp_path / "home"
    docintel("ingest", str(pdf(tmp_path / "a.pdf", "a secret")), "--home", str(home))
    assert len(list(home.rglob("*"))) > 10
    assert open_to_others(home) == []


def test_nothing_that_the_app_writes_is_open_to_others(tmp_path: Path) -> None:
    with served(tmp_path, engine="fake"):
        assert (tmp_path / "home" / "docintel.sqlite3").exists()
        assert open_to_others(tmp_path / "home") == []


def test_a_home_that_others_could_read_is_closed_when_it_is_opened(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    Library.open(settings).close()
    settings.home.chmod(0o755)
    Library.open(settings).close()
    assert rights(settings.home) == 0o700


def test_a_check_reports_what_others_could_read_and_closes_it(tmp_path: Path) -> None:
    folder, outside = tmp_path / "home", tmp_path / "outside"
    outside.touch(0o644)
    docintel("ingest", str(pdf(tmp_path / "a.pdf", "a secret")), "--home", str(folder))
    original = next(path for path in (folder / "files").rglob("*") if path.is_file())
    for path in (original, original.parent, folder / "docintel.sqlite3"):
        path.chmod(0o755)
    (folder / "files" / "link").symlink_to(outside)
    with Home.open(settings_in(tmp_path), owner=False) as home:
        before = [finding for finding in check(home, repair=False) if finding.part == "rights"]
        assert [(each.state, "2 more" in each.problem) for each in before] == [("found", True)]
        after = [finding.state for finding in check(home, repair=True) if finding.part == "rights"]
        assert after == ["mended"]
        assert open_to_others(folder) == []
        assert rights(outside) == 0o644
        assert [finding for finding in check(home, repair=False) if finding.part == "rights"] == []


def test_an_export_is_as_readable_as_the_users_other_files(tmp_path: Path) -> None:
    home, target = str(tmp_path / "home"), tmp_path / "a.txt"
    document = json.loads(docintel("ingest", str(pdf(tmp_path / "a.pdf", "a text")), "--home", home, "--json"))[
        "document"
    ]
    docintel("export", document, "--format", "text", "--output", str(target), "--home", home)
    assert rights(target) == 0o644
    target.chmod(0o640)
    docintel("export", document, "--format", "text", "--output", str(target), "--home", home)
    assert rights(target) == 0o640


def test_folders_that_moved_files_go_to_are_the_users_own(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from docintel.permissions import keep_private; "
        "from docintel.watching.files import move; keep_private(); move(Path(sys.argv[1]), Path(sys.argv[2]))"
    )
    source, target = tmp_path / "a.pdf", tmp_path / "done" / "today" / "a.pdf"
    source.write_bytes(b"x")
    subprocess.run([sys.executable, "-c", code, str(source), str(target)], check=True)
    assert (rights(target), rights(target.parent), rights(target.parent.parent)) == (0o644, 0o755, 0o755)
