"""What a reader that was taken over says to the process that asked it is data, and holds up nobody."""

import os
import pickle
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest

from docintel.errors import DiskFull, DocintelError, FileError, PageError
from docintel.home import Home
from docintel.intake import FileInfo, confined
from docintel.model import DocumentState
from docintel.pipeline import ReadPage
from docintel.processes import child_side, frames, sandbox
from docintel.processes.arguments import Owned
from docintel.processes.children import Child
from docintel.processes.outcomes import Crashed, Raised, TimedOut
from docintel.processes.sandbox import Sandbox
from docintel.workers import answers, reading
from docintel.workers.worker import Worker
from tests.houses import page_of, pdf, read_of, settings_in
from tests.sandbox.attacks import MEMORY, PATIENCE_S, done_by, outcome, starts_threads

pytestmark = pytest.mark.skipif(bool(sandbox.missing()), reason=f"not on this kernel: {sandbox.missing()}")


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
