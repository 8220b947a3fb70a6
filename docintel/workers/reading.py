"""What a reading process is asked to do. Runs there, never in the worker itself."""

from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path

from docintel import intake
from docintel.engines import OPENERS, WRITING, Engine, engine_with, open_engine, resolved
from docintel.jobs import live_output
from docintel.pipeline import ReadPage, read_page
from docintel.pipeline.cache import Cache
from docintel.processes.children import Child
from docintel.runtime import Generator, ProgressCallback
from docintel.settings import Settings
from docintel.workers import by_call

IsStored = Callable[[str], bool]
"""Whether a picture of that key is in the library's files already."""

Show = Callable[[bytes], None]


def read(
    path: Path,
    number: int,
    engine: str,
    languages: tuple[str, ...],
    cache: Cache,
    generator: Generator | None,
    is_kept: IsStored,
    on_progress: ProgressCallback,
    show: Show,
    settings: Settings,
) -> ReadPage:
    """One page; the local engine is opened once a process. `generator` is what an engine that writes asks.

    Raises DocintelError.
    """
    return read_page(
        path,
        number,
        engine=open_with(engine, settings, generator),
        cache=cache,
        settings=settings,
        languages=languages or settings.languages,
        is_kept=is_kept,
        on_progress=on_progress,
        show=show,
    )


def inspect(path: Path, settings: Settings) -> intake.FileInfo:
    """What a file is. Raises FileError."""
    return intake.inspect(path, settings=settings)


def new_child(settings: Settings, *readable: Path, preload: Sequence[str] = ()) -> Child:
    """A process that decodes what lies at `readable`, in a sandbox unless the settings want none. Raises OSError."""
    return Child(
        memory_bytes=settings.reader_memory_bytes,
        file_bytes=settings.reader_file_bytes,
        sandbox=intake.sandbox(settings, *readable),
        preload=preload,
    )


def preload(settings: Settings) -> list[str]:
    """Modules that every reading process needs, imported once for all of them.

    Engines that write need the local one too, to see which way up a page is.
    """
    name = resolved(settings.engine, settings)
    names = (name, "local") if name in WRITING else (name,)
    engines = [OPENERS[each] for each in names if each in OPENERS]
    return [__name__, "docintel.workers.preloaded", by_call.__name__, live_output.__name__, *engines]


def open_with(name: str, settings: Settings, generator: Generator | None) -> Engine:
    """An engine, over `generator` where it is one that writes. Raises EngineUnavailable."""
    if generator is None:
        return _opened(name, settings)
    return engine_with(name, generator, settings, lambda: _opened("local", settings))


@lru_cache(maxsize=4)
def _opened(name: str, settings: Settings) -> Engine:
    return open_engine(name, settings)
