"""Writes requirements.lock: every package that requirements.txt needs, pinned, with the hashes of its wheels.

    scripts/lock [--upgrade]

pip resolves requirements.txt on this machine, keeping the versions that are locked already (`--upgrade`: taking the
newest), and says which wheel it would take for each of TARGETS; only metadata is read. torch and its CUDA packages are
left out: a CPU build and a user's own differ.
"""

import argparse
import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PROJECT = Path(__file__).resolve().parent.parent
REQUIREMENTS = PROJECT / "requirements.txt"
LOCK = PROJECT / "requirements.lock"
OUTSIDE = re.compile(r"torch|triton|(nvidia|cuda)-.*")
"""Names of torch and of what only its CUDA builds need."""
GLIBC_MINORS = range(17, 37)
"""Of 2.x, up to that of Debian 12."""
HEADER = """\
# Made by scripts/lock from requirements.txt. torch and its CUDA packages are installed by their pins, without hashes.
# Made for, and used by scripts/setup on:
"""


@dataclass(frozen=True)
class Target:
    python: str
    machine: str

    @property
    def line(self) -> str:
        """How scripts/setup looks it up."""
        return f"# Linux glibc {self.machine} CPython {self.python}"

    @property
    def environment(self) -> dict[str, str]:
        """What markers are compared with."""
        return {
            "implementation_name": "cpython",
            "os_name": "posix",
            "platform_machine": self.machine,
            "platform_python_implementation": "CPython",
            "platform_system": "Linux",
            "python_full_version": f"{self.python}.0",
            "python_version": self.python,
            "sys_platform": "linux",
        }

    @property
    def options(self) -> list[str]:
        """pip's, to choose wheels for it."""
        platforms = [f"manylinux_2_{minor}_{self.machine}" for minor in reversed(GLIBC_MINORS)]
        platforms += [f"manylinux2014_{self.machine}", f"linux_{self.machine}"]
        there = [part for name in platforms for part in ("--platform", name)]
        return ["--implementation", "cp", "--python-version", self.python, "--target", "unused", *there]


PYTHONS = ("3.11", "3.12", "3.13", "3.14")
TARGETS = tuple(Target(python, machine) for python in PYTHONS for machine in ("x86_64", "aarch64"))


@dataclass(frozen=True)
class Wheel:
    name: str
    version: str
    hash: str
    needs: tuple[Requirement, ...]


def main() -> None:
    parser = argparse.ArgumentParser(prog="scripts/lock", description="Pins and hashes of what docintel needs.")
    parser.add_argument("--upgrade", action="store_true", help="take the newest releases of what others need")
    wanted = [Requirement(line) for line in plain_lines(REQUIREMENTS)]
    wheels = resolved(wanted, {} if parser.parse_args().upgrade else others(locked(LOCK), wanted))
    LOCK.write_text(lock_text(wanted, wheels), encoding="utf-8")
    print(f"{LOCK.name}: {len(locked(LOCK))} packages for {len(TARGETS)} targets")


def plain_lines(path: Path) -> list[str]:
    """Of a requirements file, without comments and hashes."""
    text = path.read_text(encoding="utf-8").replace("\\\n", " ") if path.exists() else ""
    lines = (re.split(r"\s+#|^#|\s+--hash", line)[0].strip() for line in text.splitlines())
    return [line for line in lines if line]


def locked(path: Path) -> dict[str, str]:
    """Versions by canonical name."""
    pins = [Requirement(line) for line in plain_lines(path)]
    return {canonicalize_name(pin.name): next(iter(pin.specifier)).version for pin in pins}


def others(pins: Mapping[str, str], wanted: Iterable[Requirement]) -> dict[str, str]:
    """Of `pins`, those that requirements.txt leaves open."""
    named = {canonicalize_name(each.name) for each in wanted}
    return {name: version for name, version in pins.items() if name not in named}


def resolved(wanted: Iterable[Requirement], kept: Mapping[str, str]) -> dict[str, Wheel]:
    """By name: all that this machine or a target needs, in versions that fit together."""
    asked = list(map(str, wanted))
    while True:
        wheels = reported(asked, kept=kept)
        missing = sorted(
            {name for target in TARGETS for name in hashed(needed(wanted, wheels, target)) - wheels.keys()}
        )
        if not missing:
            return wheels
        asked += missing


