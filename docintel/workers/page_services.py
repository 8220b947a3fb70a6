"""What a worker does for a reading process while that reads a page: it looks into the cache, asks the model, and shows
how far it is.

Each is for one page, and all that the process can reach outside its sandbox. What it asks with is not believed.
"""

import time
from collections.abc import Callable
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from docintel.engines import WRITING, page_generator
from docintel.errors import DocintelError
from docintel.jobs.live_output import LiveOutput, OutputWriter, write_output
from docintel.library.store import Store, translate_errors
from docintel.pipeline.cache import Cache, is_sound
from docintel.processes import results
from docintel.processes.arguments import Owned
from docintel.runtime import Generated, Generator, Request
from docintel.settings import Settings
from docintel.workers.by_call import EntriesByCall, GeneratorByCall

ASKED_ANEW_S = 1_800.0
"""After so long it is asked anew which model answers."""

OnEvent = Callable[[int, str, int], bool]


def cache_by_call(store: Store) -> Cache:
    """`store`'s cache for a child: it finds the entry whose key it knows, and drops one that is damaged."""
    entries = store.cache.store

    def exists(key: str) -> bool:
        return entries.exists(key)

    def read(key: str) -> bytes:
        with translate_errors():
            return entries.read(key)

    def drop_damaged(key: str) -> None:
        if entries.exists(key) and not is_sound(key, entries.read(key)):
            entries.delete(key)

    return Cache(EntriesByCall(Owned(exists), Owned(read), Owned(drop_damaged)))  # type: ignore[arg-type]


def generator_by_call(engine: str, settings: Settings) -> GeneratorByCall | None:
    """For a child that reads with `engine`; None where that needs no model of others."""
    if engine not in WRITING:
        return None

    def current() -> Generator:
        return _generator(engine, settings, int(time.monotonic() // ASKED_ANEW_S))

    def name() -> str:
        return current().name

    def generate(requests: list[dict[str, Any]], *, on_event: OnEvent) -> list[Any]:
        asked = [_request_of(each) for each in requests]
        return [_said_answer(each) for each in current().generate(asked, on_event)]

    return GeneratorByCall(Owned(name), Owned(generate))  # type: ignore[arg-type]


@lru_cache(maxsize=2)
def _generator(engine: str, settings: Settings, _period: int) -> Generator:
    return page_generator(engine, settings)


def output_by_call(path: Path) -> OutputWriter:
    """A `ProgressCallback` for a child, whose notes lie at `path`."""

    def note(output: LiveOutput) -> None:
        write_output(path, output)

    return OutputWriter(Owned(note))  # type: ignore[arg-type]


def preview_by_call(store: Store, key: str) -> Owned:
    """Shows a small picture of the page, kept under `key`."""

    def show(preview: bytes) -> None:
        with translate_errors():
            store.files.write(key, preview)

    return Owned(show)


def _request_of(said: dict[str, Any]) -> Request:
    """Raises Unexpected."""
    try:
        return Request(**{**said, "images": tuple(_pixels_of(each) for each in said["images"])})
    except (TypeError, ValueError, LookupError) as error:
        raise results.Unexpected("a child asked a model in a way that makes no sense") from error


def _pixels_of(said: dict[str, Any]) -> np.ndarray[Any, np.dtype[np.uint8]]:
    height, width, depth = said["shape"]
    if depth != 3:
        raise ValueError("a picture has three colours")
    return np.frombuffer(said["pixels"], np.uint8).reshape(height, width, depth)


def _said_answer(answer: Generated | DocintelError) -> Any:
    return results.said_of(answer) if isinstance(answer, DocintelError) else asdict(answer)
