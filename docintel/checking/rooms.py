"""The folders of files and of the cache: damaged entries, and what nobody uses."""

import time
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import islice

from docintel.checking.findings import Problem
from docintel.home import Home
from docintel.library import deleting
from docintel.library.pages import PREVIEWS
from docintel.library.store import Store
from docintel.pipeline.cache import is_sound
from storage.files import Files

AT_A_TIME = 200
YOUNG_S = 3600.0
"""What is younger may be in the making: files are written before the rows that name them."""


def problems(home: Home) -> Iterator[Problem]:
    store = home.library.store
    for room, files in (("files", store.files), ("cache", Files(store.home / "cache"))):
        keys = files.keys()
        while some := list(islice(keys, AT_A_TIME)):
            if room == "cache":
                yield from _damaged(files, some)
            yield from _unused(store, room, files, some)
        yield from _unfinished(room, files)


def _damaged(cache: Files, keys: Sequence[str]) -> Iterator[Problem]:
    for key in keys:
        try:
            sound = is_sound(key, cache.path(key).read_bytes())
        except OSError:
            sound = not cache.exists(key)  # removed meanwhile
        if not sound:
            text = "What an engine said is not what was written; a page that needs it is read anew."
            yield Problem("cache", key, text, partial(_dropped, cache, key))


def _dropped(cache: Files, key: str) -> str:
    cache.delete(key)
    return "it was removed"


def _unused(store: Store, room: str, files: Files, keys: Sequence[str]) -> Iterator[Problem]:
    old = [key for key in keys if not key.startswith(PREVIEWS) and _is_old(files, key)]
    with store.read() as tx:
        unused = [key for key in old if not deleting.is_used(tx, room, key)]
    for key in unused:
        yield Problem("left over", f"{room}/{key}", "No document uses it.", partial(_thrown_away, store, room, key))


def _is_old(files: Files, key: str) -> bool:
    try:
        return files.path(key).stat().st_mtime < time.time() - YOUNG_S
    except FileNotFoundError:
        return False


def _thrown_away(store: Store, room: str, key: str) -> str:
    """By way of the list that is gone through when nobody can begin to use it meanwhile."""
    with store.write() as tx:
        tx.insert("trash", [{"room": room, "key": key}])
    deleting.sweep(store)
    return "it was removed"


def _unfinished(room: str, files: Files) -> Iterator[Problem]:
    before = time.time() - YOUNG_S
    for path in files.unfinished(older_than=before):
        text = "A file that a killed process did not finish."
        yield Problem("left over", f"{room}/{path.name}", text, lambda: _swept(files, before))


def _swept(files: Files, before: float) -> str:
    files.sweep(older_than=before)
    return "it was removed"
