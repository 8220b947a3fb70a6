"""The app beside a home: what it says of itself over HTTP, and its worker."""

import json
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.contracts.command_line import environment
from tests.contracts.observed import ROOT
from tests.waiting import PATIENCE_S, until


@contextmanager
def served(home: Path) -> Iterator[str]:
    """The app's address, as long as it is inside; its worker reads what is queued."""
    port = _free_port()
    command = [sys.executable, "-m", "docintel", "serve", "--port", str(port), "--home", str(home)]
    with subprocess.Popen(command, env=environment(home), cwd=ROOT, stdout=subprocess.DEVNULL) as process:
        try:
            address = f"http://127.0.0.1:{port}"
            until(lambda: _answers(process, f"{address}/healthz"))
            yield address
        finally:
            process.terminate()


def get(address: str) -> tuple[int, str]:
    """Status and text."""
    try:
        with urllib.request.urlopen(address, timeout=PATIENCE_S) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def health_once_settled(address: str) -> dict[str, Any]:
    """What /healthz says once a worker is alive and the index has caught up."""
    until(lambda: all(_health(address)[name] for name in ("worker", "index")))
    return _health(address)


def _health(address: str) -> dict[str, Any]:
    status, text = get(f"{address}/healthz")
    return {"code": status, **json.loads(text)}


def _answers(process: subprocess.Popen[bytes], address: str) -> bool:
    if process.poll() is not None:
        raise RuntimeError(f"`docintel serve` ended with {process.returncode}")
    try:
        return get(address)[0] == 200
    except (urllib.error.URLError, ConnectionError):
        return False


def _free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])
