"""Watched folders: looked at again and again; files are taken once they are complete, then moved away or left.

By looking, not by the kernel's events: those never come for what another machine writes to a network share, which is
where scanners put their files, and they are lost when the queue overflows. A look is one `stat` a file.
"""

import errno
import fcntl
import logging
import os
import shutil
import signal
import stat
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

from docintel import intake
from docintel.errors import DocintelError, FileError
from docintel.library import Library, watches
from docintel.library.watches import Watch, WatchedFile
from docintel.model import Document, Model
from storage.errors import StorageError

log = logging.getLogger(__name__)

LOOK_EVERY_S = 5.0
SETTLED_S = 4.0
"""A file is complete when its size and times were the same in two looks that far apart, and nobody writes to it."""
TELL_EVERY_S = 60.0
"""The database hears of looks without news that seldom, so that an idle home lets its disk sleep."""
STOP_S = 5.0
HIDDEN = (".", "~$")
TEMPORARY = (".part", ".partial", ".filepart", ".crdownload", ".download", ".opdownload", ".tmp", ".temp", ".swp", "~")

Version = tuple[int, int]
"""Size, and when content or rights changed last, in nanoseconds."""


class Taken(Model):
    """What became of one document in one look: in the library, or refused."""

    name: str
    document: Document | None = None
    is_duplicate: bool = False
    error: str | None = None


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
        self._settled_s = settled_s
        self._clock = clock
        self._seen: dict[str, tuple[Version, float]] = {}
        self._told: tuple[str | None, float] | None = None

    @property
    def trouble(self) -> str | None:
        """What was wrong with the folder as a whole in the last look."""
        return self._told[0] if self._told else None

    @property
    def num_unsettled(self) -> int:
        """Files of the last look that may still be written."""
        return len(self._seen)

    def look(self) -> Iterator[Taken]:
        """Takes what is complete and new or changed. What goes wrong with the folder as a whole is kept with it."""
        trouble: list[str] = []
        try:
            yield from self._look(trouble)
        except DocintelError as error:  # no file's fault: the disk is full, the database busy
            trouble.append(str(error))
        except OSError as error:
            trouble.append(_cannot_be_read(error))
        self._tell(trouble[0] if trouble else None)

    def _look(self, trouble: list[str]) -> Iterator[Taken]:
        found = {_key(place): (place, version) for place, version in self._files(trouble)}
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

    def _files(self, trouble: list[str]) -> Iterator[tuple[str, Version]]:
        """Plain files that look like somebody's own, by their place in the folder, in order."""
        root = self._watch.folder
        walk = os.walk(root, onerror=lambda error: trouble.append(_cannot_be_read(error)))
        for folder, folders, names in walk:
            inner = sorted(folders) if self._watch.is_recursive else []
            folders[:] = [name for name in inner if not _is_passing(name) and Path(folder, name) != self._watch.move_to]
            for path in (Path(folder, name) for name in sorted(names) if not _is_passing(name)):
                try:
                    found = path.lstat()
                except OSError:  # gone meanwhile
                    continue
                if stat.S_ISREG(found.st_mode):
                    yield path.relative_to(root).as_posix(), _version(found)

    def _is_settled(self, key: str, version: Version) -> bool:
        now = self._clock()
        before, since = self._seen.get(key, (None, now))
        if before != version:
            self._seen[key] = (version, now)
            return False
        return now - since >= self._settled_s

    def _take(self, place: str, version: Version) -> Iterator[Taken]:
        taken: list[Taken] = []
        try:
            with _opened(self._watch.folder, place) as opened:
                if _version(os.fstat(opened)) != version or _is_written_to(opened):
                    return
                itself = Path(f"/proc/{os.getpid()}/fd/{opened}")  # whatever its name leads to by now
                for incoming in intake.in_folder(itself, place, settings=self._library.settings):
                    taken.append(self._add(incoming))
                    yield taken[-1]
                if _version(os.fstat(opened)) != version:  # written to while it was copied: taken again when it is done
                    return
        except FileNotFoundError:  # gone meanwhile
            return
        except PermissionError as error:
            taken.append(Taken(name=place, error=_cannot_be_read(error)))
            yield taken[-1]
        self._seen.pop(_key(place), None)
        file = _remembered(place, version, taken)
        watches.remember(self._library.store, self._watch.id, file)
        self._settle(place, file)

    def _add(self, incoming: intake.Incoming) -> Taken:
        if incoming.error is not None:
            return Taken(name=incoming.name, error=str(incoming.error))
        try:
            added = self._library.add(
                incoming.path,
                name=incoming.name,
                collection=self._watch.collection,
                languages=self._watch.languages,
                engine=self._watch.engine,
            )
        except FileError as error:
            return Taken(name=incoming.name, error=str(error))
        return Taken(name=incoming.name, document=added.document, is_duplicate=added.duplicate)

    def _settle(self, place: str, file: WatchedFile) -> None:
        """What is in the library, whole, is moved away where that is wished; a move that fails is tried every look."""
        if file.document_id is None or self._watch.move_to is None:
            return
        source = self._watch.folder / place
        try:
            if _version(source.lstat()) != (file.size, file.modified_ns):  # another one lies in its place by now
                return
            move(source, self._watch.move_to / place)
        except FileNotFoundError:  # somebody else took it away
            return
        except OSError as error:
            told = f"It was taken, but cannot be moved to {self._watch.move_to}: {error.strerror}."
            if told != file.error:
                watches.remember(self._library.store, self._watch.id, file.model_copy(update={"error": told}))
        else:
            watches.forget(self._library.store, self._watch.id, [file.path])

    def _tell(self, error: str | None) -> None:
        now = self._clock()
        if self._told is None or self._told[0] != error or now - self._told[1] >= TELL_EVERY_S:
            watches.looked(self._library.store, self._watch.id, error)
            self._told = (error, now)


