"""What a reading process is asked to do. Runs there, never in the worker itself."""

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from docintel import intake
from docintel.engines import OPENERS, WRITING, Engine, open_engine, resolved
from docintel.library.store import translate_errors
from docintel.pipeline import ReadPage, read_page
from docintel.pipeline.cache import Cache
from docintel.runtime import ProgressCallback
from docintel.settings import Settings

IsStored = Callable[[str], bool]
"""Whether a picture of that key is in the library's files already."""

Show = Callable[[bytes], None]


def read(
    path: Path,
    number: int,
    engine: str,
    languages: tuple[str, ...],
    cache: Cache,
    is_kept: IsStored,
    on_progress: ProgressCallback,
    show: Show,
    settings: Settings,
) -> ReadPage:
    """One page; the engine is opened once a process. Raises DocintelError."""
    with translate_errors():
        return read_page(
            path,
            number,
            engine=_engine(engine or settings.engine, settings),
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


def preload(settings: Settings) -> list[str]:
    """Modules that every reading process needs, imported once for all of them.

    Engines that write need the local one too, to see which way up a page is.
    """
    name = resolved(settings.engine, settings)
    names = (name, "local") if name in WRITING else (name,)
    return [__name__, *(OPENERS[each] for each in names if each in OPENERS)]


@lru_cache(maxsize=4)
def _engine(name: str, settings: Settings) -> Engine:
    return open_engine(name, settings)
