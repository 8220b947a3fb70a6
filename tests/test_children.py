"""docintel.processes.children: a call's crash, hang or greed ends the call and nothing else."""

import logging
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from docintel.errors import DocintelError, PageError
from docintel.processes.children import Child, call
from docintel.processes.outcomes import Crashed, Outcome, Raised, Returned, TimedOut

MEMORY = 1 << 30
PATIENCE_S = 60.0


def add(a: int, b: int) -> int:
    return a + b


def threads_allowed() -> str:
    return os.environ["OMP_NUM_THREADS"]


def group_and_session() -> tuple[int, int]:
    return os.getpgid(0), os.getsid(0)


def refuse() -> None:
    raise PageError("The page is torn.")


def stumble() -> None:
    raise ValueError("-".join(["text", "of", "the", "page"]))


def complain() -> None:
    os.write(2, b"TIFFFillStrip: read error")


def complain_and_crash() -> None:
    os.write(2, b"first\n" * 5 + b"TIFFFillStrip: read\x07 error\nlast line\n")
    crash()


def log_an_error() -> str:
    try:
        stumble()
    except ValueError:
        logging.getLogger("docintel.test").exception("a line could not be read")
    os.write(2, b"noise of a library\n")
    return "done"


def write_without_end() -> str:
    for _ in range(10_000):
        with suppress(BlockingIOError):
            os.write(2, b"x" * 1_000)
    return "done"


def be_greedy() -> int:
    return len(bytearray(4 * MEMORY))


def crash() -> None:
    os.kill(os.getpid(), signal.SIGSEGV)


def leave() -> None:
    os._exit(3)


def write(path: Path, size: int) -> None:
    path.write_bytes(bytes(size))


def start_a_program() -> int:
    """Its process id; it would run for an hour."""
    return subprocess.Popen([sys.executable, "-c", "import time; time.sleep(3600)"]).pid


def limits() -> tuple[int, int]:
    """Of processor seconds and of core dumps."""
    return resource.getrlimit(resource.RLIMIT_CPU)[0], resource.getrlimit(resource.RLIMIT_CORE)[0]


def hang() -> None:
    time.sleep(3600)


@pytest.fixture
def child() -> Iterator[Child]:
    started = Child(memory_bytes=MEMORY)
    yield started
    started.kill()


def called(child: Child, function: Callable[[], object]) -> Outcome:
    child.begin(function, timeout_s=PATIENCE_S)
    return outcome(child)


def outcome(child: Child) -> Outcome:
    while (found := child.wait(1.0)) is None:
        continue
    return found


def test_calls_are_made_one_after_another_in_one_process(child: Child) -> None:
    for number in range(3):
        child.begin(add, number, 1, timeout_s=PATIENCE_S)
        assert outcome(child) == Returned(number + 1)
    assert child.num_calls == 3


def test_libraries_in_a_child_have_one_thread(child: Child) -> None:
    child.begin(threads_allowed, timeout_s=PATIENCE_S)
    assert outcome(child) == Returned("1")


def test_a_child_is_a_group_of_its_own_in_its_owners_session(child: Child) -> None:
    child.begin(group_and_session, timeout_s=PATIENCE_S)
    assert outcome(child) == Returned((child.pid, os.getsid(0)))


def test_errors_come_back_and_the_child_goes_on(child: Child) -> None:
    child.begin(refuse, timeout_s=PATIENCE_S)
    refused = outcome(child)
    assert isinstance(refused, Raised)
    assert isinstance(refused.error, PageError)
    child.begin(stumble, timeout_s=PATIENCE_S)
    stumbled = outcome(child)
    assert isinstance(stumbled, Raised)
    assert "ValueError" in str(stumbled.error)
    assert "stumble" in stumbled.trace
    assert "text-of-the-page" not in str(stumbled.error) + stumbled.trace
    child.begin(add, 1, 1, timeout_s=PATIENCE_S)
    assert outcome(child) == Returned(2)


def test_memory_is_limited(child: Child) -> None:
    child.begin(be_greedy, timeout_s=PATIENCE_S)
    greedy = outcome(child)
    assert isinstance(greedy, Raised)
    assert "memory" in str(greedy.error)


