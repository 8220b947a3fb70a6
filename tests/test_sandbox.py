"""A reader that was taken over: attacker's Python runs inside a reading process, and gets nowhere.

Each attack is a function that the process is given in place of reading; it returns what it has got hold of.
"""

import ctypes
import importlib
import multiprocessing.shared_memory
import os
import pickle
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest

from docintel.checking import check
from docintel.errors import DiskFull, DocintelError, FileError, PageError, UsageError
from docintel.home import Home
from docintel.intake import FileInfo, confined
from docintel.model import DocumentState
from docintel.pipeline import ReadPage
from docintel.processes import child_side, frames, landlock, sandbox
from docintel.processes.arguments import Owned
from docintel.processes.children import Child
from docintel.processes.outcomes import Crashed, Outcome, Raised, Returned, TimedOut
from docintel.processes.sandbox import Sandbox
from docintel.settings import Settings
from docintel.workers import answers, reading
from docintel.workers.worker import Worker
from tests.houses import page_of, pdf, read_of, settings_in

MEMORY = 1 << 30
PATIENCE_S = 60.0
KEY = "sk-0123456789"

pytestmark = pytest.mark.skipif(bool(sandbox.missing()), reason=f"not on this kernel: {sandbox.missing()}")


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
def hole(file: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Child]:
    monkeypatch.setenv("DOCINTEL_ENDPOINT_KEY", KEY)
    child = Child(memory_bytes=MEMORY, sandbox=Sandbox(readable=(file,)), preload=[__name__])
    yield child
    child.kill()


def outcome(child: Child) -> Outcome:
    while (found := child.wait(1.0)) is None:
        continue
    return found


def done_by(child: Child, attack: Callable[..., Any], *args: Any) -> Any:
    """What an attack returned."""
    child.begin(attack, *args, timeout_s=PATIENCE_S)
    found = outcome(child)
    assert isinstance(found, Returned), found
    return found.value


def each(*attempts: Callable[[], object]) -> list[str]:
    """Which of them were not refused."""
    done = []
    for number, attempt in enumerate(attempts):
        try:
            attempt()
        except (OSError, ValueError):
            continue
        done.append(f"{number}: {attempt}")
    return done


# network


def opens_sockets() -> list[str]:
    libc = ctypes.CDLL(None, use_errno=True)

    def by_system_call() -> None:
        if libc.syscall(ctypes.c_long(41 if os.uname().machine == "x86_64" else 198), 2, 1, 0) < 0:
            raise OSError

    def by_io_uring() -> None:
        if libc.syscall(ctypes.c_long(425), 8, ctypes.create_string_buffer(256)) < 0:
            raise OSError

    return each(
        lambda: socket.socket(socket.AF_INET),
        lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM),
        lambda: socket.socket(socket.AF_INET6),
        lambda: socket.socket(socket.AF_UNIX),
        lambda: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW),
        lambda: socket.socketpair(),
        by_system_call,
        by_io_uring,
    )


def test_a_hole_opens_no_socket(hole: Child) -> None:
    assert done_by(hole, opens_sockets) == []


# files


def reads(path: str) -> bytes:
    return Path(path).read_bytes()


def ways_to(path: str) -> list[str]:
    folder = os.path.dirname(path)  # noqa: PTH120
    return each(
        lambda: Path(path).read_bytes(),
        lambda: os.listdir(folder),  # noqa: PTH208
        lambda: Path(f"/proc/self/root{path}").read_bytes(),
        lambda: Path(f"/proc/{os.getppid()}/root{path}").read_bytes(),
        lambda: os.link(path, "/dev/shm/link"),
        lambda: os.rename(path, f"{path}.gone"),  # noqa: PTH104
        lambda: os.remove(path),  # noqa: PTH107
        lambda: os.chmod(path, 0o777),  # noqa: PTH101
        lambda: os.chown(path, 1, 1),
        lambda: os.truncate(path, 0),
        lambda: os.utime(path),
        lambda: os.open(path, os.O_RDONLY | os.O_TRUNC),
        lambda: os.open(path, os.O_WRONLY),
        lambda: os.setxattr(path, "user.x", b"x"),
        lambda: os.mkdir(f"{path}.folder"),  # noqa: PTH102
        lambda: os.mkfifo(f"{path}.pipe"),
    )


