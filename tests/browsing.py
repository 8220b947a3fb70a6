"""The app as `streamlit run app.py` serves it, and a real browser whose requests and complaints are noted."""

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser, ConsoleMessage, Dialog, Page, Request, expect, sync_playwright

from docintel.settings import PROJECT
from tests.waiting import answers, until

CHROMIUM = shutil.which("chromium")
FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()
PATIENCE_MS = 60_000


@dataclass(frozen=True)
class Served:
    address: str
    pid: int


@contextmanager
def served(folder: Path, **settings: str) -> Iterator[Served]:
    """The app over the home `folder`/home; `settings` are those of the environment, without DOCINTEL_."""
    environment = {"DOCINTEL_HOME": str(folder / "home"), "DOCINTEL_JOBS": "1"}
    environment |= {f"DOCINTEL_{name.upper()}": value for name, value in settings.items()}
    command = [sys.executable, "-m", "streamlit", "run", str(PROJECT / "app.py"), "--server.port"]
    with running(command, folder, os.environ | environment) as app:
        yield app


@contextmanager
def running(command: Sequence[str], folder: Path, environment: Mapping[str, str]) -> Iterator[Served]:
    """The app that `command` starts in `folder`, on the port that is put at its end."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = (folder / "log").open("wb")
    with log, subprocess.Popen([*command, str(port)], env=environment, stdout=log, stderr=log, cwd=folder) as server:
        try:
            until(lambda: answers(f"http://127.0.0.1:{port}/healthz"))
            yield Served(f"http://127.0.0.1:{port}", server.pid)
        finally:
            server.terminate()


@contextmanager
def a_browser(*flags: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS, *flags])
        expect.set_options(timeout=PATIENCE_MS)
        yield opened
        opened.close()


class Watch:
    """What a page asked for from elsewhere, the dialogs that it opened, and what it complained about."""

    def __init__(self, page: Page, address: str = "") -> None:
        self.foreign: list[str] = []
        self.complaints: list[str] = []
        self.dialogs: list[str] = []
        self._own = urlsplit(address).netloc
        page.on("request", self._on_request)
        page.on("console", self._on_console)
        page.on("dialog", self._on_dialog)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _on_request(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme not in {"data", "blob"} and parts.netloc != self._own:
            self.foreign.append(request.url)

    def _on_console(self, message: ConsoleMessage) -> None:
        """Streamlit looks for its server beside a deep link first, and the browser reports that 404 by itself."""
        is_search = "/_stcore/" in message.location.get("url", "") and "404" in message.text
        if message.type == "error" and not is_search:
            self.complaints.append(message.text)

    def _on_dialog(self, dialog: Dialog) -> None:
        self.dialogs.append(dialog.message)
        dialog.dismiss()

    def saw_nothing(self) -> None:
        assert (self.foreign, self.dialogs, self.complaints) == ([], [], [])
