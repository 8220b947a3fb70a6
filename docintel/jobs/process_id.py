"""A process as leases name it: machine, number, and when it began (numbers are used again).

The beginning is counted in the kernel's ticks since boot, beside the boot's own id: unlike a time of day it stays the
same when somebody sets the clock.
"""

import os
import socket
from pathlib import Path

import psutil

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
STARTED = 19
"""Index of the start time among the fields of /proc/PID/stat that follow the program's name (proc_pid_stat(5))."""
CLOCK_STEP_S = 5.0
"""How far off a start may be that was noted as a time of day: by a release before, or where there is no /proc."""


def this_process() -> str:
    return f"{socket.gethostname()}/{os.getpid()}/{_start(os.getpid())}"


def is_gone(name: str) -> bool:
    """Whether the process has ended for certain; of another machine's processes nothing is certain."""
    host, pid, start = name.rsplit("/", 2)
    if host != socket.gethostname():
        return False
    try:
        process = psutil.Process(int(pid))
        if process.status() == psutil.STATUS_ZOMBIE:
            return True
        if ":" in start:
            return _start(int(pid)) != start
        return abs(process.create_time() - float(start)) > CLOCK_STEP_S
    except psutil.NoSuchProcess:
        return True
    except psutil.AccessDenied:
        return False


def _start(pid: int) -> str:
    """`boot:ticks`, or seconds since the epoch where the system has no /proc. Raises psutil.NoSuchProcess."""
    try:
        boot = BOOT_ID.read_text(encoding="ascii").strip()
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except OSError:
        return f"{psutil.Process(pid).create_time():.2f}"
    return f"{boot[:8]}:{fields[STARTED]}"