def test_a_hole_reads_its_input_and_not_the_rest_of_the_disk(hole: Child, file: Path, secret: Path) -> None:
    assert done_by(hole, reads, str(file)) == b"the input"
    for path in (secret, Path("/etc/shadow"), Path("/etc/passwd"), Path.home() / ".bashrc", Path("app.py").resolve()):
        assert done_by(hole, ways_to, str(path)) == []
    assert secret.read_bytes() == b"the key"
    assert not list(secret.parent.glob("key.*"))


def test_a_hole_does_not_change_its_input_either(hole: Child, file: Path) -> None:
    assert {way.partition(":")[0] for way in done_by(hole, ways_to, str(file))} == {"0", "2"}, "it is read"
    assert file.read_bytes() == b"the input"


def test_a_hole_finds_no_files_by_links(hole: Child, file: Path, secret: Path) -> None:
    link = file.with_name("link")
    link.symlink_to(secret)
    assert done_by(hole, ways_to, str(link)) == []


def imports(name: str) -> str:
    return str(importlib.import_module(name).__doc__)


def test_packages_of_another_environment_are_found_and_what_lies_beside_them_is_not(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    packages = tmp_path / "lib" / "site-packages"
    packages.mkdir(parents=True)
    (packages / "of_others.py").write_text('"""Found."""', encoding="utf-8")
    (packages.parent / ".env").write_text(f"DOCINTEL_ENDPOINT_KEY={KEY}", encoding="utf-8")
    for path in (packages.parent, packages):
        monkeypatch.syspath_prepend(path)
    child = Child(memory_bytes=MEMORY, sandbox=Sandbox(readable=(file,)), preload=[__name__])
    assert done_by(child, imports, "of_others") == "Found."
    assert done_by(child, ways_to, str(packages.parent / ".env")) == []
    child.kill()


# keys


def looks_for_keys(owner: int) -> list[str]:
    places = [
        *(f"/proc/{pid}/{name}" for pid in ("self", os.getppid(), owner) for name in ("environ", "mem", "cmdline")),
    ]
    found = [repr(dict(os.environ))]
    for place in places:
        with suppress(OSError):
            found.append(Path(place).read_bytes().decode("utf-8", "replace"))
    return found


def test_a_hole_sees_no_keys_in_its_environment_nor_in_that_of_others(hole: Child) -> None:
    assert os.environ["DOCINTEL_ENDPOINT_KEY"] == KEY
    assert KEY not in "".join(done_by(hole, looks_for_keys, os.getpid()))


def has_settings(settings: Settings) -> str:
    return repr(settings) + settings.model_dump_json()


def test_settings_are_given_without_keys(hole: Child, tmp_path: Path) -> None:
    settings = settings_in(tmp_path, endpoint_key=KEY, metrics_token=KEY, endpoint_model="a model")
    said = done_by(hole, has_settings, settings.without_secrets())
    assert KEY not in said
    assert "a model" in said


# processes


def starts_processes() -> list[str]:
    libc = ctypes.CDLL(None, use_errno=True)

    def leave() -> None:
        if libc.syscall(ctypes.c_long(435), ctypes.create_string_buffer(88), ctypes.c_size_t(88)) < 0:
            raise OSError  # clone3

    return each(
        lambda: os.fork() or os._exit(0),
        lambda: os.posix_spawn(sys.executable, [sys.executable, "-c", ""], {}),
        lambda: subprocess.run([sys.executable, "-c", ""], check=False),
        lambda: os.execv(sys.executable, [sys.executable, "-c", ""]),
        lambda: os.setsid(),
        lambda: os.setpgid(0, os.getppid()),
        leave,
    )


def test_a_hole_starts_no_process_and_does_not_leave_its_group(hole: Child) -> None:
    assert done_by(hole, starts_processes) == []
    assert psutil.Process(hole.pid).children() == []


def starts_threads() -> int:
    numbers: list[int] = []
    threads = [threading.Thread(target=numbers.append, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return len(numbers)


def test_threads_are_allowed(hole: Child) -> None:
    assert done_by(hole, starts_threads) == 8


def harms_others(owner: int) -> list[str]:
    libc = ctypes.CDLL(None, use_errno=True)

    def traces() -> None:
        if libc.ptrace(16, owner, None, None) < 0:
            raise OSError

    return each(
        lambda: os.kill(owner, signal.SIGSTOP),
        lambda: os.kill(os.getppid(), signal.SIGKILL),
        lambda: os.kill(-1, 0),
        lambda: os.killpg(os.getpgid(owner), 0),
        lambda: os.pidfd_open(owner),
        lambda: psutil.Process(owner).nice(19),
        lambda: psutil.Process(owner).rlimit(psutil.RLIMIT_NOFILE, (1, 1)),
        traces,
    )


def test_a_hole_reaches_no_other_process(hole: Child) -> None:
    assert done_by(hole, harms_others, os.getpid()) == []


def pins_to_a_core(owner: int) -> list[int]:
    os.sched_setaffinity(owner, {min(os.sched_getaffinity(0))})
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    return list(os.sched_getaffinity(0))


@pytest.mark.skipif(len(os.sched_getaffinity(0)) < 2, reason="there is one core")
def test_a_hole_is_told_that_it_pins_threads_to_cores_and_pins_none(hole: Child) -> None:
    before = os.sched_getaffinity(0)
    assert set(done_by(hole, pins_to_a_core, os.getpid())) == before
    assert os.sched_getaffinity(0) == before


def loads_onnx_runtime_and_ends() -> None:
    importlib.import_module("onnxruntime")
    os._exit(3)


def test_onnx_runtime_misses_nothing(hole: Child) -> None:
    """What it complains of would stand beside a crash, as if it were the reason."""
    hole.begin(loads_onnx_runtime_and_ends, timeout_s=PATIENCE_S)
    assert outcome(hole) == Crashed("exit status 3", last_words="")


def leaves_a_process() -> int:
    """Forks twice and calls setsid, as daemons do."""
    read, write = os.pipe()
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            os.write(write, str(os.getpid()).encode())
            time.sleep(3600)
        os._exit(0)
    return int(os.read(read, 20))


def test_where_processes_can_be_started_none_outlives_its_child() -> None:
    child = Child(memory_bytes=MEMORY, preload=[__name__])
    left = psutil.Process(done_by(child, leaves_a_process))
    child.kill()
    with suppress(psutil.NoSuchProcess):
        left.wait(PATIENCE_S)
    assert not left.is_running()


# budgets


def fills_the_disk(folder: str) -> list[str]:
    def shared_memory() -> None:
        multiprocessing.shared_memory.SharedMemory(create=True, size=1 << 20)

    return each(
        *(lambda name=name: Path(name, "new").write_bytes(b"x") for name in (folder, "/tmp", "/dev/shm", "/var/tmp")),
        lambda: os.memfd_create("x"),
        lambda: os.open("/tmp", os.O_TMPFILE | os.O_RDWR),
        shared_memory,
    )


def test_a_hole_writes_nothing_at_all(hole: Child, tmp_path: Path) -> None:
    assert done_by(hole, fills_the_disk, str(tmp_path)) == []


def overwrites(path: str, num_bytes: int) -> int:
    with open(path, "wb", buffering=0) as file:  # noqa: PTH123
        with suppress(OSError):
            while num_bytes:
                num_bytes -= file.write(bytes(min(num_bytes, 1 << 16)))
        return file.tell()


def test_a_hole_that_may_write_one_file_keeps_to_its_budget(file: Path, tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.touch()
    box = Sandbox(readable=(file,), writable=(target,), file_bytes=100_000)
    child = Child(memory_bytes=MEMORY, sandbox=box, preload=[__name__])
    assert done_by(child, overwrites, str(target), 1 << 20) == 100_000
    assert done_by(child, fills_the_disk, str(tmp_path)) == []
    child.kill()
    assert target.stat().st_size == 100_000


def raises_limits() -> list[str]:
    import resource

    names = ("RLIMIT_AS", "RLIMIT_FSIZE", "RLIMIT_NOFILE", "RLIMIT_CORE")
    infinite = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
    return each(*(lambda name=name: resource.setrlimit(getattr(resource, name), infinite) for name in names))


def test_limits_are_hard_for_root_too(hole: Child) -> None:
    assert done_by(hole, raises_limits) == []


# the owner


class Exploit:
    def __init__(self, path: Path) -> None:
        self._path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self._path,)


def says_raw(data: bytes) -> None:
    os.write(child_side._owner or 0, data)
    time.sleep(3600)


def framed(value: Any) -> bytes:
    read, write = os.pipe()
    frames.send(write, value)
    os.close(write)
    with open(read, "rb") as file:  # noqa: PTH123
        return file.read()


def attacks(proof: Path) -> list[bytes]:
    exploit = pickle.dumps(Exploit(proof))
    return [
        exploit,
        len(exploit).to_bytes(4) + exploit,
        framed({"returned": exploit}),
        framed({"returned": {"__reduce__": ["os.system", f"touch {proof}"]}}),
        framed({"raised": ["__import__", f"os.system('touch {proof}')"], "trace": ""}),
        framed({"ask": 7, "arguments": []}),
        framed({"ask": 0, "arguments": [f"touch {proof}"]}),
        framed({"program": "touch", "arguments": [str(proof)], "for_s": 10.0}),
        framed({"program": "pdftoppm; touch", "arguments": [str(proof)], "for_s": 10.0}),
        framed(["returned"]),
        frames.HEAD.pack(1 << 31, 1 << 62),
        frames.HEAD.pack(200_000, 0) + b"[" * 200_000,
        frames.HEAD.pack(5, 0) + b"1e999",
    ]


@pytest.mark.parametrize("number", range(13))
def test_nothing_that_a_hole_says_is_executed(hole: Child, tmp_path: Path, number: int) -> None:
    proof = tmp_path / "executed"
    hole.begin(says_raw, attacks(proof)[number], timeout_s=3.0)
    assert isinstance(outcome(hole), Crashed | TimedOut | Raised)
    assert not proof.exists()


def half_an_answer() -> bytes:
    return framed({"returned": "x" * 1000})[:500]


def test_half_an_answer_holds_up_nobody(hole: Child) -> None:
    other = Child(memory_bytes=MEMORY, preload=[__name__])
    hole.begin(says_raw, half_an_answer(), timeout_s=2.0)
    assert done_by(other, starts_threads) == 8
    other.kill()
    assert outcome(hole) == TimedOut(2.0)
    assert not psutil.pid_exists(hole.pid)


def asks_and_never_listens(_function: Callable[[int], bytes]) -> None:
    for _ in range(100):
        frames.send(child_side._owner or 0, {"ask": 0, "arguments": [1 << 22]})
    time.sleep(3600)


def bytes_of(size: int) -> bytes:
    return bytes(size)


def test_a_hole_that_asks_and_does_not_listen_holds_up_nobody(hole: Child) -> None:
    hole.begin(asks_and_never_listens, Owned(bytes_of), timeout_s=2.0)
    assert outcome(hole) == TimedOut(2.0)


def returns_a_word() -> int:
    return "word"  # type: ignore[return-value]


def test_what_is_not_of_the_type_that_was_asked_for_is_no_answer(hole: Child) -> None:
    hole.begin(returns_a_word, timeout_s=PATIENCE_S)
    assert outcome(hole) == Crashed("an answer that makes no sense")


def blames_the_disk() -> None:
    raise DiskFull("No space is left.")


def test_a_hole_cannot_say_that_the_disk_is_full(hole: Child) -> None:
    """That would stop the queue, for all."""
    hole.begin(blames_the_disk, timeout_s=PATIENCE_S)
    raised = outcome(hole)
    assert isinstance(raised, Raised)
    assert type(raised.error) is DocintelError


def calls(function: Callable[[], None]) -> None:
    function()


def refuses() -> None:
    raise DiskFull("No space is left.")


def test_what_its_owner_could_not_do_comes_back_as_it_was(hole: Child) -> None:
    hole.begin(calls, Owned(refuses), timeout_s=PATIENCE_S)
    raised = outcome(hole)
    assert isinstance(raised, Raised)
    assert isinstance(raised.error, DiskFull)


# programs


def asks_for_a_page(path: str) -> bytes:
    answer = child_side.ask_owner(
        {"program": "pdftoppm", "arguments": ["-r", "20", path], "for_s": 30.0},
    )
    return answer or b""


def test_programs_see_what_the_asking_process_sees_and_no_more(tmp_path: Path, secret: Path) -> None:
    own, other = pdf(tmp_path / "own.pdf", "own"), pdf(secret.with_name("other.pdf"), "other")
    child = Child(memory_bytes=MEMORY, sandbox=Sandbox(readable=(own,), programs=confined.PROGRAMS), preload=[__name__])
    assert done_by(child, asks_for_a_page, str(own)).startswith(b"P6")
    assert done_by(child, asks_for_a_page, str(other)) == b""
    child.kill()


# in a home


def claims_another_page(path: Path, number: int, *rest: Any) -> ReadPage:
    """Says of page 2 that it is page 1."""
    read = reading.read(path, number, *rest)
    return replace(read, page=read.page.model_copy(update={"number": 1})) if number == 2 else read


def test_a_page_that_claims_to_be_another_is_refused(tmp_path: Path) -> None:
    with Home.open(settings_in(tmp_path), owner=True) as home:
        document = home.library.add(pdf(tmp_path / "two.pdf", "one", "two"), name="two.pdf").document
        Worker(home.library, embedder=None, read=claims_another_page).run(until_idle=True)
        assert home.library.document(document.id).state is not DocumentState.READY
        [page] = home.library.pages(document.id)
        assert (page.number, page.text.strip()) == (1, "one")


@pytest.mark.parametrize(
    "changes",
    [
        {"image_key": "originals/00/00000000"},
        {"thumbnail_key": "images/00/0.jpg"},
        {"image_hash": "../../key"},
        {"image": b"GIF89a"},
        {"cache_key": "../key"},
        {"cache_entry": b"{}\nx"},
        {"page": page_of("x", number=2)},
        {"page": page_of("x", rotation=45)},
    ],
)
def test_a_page_is_kept_under_its_own_keys_only(changes: dict[str, Any]) -> None:
    read = read_of(page_of("x"))
    answers.check_page(read, 1)
    with pytest.raises(PageError):
        answers.check_page(replace(read, **changes), 1)


@pytest.mark.parametrize(("media_type", "num_pages"), [("text/html", 1), ("image/png", 10**9), ("image/png", 0)])
def test_a_file_is_what_it_can_be(media_type: str, num_pages: int, tmp_path: Path) -> None:
    with pytest.raises(FileError):
        answers.check_info(FileInfo(media_type=media_type, num_pages=num_pages), settings_in(tmp_path))


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
