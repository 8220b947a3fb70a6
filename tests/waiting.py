"""Waiting for what another thread or process does, without a test that depends on how fast it is."""

import time
from collections.abc import Callable

import httpx

PATIENCE_S = 120.0
"""Far longer than anything should take: it only ends a test that would wait for ever."""


def until(condition: Callable[[], object], *, patience_s: float = PATIENCE_S) -> None:
    """Returns once `condition` is true."""
    end = time.monotonic() + patience_s
    while not condition():
        assert time.monotonic() < end, "it never came true"
        time.sleep(0.02)


def answers(url: str) -> bool:
    """Whether a server answers there with success."""
    try:
        return httpx.get(url).is_success
    except httpx.TransportError:
        return False
