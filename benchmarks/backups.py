"""How long backups take, what they write, and whether they outlive being killed.

    python -m benchmarks.backups [--pages 1000] [--new 50] [--kills 20] [--seed 1] [--json FILE]

A mixed set of files (see benchmarks/mixed.py) is read by the engine `fake`; rendering, database, files and backups are
real. Then: a first backup, one with nothing new, one after some more pages, a first one that is encrypted, proving it
all, restoring it; the restored home is compared with the first byte by byte, and checked. With `--kills`, backups are
then killed with SIGKILL at random moments while another process adds and deletes documents; after each kill everything
that is in the folder is proven, and a last backup is restored and checked.
"""

import argparse
import json
import os
import platform
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TypeVar

from benchmarks.digest import digests
from benchmarks.endurance import checked, settings_for, undisturbed
from benchmarks.mixed import HashedWords, make
from docintel.backup import Saved, back_up, restore, verify
from docintel.library import Library
from docintel.permissions import keep_private
from docintel.workers.worker import Worker

LONGEST_S = 1.5
"""After which a backup is killed at the latest: about as long as one with little to copy takes."""
PASSPHRASE = "a passphrase of the benchmark"
Value = TypeVar("Value")


@dataclass
class Result:
    pages: int
    files: int = 0
    home_bytes: int = 0
    database_bytes: int = 0
    seconds: dict[str, float] = field(default_factory=dict)
    written_bytes: dict[str, int] = field(default_factory=dict)
    differing: list[str] = field(default_factory=list)
    check: list[str] = field(default_factory=list)
    kills: int = 0
    kills_that_hit: int = 0
    unsound: list[str] = field(default_factory=list)
    check_after_kills: list[str] = field(default_factory=list)

    @property
    def is_good(self) -> bool:
        return not (self.differing or self.check or self.unsound or self.check_after_kills)

    def timed(self, name: str, work: Callable[[], Value]) -> Value:
        began = time.perf_counter()
        done = work()
        self.seconds[name] = round(time.perf_counter() - began, 2)
        if isinstance(done, Saved):
            self.written_bytes[name] = done.new_bytes
        return done


def measure(folder: Path, *, pages: int, new: int, kills: int, seed: int) -> Result:
    result = Result(pages=pages)
    home, plain, locked = folder / "home", folder / "plain", folder / "locked"
    make(folder / "heap", pages, seed)
    undisturbed(home, folder / "heap")
    saved = result.timed("first", lambda: back_up(home, plain))
    result.files, result.home_bytes = saved.files, saved.size
    result.database_bytes = (home / "docintel.sqlite3").stat().st_size
    result.timed("nothing new", lambda: back_up(home, plain))
    make(folder / "more", new, seed + 1)
    undisturbed(home, folder / "more")
    result.timed(f"{new} pages more", lambda: back_up(home, plain))
    result.timed("first, encrypted", lambda: back_up(home, locked, passphrase=PASSPHRASE))
    result.unsound += [each.name for each in result.timed("proving", lambda: list(verify(plain)))]
    result.timed("restoring", lambda: restore(plain, settings_for(folder / "restored")))
    one, other = digests(settings_for(home)), digests(settings_for(folder / "restored"))
    result.differing = [name for name in one if one[name] != other[name]]
    result.check = checked(folder / "restored")
    if kills:
        kill(folder, home, plain, kills, random.Random(seed), result)
    return result


def kill(folder: Path, home: Path, target: Path, kills: int, dice: random.Random, result: Result) -> None:
    make(folder / "moving", 400, 7)
    changing = _started("change", home, folder / "moving")
    for _ in range(kills):
        backup = _started("backup", home, target)
        assert backup.stdout is not None
        backup.stdout.readline()  # it begins now
        time.sleep(dice.random() * LONGEST_S)
        result.kills_that_hit += backup.poll() is None
        backup.kill()
        backup.wait()
        result.unsound += [each.name for each in verify(target)]
        result.kills += 1
    last = back_up(home, target)
    changing.kill()
    changing.wait()
    result.unsound += [*last.problems, *(each.name for each in verify(target))]
    restore(target, settings_for(folder / "after"))
    result.check_after_kills = checked(folder / "after")


def change(home: Path, folder: Path) -> None:
    """Adds, reads and deletes documents until it is killed."""
    library = Library.open(settings_for(home))
    while True:
        for number, path in enumerate(sorted(folder.glob("*.pdf"))):
            added = library.add(path, name=path.name, collection=f"moving {number % 3}").document
            Worker(library, embedder=HashedWords()).run(until_idle=True)
            if number % 2:
                library.delete(added.id)
                library.sweep()


def back_up_once(home: Path, target: Path) -> None:
    print("begun", flush=True)
    back_up(home, target)


def _started(part: str, *arguments: Path) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "benchmarks.backups", "--part", part, *map(str, arguments)]
    place = Path(__file__).resolve().parent.parent
    return subprocess.Popen(command, cwd=place, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)


def main() -> None:
    keep_private()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=1000)
    parser.add_argument("--new", type=int, default=50)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--part", nargs="+", help=argparse.SUPPRESS)
    wanted = parser.parse_args()
    if wanted.part:
        name, *paths = wanted.part
        parts: dict[str, Callable[..., object]] = {"change": change, "backup": back_up_once}
        parts[name](*map(Path, paths))
        return
    with tempfile.TemporaryDirectory(prefix="docintel-backups-") as folder:
        result = measure(Path(folder), pages=wanted.pages, new=wanted.new, kills=wanted.kills, seed=wanted.seed)
    print("| | |\n|---|---:|")
    for title, value in asdict(result).items():
        print(f"| {title.replace('_', ' ')} | {value} |")
    if wanted.json:
        machine = {"machine": platform.machine(), "cores": os.cpu_count(), "load": os.getloadavg()}
        wanted.json.write_text(json.dumps({**machine, **asdict(result)}, indent=1), encoding="utf-8")
    sys.exit(0 if result.is_good else 1)


if __name__ == "__main__":
    main()
