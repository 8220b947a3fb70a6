"""Screenshots of the app with the samples read, light and dark. Argument: where to put them (docs/images/)."""

import io
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
from typing import Literal

import httpx
from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright

PROJECT = Path(__file__).resolve().parent.parent
FLAGS = "--headless --no-sandbox --disable-gpu --disable-quic --disable-background-networking --disable-sync".split()
SIZE = (1440, 900)
QUESTION = "What is the due date?"
STARTED_S, PATIENCE_MS = 60, 240_000


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else PROJECT / "docs" / "images"
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as home:
        environment = os.environ | {"DOCINTEL_HOME": home}
        command = [sys.executable, "-m", "docintel"]
        subprocess.run([*command, "ingest", str(PROJECT / "samples"), "--collection", "samples"], env=environment)
        with served(command, environment) as address, sync_playwright() as playwright:
            expect.set_options(timeout=PATIENCE_MS)
            browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
            take(browser, address, folder, "light")
            take(browser, address, folder, "dark")
            browser.close()


@contextmanager
def served(command: list[str], environment: dict[str, str]) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    with subprocess.Popen([*command, "serve", "--port", str(port)], env=environment) as server:
        try:
            wait_for(f"{address}/healthz")
            yield address
        finally:
            server.terminate()


def wait_for(address: str) -> None:
    end = time.monotonic() + STARTED_S
    while True:
        try:
            httpx.get(address).raise_for_status()
        except httpx.HTTPError:
            if time.monotonic() > end:
                raise
            time.sleep(0.3)
        else:
            return


def take(browser: Browser, address: str, folder: Path, scheme: Literal["light", "dark"]) -> None:
    """The way of the main job: documents, a page with its boxes, a question, its citation, the jobs."""
    page = browser.new_page(viewport={"width": SIZE[0], "height": SIZE[1]}, color_scheme=scheme)
    page.goto(address)
    row = page.locator('[class*="st-key-document-"]').filter(has_text="invoice-english")
    expect(row).to_be_visible()
    save(page, folder / f"documents-{scheme}.webp")
    row.get_by_role("link", name="Open").click()
    page.locator('.viewer .box[data-label="table"]').first.click()
    save(page, folder / f"viewer-{scheme}.webp")
    page.get_by_role("link", name="Ask", exact=True).click()
    page.get_by_placeholder("Ask about your documents").fill(QUESTION)
    page.keyboard.press("Enter")
    expect(page.locator(".doc-answer")).to_be_visible()
    save(page, folder / f"ask-{scheme}.webp")
    page.get_by_role("link", name="Show on the page").first.click()
    expect(page.locator(".viewer .mark").first).to_be_visible()
    save(page, folder / f"citation-{scheme}.webp")
    page.get_by_role("link", name="Jobs", exact=True).click()
    expect(page.locator(".doc-figures")).to_be_visible()
    save(page, folder / f"jobs-{scheme}.webp")
    page.get_by_role("link", name="System", exact=True).click()
    expect(page.get_by_text("In use")).to_be_visible()
    save(page, folder / f"system-{scheme}.webp")
    page.close()


def save(page: Page, path: Path) -> None:
    """As WebP: scans are noisy, and ten PNGs of them would be megabytes."""
    page.mouse.move(0, 0)
    page.wait_for_timeout(1500)
    with Image.open(io.BytesIO(page.screenshot())) as shot:
        shot.convert("RGB").save(path, quality=90, method=6)


if __name__ == "__main__":
    main()
