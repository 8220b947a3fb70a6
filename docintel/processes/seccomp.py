"""Seccomp: which system calls a process may still make, decided by itself and for good (seccomp(2)).

The filter is made by libseccomp, which knows the calls' numbers on every machine. What is not allowed looks as if the
kernel did not know it.
"""

import ctypes
import errno
import os
from functools import cache
from typing import Any

from docintel.processes import kernel

LIBRARY = "libseccomp.so.2"
ALLOW, REFUSE, IGNORE = 0x7FFF0000, 0x00050000 | errno.ENOSYS, 0x00050000
BINARY_TREE = 2
OPTIMIZE = 8
EQUAL, MASKED_EQUAL = 4, 7
UNKNOWN = -1

FILES = (
    "read readv pread64 preadv write writev pwrite64 pwritev close close_range lseek _llseek stat stat64 lstat lstat64 "
    "fstat fstat64 newfstatat statx access faccessat faccessat2 getdents getdents64 readlink readlinkat getcwd chdir "
    "dup dup2 dup3 fcntl fcntl64 flock ftruncate fsync fdatasync fadvise64 readahead statfs fstatfs pipe pipe2 "
    "eventfd2 epoll_create1 epoll_ctl epoll_wait epoll_pwait poll ppoll select pselect6 sendfile copy_file_range umask"
)
MEMORY = "mmap mmap2 munmap mremap mprotect madvise brk msync mincore mlock munlock membarrier get_mempolicy"
THREADS = (
    "futex futex_waitv set_robust_list get_robust_list rseq set_tid_address sched_yield sched_getaffinity "
    "sched_getparam sched_getscheduler sched_get_priority_max sched_get_priority_min gettid exit exit_group "
    "restart_syscall arch_prctl rt_sigaction rt_sigprocmask rt_sigreturn rt_sigtimedwait rt_sigpending sigaltstack"
)
TIME = (
    "clock_gettime clock_getres clock_nanosleep nanosleep gettimeofday time times getrusage sysinfo uname getrandom "
    "getcpu getitimer setitimer alarm"
)
IDENTITY = (
    "getpid getppid getuid geteuid getgid getegid getgroups getresuid getresgid getpgid getpgrp getsid getpriority "
    "getrlimit ugetrlimit setrlimit capget"
)
ALLOWED = " ".join((FILES, MEMORY, THREADS, TIME, IDENTITY)).split()
IGNORED = ("sched_setaffinity",)
"""ONNX Runtime pins its threads to cores, and complains of each that it cannot: it is told that it did."""

CLONE_THREAD = 0x0001_0000
CHANGES = os.O_ACCMODE | os.O_CREAT | os.O_TRUNC
"""Bits of what a file is opened for; none of them: to be read."""
TERMINAL_REQUESTS = (0x5401, 0x5413, 0x541B, 0x5421, 0x5450, 0x5451)
"""TCGETS, TIOCGWINSZ, FIONREAD, FIONBIO, FIONCLEX, FIOCLEX."""
OWN_NAMES = (15, 16, 0x53564D41)
"""prctl's PR_SET_NAME, PR_GET_NAME, PR_SET_VMA."""


class _Condition(ctypes.Structure):
    """struct scmp_arg_cmp"""

    _fields_ = (
        ("argument", ctypes.c_uint),
        ("operator", ctypes.c_int),
        ("value", ctypes.c_uint64),
        ("other", ctypes.c_uint64),
    )


def _equals(argument: int, value: int) -> _Condition:
    return _Condition(argument, EQUAL, value, 0)


def _has(argument: int, mask: int, value: int) -> _Condition:
    return _Condition(argument, MASKED_EQUAL, mask, value)


@cache
def _library() -> ctypes.CDLL | None:
    try:
        library = ctypes.CDLL(LIBRARY, use_errno=True)
    except OSError:
        return None
    library.seccomp_init.restype = ctypes.c_void_p
    for name in ("seccomp_load", "seccomp_release"):
        getattr(library, name).argtypes = [ctypes.c_void_p]
    library.seccomp_attr_set.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_uint32]
    library.seccomp_rule_add_array.argtypes = [
        ctypes.c_void_p,
        ctypes.c_uint32,
        ctypes.c_int,
        ctypes.c_uint,
        ctypes.POINTER(_Condition),
    ]
    return library


@cache
def missing() -> str:
    """Why system calls cannot be filtered here; empty where they can."""
    if not kernel.IS_LINUX:
        return "only Linux has it"
    library = _library()
    if library is None:
        return "libseccomp is not installed (Debian: apt install libseccomp2)"
    return "" if library.seccomp_api_get() >= 1 else "the kernel does not have it"


def restrict(*, writes: bool, execs: bool = False) -> None:
    """From now on this process makes threads but no processes, opens no sockets, reaches no other process, and changes
    nothing on the disk but files that it could write to before.

    `writes`: it may open files for writing; `execs`: it may become another program. Needs no_new_privs. Raises OSError.
    """
    library = _library()
    assert library is not None
    context = library.seccomp_init(ctypes.c_uint32(REFUSE))
    try:
        library.seccomp_attr_set(context, OPTIMIZE, BINARY_TREE)
        for name, conditions in _rules(writes=writes, execs=execs):
            _add(library, context, ALLOW, name, *conditions)
        for name in IGNORED:
            _add(library, context, IGNORE, name)
        _check(library.seccomp_load(context))
    finally:
        library.seccomp_release(context)


def _rules(*, writes: bool, execs: bool) -> list[tuple[str, tuple[_Condition, ...]]]:
    """Calls that are allowed, and on which condition."""
    me = os.getpid()
    only_reading = () if writes else (CHANGES,)
    return [
        *((name, ()) for name in (*ALLOWED, *(("execve",) if execs else ()))),
        ("open", tuple(_has(1, mask, 0) for mask in only_reading)),
        ("openat", tuple(_has(2, mask, 0) for mask in only_reading)),
        ("clone", (_has(0, CLONE_THREAD, CLONE_THREAD),)),
        ("kill", (_equals(0, me),)),
        ("tgkill", (_equals(0, me),)),
        ("prlimit64", (_equals(0, 0),)),
        *(("ioctl", (_equals(1, request),)) for request in TERMINAL_REQUESTS),
        *(("prctl", (_equals(0, option),)) for option in OWN_NAMES),
    ]


def _add(library: ctypes.CDLL, context: Any, action: int, name: str, *conditions: _Condition) -> None:
    number = library.seccomp_syscall_resolve_name(name.encode())
    if number == UNKNOWN:
        return
    array = (_Condition * len(conditions))(*conditions)
    _check(library.seccomp_rule_add_array(context, action, number, len(conditions), array))


def _check(result: int) -> None:
    if result < 0:
        raise OSError(-result, f"libseccomp: {os.strerror(-result)}")
