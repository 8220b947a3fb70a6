"""What holds on kernels that lack a means, and that they are said to lack it."""

import os
import socket
from pathlib import Path

import pytest

from docintel.checking import check
from docintel.errors import UsageError
from docintel.home import Home
from docintel.intake import confined
from docintel.processes import landlock, sandbox
from docintel.processes.children import Child
from docintel.processes.sandbox import Sandbox
from tests.houses import settings_in
from tests.sandbox.attacks import MEMORY, done_by, each

pytestmark = pytest.mark.skipif(bool(sandbox.missing()), reason=f"not on this kernel: {sandbox.missing()}")


# kernels that lack a means


def reaches(path: str, folder: str, owner: int) -> dict[str, bool]:
    """What gets through; docs/sandbox.md has the same table."""
    return {
        "reads a file of the home": bool(each(lambda: Path(path).read_bytes())),
        "makes a file": bool(each(lambda: Path(folder, "new").touch())),
        "writes into a file": bool(each(lambda: Path(folder, "new").write_bytes(b"x"))),
        "changes a file's rights": bool(each(lambda: os.chmod(path, 0o600))),  # noqa: PTH101
        "opens a socket": bool(each(lambda: socket.socket().close())),
        "connects": bool(each(lambda: socket.create_connection(("127.0.0.1", int(Path(folder).name))).close())),
        "starts a process": bool(each(lambda: os.waitpid(os.fork() or os._exit(0), 0))),
        "stops its owner": bool(each(lambda: os.kill(owner, 0))),
    }


@pytest.mark.parametrize(
    ("means", "through"),
    [
        ({"Landlock", "seccomp"}, set()),
        ({"seccomp"}, {"reads a file of the home"}),
        ({"Landlock"}, {"changes a file's rights", "opens a socket", "starts a process"}),
        (
            set(),
            {
                "reads a file of the home",
                "makes a file",
                "changes a file's rights",
                "opens a socket",
                "connects",
                "starts a process",
                "stops its owner",
            },
        ),
    ],
)
def test_each_means_holds_by_itself(means: set[str], through: set[str], secret: Path, tmp_path: Path) -> None:
    """Without both, what is left are limits (not a byte is written) and that all ends with the child."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        folder = tmp_path / str(listening.getsockname()[1])
        folder.mkdir()
        child = Child(memory_bytes=MEMORY, sandbox=Sandbox(means=frozenset(means)), preload=[__name__])
        found = done_by(child, reaches, str(secret), str(folder), os.getpid())
        child.kill()
    assert {name for name, got_through in found.items() if got_through} == through


def test_a_kernel_without_a_means_is_said_to_lack_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert confined.problem(settings_in(tmp_path)) == ""
    assert "Landlock (ABI" in confined.describe(settings_in(tmp_path))
    monkeypatch.setattr(landlock, "abi", lambda: 0)
    assert "without Landlock" in confined.problem(settings_in(tmp_path))
    assert "no Landlock" in confined.describe(settings_in(tmp_path))
    confined.require(settings_in(tmp_path))
    with pytest.raises(UsageError, match="DOCINTEL_SANDBOX=required"):
        confined.require(settings_in(tmp_path, sandbox="required"))


def test_a_check_says_what_the_sandbox_lacks(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(landlock, "abi", lambda: 0)
    with Home.open(settings_in(tmp_path), owner=True) as home:
        [finding] = [found for found in check(home, repair=False) if found.part == "sandbox"]
    assert (finding.state, "Landlock" in finding.problem) == ("left_out", True)


def test_where_the_sandbox_is_off_that_is_said(tmp_path: Path) -> None:
    settings = settings_in(tmp_path, sandbox="off")
    assert confined.sandbox(settings) is None
    assert "off" in confined.problem(settings)
    assert "off" in confined.describe(settings)
