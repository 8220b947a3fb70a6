"""Visitors while many connections say nothing and many uploads come by the byte.

    python -m benchmarks.slow_clients [--visitors 50] [--silent 1000] [--trickling 100] [--seconds 60] [--rounds 2]
                                      [--documents 200] [--json FILE]

The app is served by `docintel serve` over documents of made-up prose; visitors (benchmarks/sessions.py) open pages and
ask, by turns alone and beside the slow clients. A silent connection sends nothing; a trickling upload is a PUT to an
address that the documents page gave out, four to a browser as the page sends them, with a byte a second. Whatever the
server closes or refuses is opened again, so that as many stand as it allows. All share the machine's cores. What the
slow clients cost the app is its processor time before the visitors come; on a busy machine, which keeps the app and the
slow clients waiting, it is less than it would be.
"""

import argparse
import asyncio
import json
import os
import platform
import re
import resource
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import numpy as np
import psutil
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from benchmarks.documents_page import served
from benchmarks.search import fill
from benchmarks.sessions import LEISURELY, Report, Session, visits, warm
from docintel.home import Home
from docintel.server.browsers import COOKIE
from docintel.settings import Settings

UPLOAD = re.compile(rb"/uploads/[\w=-]+\?expires=\d+&signature=[0-9a-f]+")
FROM_ONE_BROWSER = 4
AGAIN_S = 3.0
STANDING_S = 15.0
"""From when the slow clients come until the visitors do: longer than a request's head may take."""


@dataclass
class Slow:
    """What the slow clients saw; `standing` is sampled once a second."""

    silent_opened: int = 0
    silent_now: int = 0
    trickling_now: int = 0
    standing: list[tuple[int, int]] = field(default_factory=list)
    ends_of_uploads: dict[str, int] = field(default_factory=dict)
    """By the answer's status; `closed` without one."""
    app_cpu: float = 0.0
    """Processor seconds a second that the app took for them alone."""

    def upload_ended(self, how: str) -> None:
        self.ends_of_uploads[how] = self.ends_of_uploads.get(how, 0) + 1


async def be_silent(host: str, port: int, slow: Slow) -> None:
    while True:
        try:
            reader, writer = await asyncio.open_connection(host, port)
        except OSError:
            await asyncio.sleep(1.0)
            continue
        slow.silent_opened += 1
        slow.silent_now += 1
        try:
            await reader.read()
        except OSError:
            pass
        finally:
            slow.silent_now -= 1
            writer.close()


async def trickle(host: str, port: int, path: str, browser: str, slow: Slow) -> None:
    head = (
        f"PUT {path} HTTP/1.1\r\nHost: {host}:{port}\r\nCookie: {COOKIE}={browser}\r\nX-File-Name: slow.pdf\r\n"
        "Content-Length: 1000000\r\n\r\n"
    )
    while True:
        try:
            reader, writer = await asyncio.open_connection(host, port)
            slow.trickling_now += 1
            try:
                slow.upload_ended(await _upload(reader, writer, head))
            finally:
                slow.trickling_now -= 1
                writer.close()
        except OSError:
            slow.upload_ended("closed")
        await asyncio.sleep(AGAIN_S)


async def _upload(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, head: str) -> str:
    """A byte a second until the server has had enough; its status."""
    writer.write(head.encode() + b"%PDF-1.7\n")
    answer = asyncio.create_task(reader.readline())
    try:
        while not answer.done():
            writer.write(b"%")
            await writer.drain()
            await asyncio.wait([answer], timeout=1.0)
        return answer.result().decode().partition(" ")[2].strip() or "closed"
    finally:
        answer.cancel()


async def upload_address(address: str) -> tuple[str, str]:
    """Where a new browser may put files, and its name."""
    async with httpx.AsyncClient() as client:
        await client.get(address, headers={"Accept": "text/html"})
        browser = client.cookies[COOKIE]
    stream = f"{address.replace('http', 'ws')}/_stcore/stream"
    headers = {"Cookie": f"{COOKIE}={browser}"}
    async with connect(
        stream, subprotocols=[Subprotocol("streamlit")], additional_headers=headers, max_size=None
    ) as connection:
        said = await Session(connection, Report(), seed=0).open("documents")
    found = UPLOAD.search(said)
    if found is None:
        raise SystemExit("The documents page gave out no address for uploads.")
    return found[0].decode(), browser


