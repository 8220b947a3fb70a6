"""System calls that Python has no function for."""

import ctypes
import os
import sys
from functools import cache

IS_LINUX = sys.platform.startswith("linux")

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
PR_SET_NO_NEW_PRIVS = 38
CAPSET = {"x86_64": 126, "aarch64": 91}
CAPABILITY_VERSION = 0x20080522
DAC_OVERRIDE, DAC_READ_SEARCH = 1, 2


@cache
def libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def call(name: str, *args: object) -> int:
    """A function of the C library that says -1 where it fails. Raises OSError."""
    result = int(getattr(libc(), name)(*args))
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")
    return result


def prctl(option: int, value: int) -> None:
    """Raises OSError."""
    call("prctl", option, ctypes.c_ulong(value), 0, 0, 0)


def drop_capabilities() -> None:
    """Root keeps what lets it read files of others, which Landlock still forbids where it is not allowed."""
    number = CAPSET.get(os.uname().machine)
    if number is None or os.geteuid() != 0:
        return
    header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION, 0)
    kept = _permitted() & (1 << DAC_OVERRIDE | 1 << DAC_READ_SEARCH)
    data = (ctypes.c_uint32 * 6)(kept, kept, 0, 0, 0, 0)
    call("syscall", ctypes.c_long(number), ctypes.byref(header), ctypes.byref(data))


def _permitted() -> int:
    with open("/proc/self/status", encoding="ascii", errors="replace") as file:  # noqa: PTH123
        return next((int(line.split()[1], 16) for line in file if line.startswith("CapPrm:")), 0)