def hashed(names: Iterable[str]) -> set[str]:
    """Without torch and its CUDA packages."""
    return {name for name in names if not OUTSIDE.fullmatch(name)}


def needed(wanted: Iterable[Requirement], wheels: Mapping[str, Wheel], target: Target) -> set[str]:
    """Names of what `target` needs. Ends the program where a version that was chosen here does not fit there."""
    waiting, seen = [(each, "") for each in wanted], set[tuple[str, frozenset[str]]]()
    while waiting:
        requirement, extra = waiting.pop()
        name = canonicalize_name(requirement.name)
        key = (name, frozenset(requirement.extras))
        if key in seen or not applies(requirement, target, extra):
            continue
        seen.add(key)
        if name not in wheels:
            continue
        if not requirement.specifier.contains(wheels[name].version, prereleases=True):
            sys.exit(f"scripts/lock: {name} {wheels[name].version} is not {requirement} {target.line}. Pin another.")
        waiting += [(each, extra) for each in wheels[name].needs for extra in ("", *requirement.extras)]
    return {name for name, _extras in seen}


def applies(requirement: Requirement, target: Target, extra: str = "") -> bool:
    return requirement.marker is None or requirement.marker.evaluate(target.environment | {"extra": extra})


def reported(
    asked: Iterable[str], options: Iterable[str] = (), *, kept: Mapping[str, str] | None = None
) -> dict[str, Wheel]:
    """What pip would install, by canonical name. Its own words stand above where it fails."""
    command = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "-qq",
        "--disable-pip-version-check",
        "--root-user-action=ignore",
    ]
    command += ["--dry-run", "--ignore-installed", "--only-binary=:all:", "--report", "report.json"]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        pins = (f"{name}=={version}" for name, version in (kept or {}).items())
        (folder / "kept.txt").write_text("\n".join(pins), encoding="utf-8")
        (folder / "asked.txt").write_text("\n".join(asked), encoding="utf-8")
        command += ["--constraint", "kept.txt", "--requirement", "asked.txt", *options]
        if subprocess.run(command, cwd=folder).returncode:
            sys.exit("scripts/lock: pip could not resolve this; what it said stands above. --upgrade keeps no versions")
        report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    return {wheel.name: wheel for wheel in map(wheel_of, report["install"])}


def wheel_of(entry: Mapping[str, Any]) -> Wheel:
    metadata = entry["metadata"]
    needs = tuple(map(Requirement, metadata.get("requires_dist", ())))
    digest = entry["download_info"]["archive_info"]["hashes"]["sha256"]
    return Wheel(canonicalize_name(metadata["name"]), metadata["version"], digest, needs)


def lock_text(wanted: list[Requirement], wheels: Mapping[str, Wheel]) -> str:
    """Requirements of a name each; with a marker for what not every target needs."""
    hashes: dict[str, set[str]] = {}
    targets: dict[str, list[Target]] = {}
    for target in TARGETS:
        pins = [f"{name}=={wheels[name].version}" for name in sorted(hashed(needed(wanted, wheels, target)))]
        for name, wheel in reported(pins, ["--no-deps", *target.options]).items():
            hashes.setdefault(name, set()).add(wheel.hash)
            targets.setdefault(name, []).append(target)
    header = HEADER + "".join(f"{target.line}\n" for target in TARGETS)
    return header + "".join(entries(wheels, hashes, targets))


def entries(
    wheels: Mapping[str, Wheel], hashes: Mapping[str, set[str]], targets: Mapping[str, list[Target]]
) -> Iterator[str]:
    for name in sorted(hashes):
        pin = f"{name}=={wheels[name].version}{marker(targets[name])}"
        yield " \\\n    ".join([pin, *(f"--hash=sha256:{each}" for each in sorted(hashes[name]))]) + "\n"


def marker(targets: list[Target]) -> str:
    """Nothing, where all need it."""
    if len(targets) == len(TARGETS):
        return ""
    each = [f"python_version == '{one.python}' and platform_machine == '{one.machine}'" for one in targets]
    return "; " + " or ".join(each)


if __name__ == "__main__":
    main()
