"""Many browser sessions at once, browsing and asking, while documents are read in bulk.

    python -m benchmarks.sessions [--sessions 50] [--seconds 180] [--documents 500] [--bulk 300] [--hasty]
                                 [--json FILE]

A session is a WebSocket client that speaks Streamlit's own protocol as the browser does: it opens pages, answers the
server's wishes to look again (fragments that poll), and asks questions; it draws nothing and loads no pictures. The
app is served as `docintel serve` serves it, over documents of made-up prose (those of benchmarks/search.py), while its
worker reads printed pages with the local engine. Sessions share the machine's cores with the app and its worker.

Seconds run from asking for a page until its script has run to its end. Dropped: a connection that the server closed,
or a page that did not come within a minute. Memory is PSS: of the app's process, and of all its processes together.
"""

import argparse
import asyncio
import json
import os
import platform
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from urllib.parse import urlencode

import numpy as np
import psutil
from PIL import Image, ImageDraw, ImageFont
from streamlit.proto.Alert_pb2 import Alert
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from benchmarks.documents_page import served
from benchmarks.search import Writer, fill
from benchmarks.throughput import pss_mb
from docintel.home import Home
from docintel.library.jobs.states import PageState
from docintel.settings import Settings

PATIENCE_S = 60.0
COMING_S = 10.0
"""Over which the sessions come, one after the other."""
SAMPLE_EVERY_S = 5.0
LOADED_S = 600.0
ANSWER = b'class="doc-answer'


@dataclass(frozen=True)
class Habits:
    """What a visitor does: one of `pages` after another, looking at each for a while (it polls meanwhile)."""

    pages: tuple[str, ...]
    stays_s: tuple[float, float]


LEISURELY = Habits(("documents", "viewer", "viewer", "ask", "jobs"), (5.0, 25.0))
HASTY = Habits(("documents", "viewer", "ask", "ask", "jobs"), (2.0, 8.0))


@dataclass
class Report:
    """What all sessions saw."""

    seconds: dict[str, list[float]] = field(default_factory=dict)
    """By what was asked for."""
    answers: int = 0
    errors: list[str] = field(default_factory=list)
    dropped: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Memory:
    at_s: float
    app_mb: float
    all_mb: float


class Session:
    """One visitor."""

    def __init__(
        self, connection: ClientConnection, report: Report, seed: int, *, patience_s: float = PATIENCE_S
    ) -> None:
        self._connection = connection
        self._report = report
        self._patience_s = patience_s
        self._writer = Writer(seed)
        self._pages: dict[str, str] = {}
        self._polls: dict[str, float] = {}
        self._here: tuple[str, str] = ("", "")

    async def browse(self, documents: Sequence[str], until: float, habits: Habits) -> None:
        """Opens the app, then page after page, as people do."""
        await self.open("documents")
        while time.monotonic() < until:
            what = self._writer.dice.choice(habits.pages)
            if what == "viewer":
                await self.open(what, document=self._writer.dice.choice(documents), page="1")
            elif what == "ask":
                await self.open(what, question=f"{self._writer.words(5)}?")
                self._report.answers += 1
            else:
                await self.open(what)
            await self.stay(self._writer.dice.uniform(*habits.stays_s), until)

    async def open(self, name: str, **query: str) -> bytes:
        """All that the server says about a page."""
        self._here = (self._pages.get(name, ""), urlencode(query))
        return await self._run(name)

    async def stay(self, seconds: float, until: float) -> None:
        """Polls what the page wants to be polled."""
        end = min(time.monotonic() + seconds, until)
        while time.monotonic() < end:
            every = min(self._polls.values(), default=seconds)
            await asyncio.sleep(min(every, max(end - time.monotonic(), 0)))
            for fragment in list(self._polls)[:1]:  # our pages have one; a run of the whole page may replace it
                await self._run("polling", fragment)

    async def _run(self, what: str, fragment: str = "") -> bytes:
        message = BackMsg()
        state = message.rerun_script
        state.page_script_hash, state.query_string = self._here
        state.fragment_id, state.is_auto_rerun = fragment, bool(fragment)
        state.context_info.url = str(self._connection.remote_address)
        began = time.perf_counter()
        await self._connection.send(message.SerializeToString())
        async with asyncio.timeout(self._patience_s):
            told = await self._told()
        self._report.seconds.setdefault(what, []).append(time.perf_counter() - began)
        return told

    async def _told(self) -> bytes:
        """Everything up to the end of the run, of the page that was asked for or of the part of it that polls.

        A poll may have had a page run anew, whose end comes after the next page was asked for: it is not that one's.
        """
        said, polls, page = bytearray(), dict[str, float](), ""
        while True:
            data = await self._connection.recv(decode=False)
            said += data
            message = ForwardMsg.FromString(data)
            match message.WhichOneof("type"):
                case "navigation":
                    self._pages = {
                        page.url_pathname or "documents": page.page_script_hash for page in message.navigation.app_pages
                    }
                case "auto_rerun":
                    polls[message.auto_rerun.fragment_id] = message.auto_rerun.interval
                case "new_session":
                    page = message.new_session.page_script_hash
                case "delta":
                    self._report.errors += error_in(message)
                case "script_finished" if message.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY:
                    self._polls = polls
                    if self._is_meant(page, said):
                        return bytes(said)
                case "script_finished" if message.script_finished == ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY:
                    return bytes(said)

    def _is_meant(self, page: str, said: bytearray) -> bool:
        asked_for, query = self._here
        return asked_for in {"", page} and (ANSWER in said or "question=" not in query)


