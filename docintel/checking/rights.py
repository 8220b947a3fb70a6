"""Who may read the home: nobody but the user whose it is."""

import os
import stat
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from docintel.checking.findings import Problem
from docintel.errors import DocintelError
from docintel.home import Home

OTHERS = 0o077
"""Rights of the group and of everybody."""


def problems(home: Home) -> Iterator[Problem]:
    """One problem for all that is open: a home of an earlier release has thousands of such files."""
    folder = home.settings.home
    found = list(_open_to_others(folder))
    if found:
        more = f" (and {len(found) - 1:,} more)" if len(found) > 1 else ""
        text = f"Other users of this machine have rights on it{more}."
        advice = f"`docintel check --repair` takes them away, and so does `chmod -R go= {folder}`."
        yield Problem("rights", str(found[0].relative_to(folder)), text, lambda: _closed(folder), advice=advice)


def _open_to_others(folder: Path) -> Iterator[Path]:
    """Files and folders, never what a link leads to."""
    for place, folders, names in os.walk(folder):
        yield from (path for path in map(Path(place).joinpath, chain(folders, names)) if _rights(path) & OTHERS)


def _rights(path: Path) -> int:
    try:
        found = path.lstat()
    except FileNotFoundError:  # removed meanwhile
        return 0
    return 0 if stat.S_ISLNK(found.st_mode) else stat.S_IMODE(found.st_mode)


def _closed(folder: Path) -> str:
    count = 0
    for path in _open_to_others(folder):
        try:
            path.chmod(_rights(path) & ~OTHERS)
        except FileNotFoundError:
            continue
        except OSError as error:
            raise DocintelError(
                f"{path} belongs to somebody else ({error.strerror}). Have its owner close it."
            ) from error
        count += 1
    return f"the rights of others on {count:,} files and folders were taken away"