class Watching:
    """The owner's thread that looks at every folder that is kept being watched."""

    def __init__(self, library: Library, *, settled_s: float = SETTLED_S) -> None:
        self._library = library
        self._settled_s = settled_s
        self._watchers: dict[int, Watcher] = {}
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="watching", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """A share that does not answer is not waited for."""
        self._stopped.set()
        self._thread.join(STOP_S)

    def _run(self) -> None:
        while not self._stopped.wait(LOOK_EVERY_S):
            try:
                self.look()
            except (DocintelError, StorageError, OSError) as error:
                log.warning("watched folders are looked at again later: %s", error)

    def look(self) -> None:
        kept = [watch for watch in watches.watches(self._library.store) if watch.is_kept]
        self._watchers = {watch.id: self._watchers.get(watch.id) or self._new(watch) for watch in kept}
        for watch_id, watcher in self._watchers.items():
            for taken in watcher.look():
                what = taken.document.id if taken.document else "a file that was refused"
                log.info("watched folder %d: %s", watch_id, what)
                if self._stopped.is_set():
                    return

    def _new(self, watch: Watch) -> Watcher:
        return Watcher(self._library, watch, settled_s=self._settled_s)


def move(source: Path, target: Path) -> None:
    """Moves a file without ever overwriting one: where the name is taken, it becomes `name (2).pdf`. Raises OSError."""
    target.parent.mkdir(parents=True, exist_ok=True)
    place = _reserved(target)
    try:
        _replace(source, place)
    except OSError:
        place.unlink(missing_ok=True)
        raise


def _replace(source: Path, place: Path) -> None:
    try:
        source.replace(place)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        shutil.copy2(source, place, follow_symlinks=False)
        source.unlink()


def _reserved(target: Path) -> Path:
    """An empty file of our own that is called like `target`."""
    numbered = (target.with_name(f"{target.stem} ({number}){target.suffix}") for number in count(2))
    place = target
    while True:
        try:
            place.touch(exist_ok=False)
        except FileExistsError:
            place = next(numbered)
        else:
            return place


@contextmanager
def _opened(root: Path, place: str) -> Iterator[int]:
    """The file itself, and no link in its stead, even one that was put there a moment ago. Raises OSError."""
    file = os.open(root / place, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        if not Path(os.readlink(f"/proc/self/fd/{file}")).is_relative_to(root):  # noqa: PTH115 - what is open, not where
            raise PermissionError(0, "it lies outside of the watched folder", place)
        yield file
    finally:
        os.close(file)


def _is_written_to(file: int) -> bool:
    """Whether a process has it open for writing, as far as this machine's kernel knows.

    A read lease is refused while there is one. SIGURG, which nobody heeds, would tell of one that comes while we hold
    it, instead of SIGIO, which ends a process.
    """
    try:
        fcntl.fcntl(file, fcntl.F_SETSIG, signal.SIGURG)
        fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    except BlockingIOError:
        return True
    except OSError:  # a file system without leases, or somebody else's file
        return False
    return False


def _remembered(place: str, version: Version, taken: list[Taken]) -> WatchedFile:
    refused = [each for each in taken if each.error]
    error = refused[0].error if refused else None
    if len(taken) > 1 and refused:
        error = f"{len(refused)} of {len(taken)} documents in it were not taken; {refused[0].name}: {error}"
    document = next((each.document.id for each in taken if each.document), None)
    return WatchedFile(
        path=_key(place),
        size=version[0],
        modified_ns=version[1],
        document_id=None if refused else document,
        error=error,
    )


def _version(found: os.stat_result) -> Version:
    return found.st_size, max(found.st_mtime_ns, found.st_ctime_ns)


def _is_passing(name: str) -> bool:
    """Hidden, or a name that programs give to what is not finished."""
    return name.startswith(HIDDEN) or name.lower().endswith(TEMPORARY)


def _key(place: str) -> str:
    """Names on disk are bytes; what is no Unicode cannot be stored as it is."""
    return place.encode("utf-8", "backslashreplace").decode()


def _cannot_be_read(error: OSError) -> str:
    return f"{Path(str(error.filename)).name} cannot be read: {error.strerror}."