def error_in(message: ForwardMsg) -> list[str]:
    """What a user would be told went wrong."""
    element = message.delta.new_element
    kind = element.WhichOneof("type")
    if kind == "exception":
        return [element.exception.message]
    return [element.alert.body] if kind == "alert" and element.alert.format == Alert.ERROR else []


def connected(address: str) -> connect:
    return connect(
        f"{address.replace('http', 'ws')}/_stcore/stream", subprotocols=[Subprotocol("streamlit")], max_size=None
    )


async def warm(address: str) -> None:
    """Has the models loaded, before the clock starts."""
    async with connected(address) as connection:
        session = Session(connection, Report(), seed=0, patience_s=LOADED_S)
        await session.open("documents")
        await session.open("ask", question="Is anybody there?")


async def visit(
    address: str, report: Report, documents: Sequence[str], habits: Habits, *, number: int, until: float
) -> None:
    """One session from its coming to the end, or until it is dropped."""
    try:
        async with connected(address) as connection:
            await Session(connection, report, seed=number).browse(documents, until, habits)
    except (ConnectionClosed, TimeoutError, OSError) as error:
        report.dropped.append(str(error) or f"nothing came for {PATIENCE_S:.0f} s")


async def visits(address: str, documents: Sequence[str], num_sessions: int, seconds: float, habits: Habits) -> Report:
    report = Report()
    until = time.monotonic() + seconds
    async with asyncio.TaskGroup() as group:
        for number in range(num_sessions):
            group.create_task(visit(address, report, documents, habits, number=number, until=until))
            await asyncio.sleep(COMING_S / num_sessions)
    return report


async def measured(
    address: str, documents: Sequence[str], num_sessions: int, seconds: float, habits: Habits
) -> tuple[Report, list[Memory]]:
    """The sessions, and the app's memory from before they came until they left."""
    app = next(process for process in psutil.Process().children() if "serve" in process.cmdline())
    began, samples = time.monotonic(), list[Memory]()

    async def sample() -> None:
        while True:
            processes = [app, *app.children(recursive=True)]
            at_s = round(time.monotonic() - began, 1)
            samples.append(Memory(at_s, round(pss_mb([app]), 1), round(pss_mb(processes), 1)))
            await asyncio.sleep(SAMPLE_EVERY_S)

    sampling = asyncio.create_task(sample())
    report = await visits(address, documents, num_sessions, seconds, habits)
    sampling.cancel()
    return report, samples


