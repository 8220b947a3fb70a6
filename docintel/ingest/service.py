"""Adds files to the library: expanded where they are folders or zips, refused one by one in the user's words."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from docintel import intake
from docintel.errors import DiskFull, DocintelError, FileError, StoreBusy
from docintel.ingest.results import IngestOptions, IngestResult
from docintel.intake import Incoming
from docintel.library import Library
from docintel.library.adding import StagedFile

BULK, INTERACTIVE = 0, 10
"""Priorities: what was queued in bulk, and what somebody dropped in and waits for."""


def ingest(library: Library, paths: Iterable[Path], options: IngestOptions) -> Iterator[IngestResult]:
    """Every document that `paths` are or hold. A path that cannot be read is a result like any other."""
    for path in paths:
        try:
            for incoming in intake.incoming(path, settings=library.settings, recursive=options.recursive):
                yield _refusing(library, incoming, options)
        except DocintelError as error:
            yield IngestResult.refused(path.name, error)


def ingest_stream(
    library: Library, pieces: Iterable[bytes], name: str, options: IngestOptions
) -> Iterator[IngestResult]:
    """What comes in pieces, called `name`: hashed while it is written, then moved to its place, never copied.

    Whatever interrupts it leaves nothing behind. Raises whatever `pieces` raise, and as `ingest_incoming` does.
    """
    staged = library.stage(pieces)
    try:
        yield from _staged(library, staged, name, options)
    finally:
        staged.path.unlink(missing_ok=True)


def _staged(library: Library, staged: StagedFile, name: str, options: IngestOptions) -> Iterator[IngestResult]:
    try:
        for incoming in intake.incoming(staged.path, settings=library.settings):
            if incoming.path == staged.path:
                yield _added(library, staged, name, options)
            else:
                yield ingest_incoming(library, incoming, options)
    except FileError as error:
        yield IngestResult.refused(name, error)


def ingest_incoming(library: Library, incoming: Incoming, options: IngestOptions) -> IngestResult:
    """One file that was found somewhere; what is wrong with it is its result.

    Raises what is no file's fault: DiskFull, StoreBusy, OwnerOnly.
    """
    if isinstance(incoming.error, DiskFull | StoreBusy):
        raise incoming.error
    if incoming.error is not None:
        return IngestResult.refused(incoming.name, incoming.error)
    try:
        source = library.take_over(incoming.path) if incoming.is_temporary else incoming.path
    except FileError as error:
        return IngestResult.refused(incoming.name, error)
    return _added(library, source, incoming.name, options)


def _refusing(library: Library, incoming: Incoming, options: IngestOptions) -> IngestResult:
    """As `ingest_incoming`, but a file that has no room is refused and the next, maybe smaller, is tried."""
    try:
        return ingest_incoming(library, incoming, options)
    except DocintelError as error:
        return IngestResult.refused(incoming.name, error)


def _added(library: Library, source: Path | StagedFile, name: str, options: IngestOptions) -> IngestResult:
    try:
        added = library.add(
            source,
            name=name,
            collection=options.collection,
            languages=options.languages,
            engine=options.engine,
            priority=options.priority,
        )
    except FileError as error:
        return IngestResult.refused(name, error)
    return IngestResult.of(added.document, is_duplicate=added.duplicate)