def test_what_is_written_is_limited(tmp_path: Path) -> None:
    child = Child(memory_bytes=MEMORY, file_bytes=1 << 20)
    child.begin(write, tmp_path / "small", 1 << 20, timeout_s=PATIENCE_S)
    assert outcome(child) == Returned(None)
    child.begin(write, tmp_path / "bomb", 1 << 21, timeout_s=PATIENCE_S)
    assert isinstance(outcome(child), Raised)
    assert (tmp_path / "bomb").stat().st_size <= 1 << 20
    child.begin(add, 1, 1, timeout_s=PATIENCE_S)
    assert outcome(child) == Returned(2)
    child.kill()


def test_processor_time_is_limited_and_no_core_is_dumped(child: Child) -> None:
    child.begin(limits, timeout_s=10.0)
    returned = outcome(child)
    assert isinstance(returned, Returned)
    seconds, core = returned.value
    assert 10 <= seconds < 10 * (os.cpu_count() or 1) + 60
    assert core == 0


def test_programs_that_a_child_started_end_with_it(child: Child) -> None:
    child.begin(start_a_program, timeout_s=PATIENCE_S)
    returned = outcome(child)
    assert isinstance(returned, Returned)
    program = psutil.Process(returned.value)
    child.kill()
    program.wait(PATIENCE_S)
    assert not program.is_running()


@pytest.mark.parametrize(("function", "how"), [(crash, "SIGSEGV"), (leave, "exit status 3")])
def test_a_crash_is_told_from_a_result(child: Child, function: object, how: str) -> None:
    assert callable(function)
    child.begin(function, timeout_s=PATIENCE_S)
    crashed = outcome(child)
    assert isinstance(crashed, Crashed)
    assert how in crashed.how
    assert not child.is_alive


def test_a_hanging_call_is_ended(child: Child) -> None:
    child.begin(hang, timeout_s=0.2)
    assert outcome(child) == TimedOut(0.2)
    assert not psutil.pid_exists(child.pid)


def test_a_single_call_raises_what_became_of_it() -> None:
    assert call(add, 1, 2, timeout_s=PATIENCE_S, memory_bytes=MEMORY) == 3
    with pytest.raises(PageError):
        call(refuse, timeout_s=PATIENCE_S, memory_bytes=MEMORY)
    with pytest.raises(DocintelError, match="SIGSEGV"):
        call(crash, timeout_s=PATIENCE_S, memory_bytes=MEMORY)
    with pytest.raises(DocintelError, match="within"):
        call(hang, timeout_s=0.2, memory_bytes=MEMORY)


def test_children_end_with_their_owner_even_in_the_middle_of_a_call(tmp_path: Path) -> None:
    script = tmp_path / "owner.py"
    script.write_text(
        "import time\n"
        "from docintel.processes.children import Child\n"
        "from tests.test_children import hang\n"
        "if __name__ == '__main__':\n"
        "    child = Child(memory_bytes=1 << 30)\n"
        "    child.begin(hang, timeout_s=3600)\n"
        "    print(child.pid, flush=True)\n"
        "    time.sleep(3600)\n",
        encoding="utf-8",
    )
    environment = {**os.environ, "PYTHONPATH": str(Path.cwd())}
    with subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE, text=True, env=environment) as owner:
        assert owner.stdout is not None
        process = psutil.Process(int(owner.stdout.readline()))
        owner.kill()
        process.wait(PATIENCE_S)
    assert not process.is_running()


def test_what_c_libraries_say_of_a_file_stays_in_the_child(capfd: pytest.CaptureFixture[str]) -> None:
    child = Child(memory_bytes=MEMORY)
    child.begin(complain, timeout_s=PATIENCE_S)
    outcome = child.wait(PATIENCE_S)
    child.kill()
    assert isinstance(outcome, Returned)
    assert capfd.readouterr().err == ""


def test_what_a_child_logs_is_logged_and_what_its_libraries_write_is_not(
    child: Child, caplog: pytest.LogCaptureFixture
) -> None:
    assert called(child, log_an_error) == Returned("done")
    assert "a line could not be read" in caplog.text
    assert "in stumble" in caplog.text
    assert "noise" not in caplog.text
    assert "text-of-the-page" not in caplog.text


def test_a_crashed_child_leaves_its_last_words(child: Child) -> None:
    assert called(child, complain_and_crash) == Crashed(
        "signal SIGSEGV", "first; TIFFFillStrip: read  error; last line"
    )


def test_nobody_waits_for_a_child_that_writes_without_end(child: Child) -> None:
    assert called(child, write_without_end) == Returned("done")
    assert called(child, write_without_end) == Returned("done")
