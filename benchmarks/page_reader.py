"""Pages of files as the engine `local` reads them, kept so that each file is read once."""

import pickle
from pathlib import Path

from docintel import intake
from docintel.engines import Engine, open_engine
from docintel.model import Page
from docintel.settings import Settings

MAX_PAGES = 3


class PageReader:
    """Reads files by the engine `local`, or takes what it read before."""

    def __init__(self, kept: Path | None, names: frozenset[str]) -> None:
        self._kept, self._names = kept, names
        self._engine: Engine | None = None

    def __call__(self, path: Path) -> tuple[Page, ...]:
        if self._names and path.name not in self._names and path.stem not in self._names:
            return ()
        kept = self._kept / f"{path.stem}.pkl" if self._kept else None
        if kept and kept.is_file():
            return tuple(pickle.loads(kept.read_bytes()))
        pages = self._read(path)
        if kept:
            kept.parent.mkdir(parents=True, exist_ok=True)
            kept.write_bytes(pickle.dumps(pages))
        return pages

    def _read(self, path: Path) -> tuple[Page, ...]:
        settings = Settings()
        self._engine = self._engine or open_engine("local", settings)
        count = min(intake.inspect(path, settings=settings).num_pages, MAX_PAGES)
        read = [self._engine.read([intake.render(path, n, settings=settings)])[0] for n in range(1, count + 1)]
        return tuple(page for page in read if isinstance(page, Page))