@asynccontextmanager
async def slow_clients(address: str, num_silent: int, num_trickling: int) -> AsyncIterator[Slow]:
    """They stand while inside."""
    parts, slow = urlsplit(address), Slow()
    host, port = parts.hostname or "", parts.port or 80
    browsers = [await upload_address(address) for _ in range(-(-num_trickling // FROM_ONE_BROWSER))]
    clients = [asyncio.create_task(be_silent(host, port, slow)) for _ in range(num_silent)]
    for number in range(num_trickling):
        path, browser = browsers[number // FROM_ONE_BROWSER]
        clients.append(asyncio.create_task(trickle(host, port, path, browser, slow)))
    clients.append(asyncio.create_task(_count(slow)))
    try:
        before, began = _app_cpu_s(), time.monotonic()
        await asyncio.sleep(STANDING_S)
        slow.app_cpu = (_app_cpu_s() - before) / (time.monotonic() - began)
        yield slow
    finally:
        for client in clients:
            client.cancel()
        await asyncio.gather(*clients, return_exceptions=True)


def _app_cpu_s() -> float:
    app = next(process for process in psutil.Process().children() if "serve" in process.cmdline())
    taken = app.cpu_times()
    return float(taken.user + taken.system)


async def _count(slow: Slow) -> None:
    while True:
        await asyncio.sleep(1.0)
        slow.standing.append((slow.silent_now, slow.trickling_now))


def merged(reports: Sequence[Report]) -> Report:
    every = Report()
    for report in reports:
        for what, seconds in report.seconds.items():
            every.seconds.setdefault(what, []).extend(seconds)
        every.answers += report.answers
        every.errors += report.errors
        every.dropped += report.dropped
    return every


async def measured(
    address: str, documents: Sequence[str], wanted: argparse.Namespace
) -> tuple[Report, Report, list[Slow]]:
    """Visitors alone and beside the slow clients, by turns."""
    await warm(address)
    alone, beside, slow = [], [], []
    for _ in range(wanted.rounds):
        alone.append(await visits(address, documents, wanted.visitors, wanted.seconds, LEISURELY))
        async with slow_clients(address, wanted.silent, wanted.trickling) as standing:
            beside.append(await visits(address, documents, wanted.visitors, wanted.seconds, LEISURELY))
        slow.append(standing)
    return merged(alone), merged(beside), slow


def show(alone: Report, beside: Report, slow: Sequence[Slow]) -> None:
    print("| asked for | alone, p50 / p95 s | beside, p50 / p95 s |\n|---|---:|---:|")
    for what in sorted(alone.seconds.keys() | beside.seconds.keys()):
        print(f"| {what} | {_figures(alone.seconds.get(what, []))} | {_figures(beside.seconds.get(what, []))} |")
    for name, report in (("alone", alone), ("beside", beside)):
        print(f"{name}: answers {report.answers}, dropped {len(report.dropped)}, errors {len(report.errors)}")
        for reason, count in Counter([*report.dropped, *report.errors]).most_common():
            print(f"  {count} × {reason}")
    for each in slow:
        silent, trickling = np.median(each.standing, axis=0)
        print(
            f"standing (median): {silent:.0f} silent, {trickling:.0f} trickling; silent connections opened "
            f"{each.silent_opened:,}; uploads ended {each.ends_of_uploads}; "
            f"for these alone the app took {each.app_cpu:.0%} of a core"
        )


def _figures(seconds: Sequence[float]) -> str:
    if not seconds:
        return "none"
    middle, late = np.percentile(seconds, [50, 95])
    return f"{middle:.2f} / {late:.2f} ({len(seconds):,} times)"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--visitors", type=int, default=50)
    parser.add_argument("--silent", type=int, default=1000)
    parser.add_argument("--trickling", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--documents", type=int, default=200)
    parser.add_argument("--json", type=Path)
    wanted = parser.parse_args()
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    os.environ["DOCINTEL_ENGINE"] = "fake"
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="docintel-slow-clients-") as name:
        folder = Path(name)
        home = folder / "home"
        with Home.open(Settings(home=home, engine="fake"), owner=True) as opened:
            fill(opened, folder, wanted.documents, 4 * wanted.documents)
            documents = [document.id for document in opened.library.documents()]
        with served(home) as address:
            alone, beside, slow = asyncio.run(measured(address, documents, wanted))
    show(alone, beside, slow)
    print(
        f"{len(os.sched_getaffinity(0))} cores, load {os.getloadavg()[1]:.0f}, {time.monotonic() - began:.0f} s in all"
    )
    if wanted.json:
        machine = {"machine": platform.machine(), "cores": os.cpu_count(), "load": os.getloadavg()}
        figures = {"alone": asdict(alone), "beside": asdict(beside), "slow": [asdict(each) for each in slow]}
        wanted.json.write_text(json.dumps({**machine, **figures}, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
