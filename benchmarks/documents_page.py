"""How soon the documents page can be used, in a real browser, with many documents.

    python -m benchmarks.documents_page [--documents 500] [--runs 5] [--json FILE]

The documents are those of benchmarks/search.py. Usable: from asking for the address until the first document can be
opened, in a browser that has been there before; and from typing a name until only what matches is listed.
"""

import argparse
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

import httpx
from playwright.sync_api import Page, expect, sync_playwright

from benchmarks.search import fill
from docintel.home import Home
from docintel.settings import Settings

FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()
STARTED_S = 120


@contextmanager
def served(home: Path) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "docintel", "serve", "--home", str(home), "--port", str(port)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            wait_for(f"http://127.0.0.1:{port}")
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()


def wait_for(address: str) -> None:
    end = time.monotonic() + STARTED_S
    while time.monotonic() < end:
        try:
            httpx.get(f"{address}/healthz").raise_for_status()
        except httpx.HTTPError:
            time.sleep(0.2)
        else:
            return
    raise SystemExit(f"The app did not start within {STARTED_S} s.")


def opening(page: Page, address: str) -> float:
    """Seconds until the first document can be opened."""
    page.goto("about:blank")
    began = time.perf_counter()
    page.goto(address, wait_until="commit")
    page.get_by_role("link", name="Open").first.wait_for()
    return time.perf_counter() - began


def narrowing(page: Page, number: int) -> float:
    """Seconds until typing a document's number leaves that one alone."""
    rows = page.get_by_role("link", name="Open")
    field = page.get_by_placeholder("Search by name")
    began = time.perf_counter()
    field.fill(f" {number}.png")
    expect(rows).to_have_count(1, timeout=60_000)
    taken = time.perf_counter() - began
    field.fill("")
    rows.nth(1).wait_for(timeout=60_000)
    return taken


def measure(num_documents: int, runs: int) -> dict[str, list[float]]:
    with tempfile.TemporaryDirectory(prefix="docintel-page-") as name:
        folder = Path(name)
        with Home.open(Settings(home=folder / "home", engine="fake"), owner=True) as home:
            fill(home, folder, num_documents, num_documents)
        with served(folder / "home") as address, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
            page = browser.new_page(viewport={"width": 1360, "height": 900})
            opening(page, address)
            return {
                "opened": [opening(page, address) for _ in range(runs)],
                "narrowed": [narrowing(page, num_documents - 1 - run) for run in range(runs)],
            }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=int, default=500)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--json", type=Path)
    wanted = parser.parse_args()
    times = measure(wanted.documents, wanted.runs)
    print(f"| {wanted.documents} documents | median, s | most, s |\n|---|---:|---:|")
    for what, taken in times.items():
        print(f"| {what} | {median(taken):.2f} | {max(taken):.2f} |")
    if wanted.json:
        facts = {"cores": os.cpu_count(), "load": os.getloadavg(), "seconds": times}
        wanted.json.write_text(json.dumps(facts, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
