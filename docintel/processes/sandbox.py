"""What a process that decodes files from outside may do: read them and this program's own files, think, and answer.

Each means is used where the kernel has it; `missing` says which are not there. docs/sandbox.md has the table.
"""

import os
import resource
import shutil
import site
import sys
import sysconfig
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from docintel.processes import kernel, landlock, seccomp

LANDLOCK, SECCOMP = "Landlock", "seccomp"
MEANS = frozenset({LANDLOCK, SECCOMP})
MAX_OPEN_FILES = 256
SYSTEM = (
    "/usr",
    "/lib",
    "/lib64",
    "/etc/ld.so.cache",
    "/etc/fonts",
    "/etc/localtime",
    "/var/cache/fontconfig",
    "/dev/null",
    "/dev/zero",
    "/dev/random",
    "/dev/urandom",
    "/proc/self",
    "/proc/cpuinfo",
    "/proc/meminfo",
    "/proc/stat",
    "/proc/sys/vm/overcommit_memory",
    "/sys/devices/system",
    "/sys/bus/pci/devices",
)
"""Libraries, fonts, Tesseract's models, and what says how much machine there is."""
PACKAGES = frozenset({"site-packages", "dist-packages"})
"""Names of folders that hold packages and nothing else; a `.pth` file may name one of another environment."""
LOADERS = ("/lib64/ld-linux-*.so.*", "/lib/ld-linux-*.so.*", "/lib/*/ld-linux-*.so.*")


@dataclass(frozen=True)
class Sandbox:
    """What is granted beyond this program's own files."""

    readable: tuple[Path, ...] = ()
    writable: tuple[Path, ...] = ()
    """Files that are there already: their content may be replaced. None is ever made."""
    file_bytes: int = 0
    """The most that such a file may hold."""
    programs: tuple[str, ...] = ()
    """Which its owner starts for it, each in a sandbox that reads what this one does."""
    becomes: Path | None = None
    """The program that the process turns into."""
    means: frozenset[str] = MEANS
    """Of those that the kernel has, the ones to use: others are left out to see what each is good for."""


def enter(sandbox: Sandbox, modules: list[str]) -> None:
    """Confines this process, which has no threads yet, for good. `modules`: what has been imported for it.

    Raises OSError where a means that is there does not work: nothing may be decoded then.
    """
    _lower_limits(sandbox)
    if not kernel.IS_LINUX:
        return
    kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
    kernel.drop_capabilities()
    if landlock.abi() and LANDLOCK in sandbox.means:
        landlock.restrict(
            readable=(*sandbox.readable, *own_files(modules), *map(Path, SYSTEM)),
            writable=sandbox.writable,
            programs=(sandbox.becomes, *_loaders()) if sandbox.becomes else (),
        )
    if not seccomp.missing() and SECCOMP in sandbox.means:
        seccomp.restrict(writes=bool(sandbox.writable), execs=sandbox.becomes is not None)


def _lower_limits(sandbox: Sandbox) -> None:
    """The hard ones: they are never raised again."""
    for what, value in (
        (resource.RLIMIT_FSIZE, sandbox.file_bytes),
        (resource.RLIMIT_NOFILE, MAX_OPEN_FILES),
        (resource.RLIMIT_CORE, 0),
    ):
        _, hard = resource.getrlimit(what)
        most = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(what, (most, most))


def own_files(modules: list[str]) -> Iterator[Path]:
    """Python, its packages, and the packages of `modules`: never a folder around them, where settings and homes lie."""
    paths = sysconfig.get_paths()
    yield from {Path(paths[name]) for name in ("stdlib", "platstdlib", "purelib", "platlib")}
    yield from {Path(sys.base_prefix, "lib"), Path(sys.prefix, "lib")}
    yield from map(Path, (*site.getsitepackages(), site.getusersitepackages()))
    yield from (path for path in map(Path, sys.path) if path.name in PACKAGES)
    for name in {module.partition(".")[0] for module in (__name__, *modules)}:
        spec = find_spec(name)
        if spec and spec.origin:
            yield from map(Path, spec.submodule_search_locations or [spec.origin])
    if named := os.environ.get("TESSDATA_PREFIX"):
        yield Path(named)


def _loaders() -> Iterator[Path]:
    """What loads programs, which must be allowed to run like they themselves."""
    for pattern in LOADERS:
        yield from Path("/").glob(pattern[1:])


def find_program(name: str) -> Path | None:
    found = shutil.which(name)
    return Path(found).resolve() if found else None


def missing() -> dict[str, str]:
    """Means that are not there → why."""
    found = {SECCOMP: seccomp.missing()}
    if not kernel.IS_LINUX:
        found[LANDLOCK] = "only Linux has it"
    elif not landlock.abi():
        found[LANDLOCK] = "the kernel does not have it, or a container forbids it"
    return {name: why for name, why in found.items() if why}


def description() -> str:
    """What confines a process here, in a line, for people."""
    there = [
        *([f"Landlock (ABI {landlock.abi()})"] if landlock.abi() else []),
        *([] if seccomp.missing() else ["seccomp"]),
        "limits",
    ]
    lacking = [f"no {name}: {why}" for name, why in missing().items()]
    return "; ".join([", ".join(there), *lacking])
