"""Landlock: which files a process may still reach, decided by itself and for good (landlock(7)).

What is not granted is refused, network and signals to other processes among it where the kernel knows how to.
"""

import ctypes
import os
import stat
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from docintel.processes import kernel

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446
"""Numbers of the system calls, the same on all machines."""
VERSION = 1
PATH_BENEATH = 1
EXECUTE, WRITE_FILE, READ_FILE, READ_DIR = (1 << bit for bit in range(4))
TRUNCATE = 1 << 14
NUM_FILE_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}
"""By ABI; later ones have as many as 5."""
ALL_TCP = 0b11
"""From ABI 4 on: bind, connect."""
ALL_SCOPES = 0b11
"""From ABI 6 on: abstract sockets, signals."""


class _Ruleset(ctypes.Structure):
    _fields_ = (("files", ctypes.c_uint64), ("network", ctypes.c_uint64), ("scoped", ctypes.c_uint64))


class _PathBeneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("allowed", ctypes.c_uint64), ("parent", ctypes.c_int32))


@cache
def abi() -> int:
    """What the kernel knows of it; 0: nothing."""
    if not kernel.IS_LINUX:
        return 0
    try:
        return kernel.call("syscall", ctypes.c_long(CREATE_RULESET), None, ctypes.c_size_t(0), VERSION)
    except OSError:
        return 0


def restrict(*, readable: Iterable[Path], writable: Iterable[Path], programs: Iterable[Path] = ()) -> None:
    """From now on this process reaches what lies at and below these paths; those that are not there are left out.

    `writable`: files whose content may be replaced; nothing can be made, removed or renamed. Needs no_new_privs.
    Raises OSError.
    """
    files = (1 << NUM_FILE_RIGHTS.get(abi(), NUM_FILE_RIGHTS[5])) - 1
    rules = _Ruleset(files, ALL_TCP if abi() >= 4 else 0, ALL_SCOPES if abi() >= 6 else 0)
    size = 8 * (1 + (abi() >= 4) + (abi() >= 6))
    ruleset = kernel.call(
        "syscall", ctypes.c_long(CREATE_RULESET), ctypes.byref(rules), ctypes.c_size_t(size), ctypes.c_uint32(0)
    )
    try:
        for paths, rights in (
            (readable, READ_FILE | READ_DIR),
            (writable, READ_FILE | WRITE_FILE | TRUNCATE),
            (programs, READ_FILE | EXECUTE),
        ):
            for path in paths:
                _allow(ruleset, path, rights & files)
        kernel.call("syscall", ctypes.c_long(RESTRICT_SELF), ruleset, ctypes.c_uint32(0))
    finally:
        os.close(ruleset)


def _allow(ruleset: int, path: Path, rights: int) -> None:
    try:
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        is_folder = stat.S_ISDIR(os.fstat(descriptor).st_mode)
        rule = _PathBeneath(rights if is_folder else rights & ~READ_DIR, descriptor)
        kernel.call("syscall", ctypes.c_long(ADD_RULE), ruleset, PATH_BENEATH, ctypes.byref(rule), ctypes.c_uint32(0))
    finally:
        os.close(descriptor)
