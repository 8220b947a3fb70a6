"""What a reading process is asked to do. Runs there, never in the worker itself."""

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from docintel import intake
from docintel.cache import Cache
from docintel.engines import OPENERS, Engine, choose_engine, open_engine
from docintel.library.store import told
from docintel.pipeline import ReadPage, read_page
from docintel.settings import Settings

Kept = Callable[[str], bool]


def read(
    path: Path,
    number: int,
    engine: str,
    languages: tuple[str, ...],
    cache: Cache,
    is_kept: Kept,
    settings: Settings,
) -> ReadPage:
    """One page; the engine is opened once a process. Raises DocintelError."""
    with told():
        return read_page(
            path,
            number,
            engine=_engine(engine or settings.engine, settings),
            cache=cache,
            settings=settings,
            languages=languages or settings.languages,
            is_kept=is_kept,
        )


def inspect(path: Path, settings: Settings) -> intake.FileInfo:
    """What a file is. Raises FileError."""
    return intake.inspect(path, settings=settings)


def preload(settings: Settings) -> list[str]:
    """Modules that every reading process needs, imported once for all of them."""
    name = choose_engine() if settings.engine == "auto" else settings.engine
    return [__name__, *([OPENERS[name]] if name in OPENERS else [])]


@lru_cache(maxsize=4)
def _engine(name: str, settings: Settings) -> Engine:
    return open_engine(name, settings)
