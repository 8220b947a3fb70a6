"""A reader that was taken over: attacker's Python runs inside a reading process, and gets nowhere."""

import ctypes
import importlib
import multiprocessing.shared_memory
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from docintel.processes import sandbox
from docintel.processes.children import Child
from docintel.processes.outcomes import Crashed
from docintel.processes.sandbox import Sandbox
from docintel.settings import Settings
from tests.houses import settings_in
from tests.sandbox.attacks import KEY, MEMORY, PATIENCE_S, done_by, each, outcome, starts_threads

pytestmark = pytest.mark.skipif(bool(sandbox.missing()), reason=f"not on this kernel: {sandbox.missing()}")


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
