"""One watched folder and what is known of its files: what is complete and new is taken into the library."""

import os
import stat
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from docintel import intake
from docintel.errors import DocintelError
from docintel.ingest import IngestOptions, IngestResult, ingest_incoming
from docintel.library import Library, watches
from docintel.library.watches import Watch, WatchedFile
from docintel.watching.files import Version, cannot_be_read, is_passing, is_written_to, key_of, move, opened, version_of

SETTLED_S = 4.0
"""A file is complete when its size and times were the same in two looks that far apart, and nobody writes to it."""
TELL_EVERY_S = 60.0
"""The database hears of looks without news that seldom, so that an idle home lets its disk sleep."""


class Watcher:
    """Looks at one folder, for one process."""

    def __init__(
        self,
        library: Library,
        watch: Watch,
        *,
        settled_s: float = SETTLED_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._library = library
        self._watch = watch
        self._options = IngestOptions(collection=watch.collection, languages=watch.languages, engine=watch.engine)
        self._settled_s = settled_s
        self._clock = clock
        self._seen: dict[str, tuple[Version, float]] = {}
        self._last_trouble: tuple[str | None, float] | None = None

    @property
    def trouble(self) -> str | None:
        """What was wrong with the folder as a whole in the last look."""
        return self._last_trouble[0] if self._last_trouble else None

    @property
    def num_unsettled(self) -> int:
        """Files of the last look that may still be written."""
        return len(self._seen)

    def look(self) -> Iterator[IngestResult]:
        """Takes what is complete and new or changed. What goes wrong with the folder as a whole is kept with it."""
        trouble: list[str] = []
        try:
            if self._watch.is_kept and (reason := self._outside()):
                trouble.append(reason)
            else:
                yield from self._look(trouble)
        except DocintelError as error:  # no file's fault: the disk is full, the database busy
            trouble.append(str(error))
        except OSError as error:
            trouble.append(cannot_be_read(error))
        self._tell(trouble[0] if trouble else None)

    def _look(self, trouble: list[str]) -> Iterator[IngestResult]:
        found = {key_of(place): (place, version) for place, version in self._files(trouble)}
        known = watches.files(self._library.store, self._watch.id)
        gone = known.keys() - found.keys()
        if found and gone and not trouble:  # an empty or broken folder may be a share that is not there
            watches.forget(self._library.store, self._watch.id, gone)
        self._seen = {key: seen for key, seen in self._seen.items() if key in found}
        for key, (place, version) in found.items():
            before = known.get(key)
            if before is not None and (before.size, before.modified_ns) == version:
                self._settle(place, before)
            elif self._is_settled(key, version):
                yield from self._take(place, version)

    def _outside(self) -> str | None:
        """Folders that are kept were named in the app: only where it was started to watch them are they looked at."""
        return watches.outside(self._library.settings.watch_roots, self._watch.folder, self._watch.move_to)

    def _files(self, trouble: list[str]) -> Iterator[tuple[str, Version]]:
        """Plain files that look like somebody's own, by their place in the folder, in order."""
        root = self._watch.folder
        walk = os.walk(root, onerror=lambda error: trouble.append(cannot_be_read(error)))
        for folder, folders, names in walk:
            inner = sorted(folders) if self._watch.is_recursive else []
            folders[:] = [name for name in inner if not is_passing(name) and Path(folder, name) != self._watch.move_to]
            for path in (Path(folder, name) for name in sorted(names) if not is_passing(name)):
                try:
                    found = path.lstat()
                except OSError:  # gone meanwhile
                    continue
                if stat.S_ISREG(found.st_mode):
                    yield path.relative_to(root).as_posix(), version_of(found)

    def _is_settled(self, key: str, version: Version) -> bool:
        now = self._clock()
        before, since = self._seen.get(key, (None, now))
        if before != version:
            self._seen[key] = (version, now)
            return False
        return now - since >= self._settled_s

    def _take(self, place: str, version: Version) -> Iterator[IngestResult]:
        results: list[IngestResult] = []
        try:
            with opened(self._watch.folder, place) as descriptor:
                if version_of(os.fstat(descriptor)) != version or is_written_to(descriptor):
                    return
                itself = Path(f"/proc/{os.getpid()}/fd/{descriptor}")  # whatever its name leads to by now
                for incoming in intake.in_folder(itself, place, settings=self._library.settings):
                    results.append(ingest_incoming(self._library, incoming, self._options))
                    yield results[-1]
                if version_of(os.fstat(descriptor)) != version:  # written to while it was copied: taken again later
                    return
        except FileNotFoundError:  # gone meanwhile
            return
        except PermissionError as error:
            results.append(IngestResult(document=None, name=place, state="failed", error=cannot_be_read(error)))
            yield results[-1]
        self._seen.pop(key_of(place), None)
        file = _remembered(place, version, results)
        watches.remember(self._library.store, self._watch.id, file)
        self._settle(place, file)

    def _settle(self, place: str, file: WatchedFile) -> None:
        """What is in the library, whole, is moved away where that is wished; a move that fails is tried every look."""
        if file.document_id is None or self._watch.move_to is None:
            return
        source = self._watch.folder / place
        try:
            if version_of(source.lstat()) != (file.size, file.modified_ns):  # another one lies in its place by now
                return
            move(source, self._watch.move_to / place)
        except FileNotFoundError:  # somebody else took it away
            return
        except OSError as error:
            trouble = f"It was taken, but cannot be moved to {self._watch.move_to}: {error.strerror}."
            if trouble != file.error:
                watches.remember(self._library.store, self._watch.id, file.model_copy(update={"error": trouble}))
        else:
            watches.forget(self._library.store, self._watch.id, [file.path])

    def _tell(self, error: str | None) -> None:
        now = self._clock()
        if self._last_trouble is None or self._last_trouble[0] != error or now - self._last_trouble[1] >= TELL_EVERY_S:
            watches.looked(self._library.store, self._watch.id, error)
            self._last_trouble = (error, now)


def _remembered(place: str, version: Version, results: list[IngestResult]) -> WatchedFile:
    refused = [each for each in results if each.document is None]
    error = refused[0].error if refused else None
    if len(results) > 1 and refused:
        error = f"{len(refused)} of {len(results)} documents in it were not taken; {refused[0].name}: {error}"
    document = next((each.document for each in results if each.document), None)
    return WatchedFile(
        path=key_of(place),
        size=version[0],
        modified_ns=version[1],
        document_id=None if refused else document,
        error=error,
    )