def print_page(path: Path, writer: Writer) -> None:
    """A page of prose as a scanner sees it."""
    page = Image.new("RGB", (1240, 1754), (250, 249, 246))
    pen, font = ImageDraw.Draw(page), ImageFont.load_default(28)
    for line in range(36):
        pen.text((120, 140 + 40 * line), writer.words(10)[:70], font=font, fill=(30, 30, 34))
    page.save(path)


def queue_bulk(home: Path, folder: Path, count: int) -> None:
    writer = Writer(11)
    with Home.open(Settings(home=home), owner=False) as house:
        for number in range(count):
            path = folder / f"bulk-{number}.png"
            print_page(path, writer)
            house.library.add(path, name=path.name, collection="bulk")


def pages_read(home: Path) -> int:
    with Home.open(Settings(home=home), owner=False) as house:
        return house.library.page_counts().get(PageState.DONE, 0)


def measure(wanted: argparse.Namespace) -> tuple[Report, list[Memory], int]:
    with tempfile.TemporaryDirectory(prefix="docintel-sessions-") as name:
        folder = Path(name)
        home = folder / "home"
        with Home.open(Settings(home=home, engine="fake"), owner=True) as opened:
            fill(opened, folder, wanted.documents, 4 * wanted.documents)
            documents = [document.id for document in opened.library.documents()]
        os.environ["DOCINTEL_ENGINE"] = "local"
        with served(home) as address:
            asyncio.run(warm(address))
            queue_bulk(home, folder, wanted.bulk)
            before = pages_read(home)
            habits = HASTY if wanted.hasty else LEISURELY
            report, memory = asyncio.run(measured(address, documents, wanted.sessions, wanted.seconds, habits))
            return report, memory, pages_read(home) - before


def show(report: Report, memory: Sequence[Memory], read: int, wanted: argparse.Namespace) -> None:
    print(f"{wanted.sessions} sessions for {wanted.seconds:.0f} s on {len(os.sched_getaffinity(0))} cores")
    print("| asked for | times | p50, s | p95, s | most, s |\n|---|---:|---:|---:|---:|")
    for what, taken in sorted(report.seconds.items()):
        middle, late = np.percentile(taken, [50, 95])
        print(f"| {what} | {len(taken):,} | {middle:.2f} | {late:.2f} | {max(taken):.2f} |")
    print(f"dropped {len(report.dropped)}, errors {len(report.errors)}, answers {report.answers}")
    for reason, count in Counter([*report.dropped, *report.errors]).most_common():
        print(f"  {count} × {reason}")
    print(f"pages read meanwhile: {read} ({60 * read / wanted.seconds:.1f} a minute)")
    thirds = [memory[0], memory[len(memory) // 3], memory[2 * len(memory) // 3], memory[-1]]
    print("| after, s | app, MB PSS | all processes, MB PSS |\n|---:|---:|---:|")
    for at in thirds:
        print(f"| {at.at_s:.0f} | {at.app_mb:.0f} | {at.all_mb:.0f} |")
    print(f"most: app {max(at.app_mb for at in memory):.0f} MB, all {max(at.all_mb for at in memory):.0f} MB")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sessions", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=180.0)
    parser.add_argument("--documents", type=int, default=500)
    parser.add_argument("--bulk", type=int, default=300)
    parser.add_argument(
        "--hasty", action="store_true", help="stay 2 to 8 s, ask two times in five (else 5 to 25 s, one)"
    )
    parser.add_argument("--json", type=Path)
    wanted = parser.parse_args()
    report, memory, read = measure(wanted)
    show(report, memory, read, wanted)
    if wanted.json:
        found = {
            "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}",
            **{name: getattr(wanted, name) for name in ("sessions", "seconds", "documents")},
            "pages_read": read,
            "report": asdict(report),
            "memory": [asdict(at) for at in memory],
        }
        wanted.json.write_text(json.dumps(found, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
