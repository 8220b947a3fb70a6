"""Inputs after public bug reports: is what comes of them right?

    python -m benchmarks.reports [NAME…] [--folder DIR [--truth DIR]] [--engine local] [--json FILE]

Without --folder, the project's own cases (benchmarks/reports/cases), drawn first. A folder has inputs, and beside them
or in --truth a NAME.toml for each that says what is right (`right.Right` has the fields). Each goes through the real
way in, into a home with its index, is exported, searched and asked. It is right if everything is.
"""

import argparse
import json
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.reports.judging import faults, reading, take
from benchmarks.reports.make import CASES, write_input
from benchmarks.reports.right import Fault, Right, right_of

NOT_INPUTS = {".toml", ".txt", ".md"}


@dataclass(frozen=True)
class Judged:
    name: str
    kind: str
    faults: tuple[Fault, ...]
    seconds: float


def input_of(folder: Path, name: str, right: Right) -> Path | None:
    if right.file:
        return folder / right.file
    named = [path for path in sorted(folder.glob(f"{name}.*")) if path.suffix not in NOT_INPUTS]
    return next(iter(named), None)


def measure(inputs: Path, truths: Path, names: Sequence[str], engine: str) -> list[Judged]:
    judged = []
    with reading(engine) as home:
        for truth in sorted(truths.glob("*.toml")):
            right = right_of(truth)
            path = input_of(inputs, truth.stem, right)
            if path is None or (names and truth.stem not in names):
                continue
            began = time.perf_counter()
            found = faults(right, take(home, path, truth.stem))
            judged.append(Judged(truth.stem, right.kind, tuple(found), round(time.perf_counter() - began, 1)))
            print(f"{'wrong' if found else 'right'}  {truth.stem}  ({judged[-1].seconds:.1f} s)", flush=True)
            for each in found:
                print(f"       {each.what}: expected {each.expected!r}\n         came {each.came!r}", flush=True)
    return judged


def table(judged: Sequence[Judged]) -> str:
    kinds = defaultdict[str, list[Judged]](list)
    for each in judged:
        kinds[each.kind].append(each)
    rows = [*sorted(kinds.items()), ("all", list(judged))]
    lines = [f"| {kind} | {sum(not each.faults for each in cases)} | {len(cases)} |" for kind, cases in rows]
    return "\n".join(["| kind | right | of |", "| --- | --- | --- |", *lines])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", help="only these")
    parser.add_argument("--folder", type=Path, help="your own inputs")
    parser.add_argument("--truth", type=Path, help="where their NAME.toml are (default: beside them)")
    parser.add_argument("--engine", default="local")
    parser.add_argument("--json", type=Path, help="write what became of each to this file")
    options = parser.parse_args()
    with TemporaryDirectory(prefix="reports-") as drawn:
        inputs = options.folder or Path(drawn)
        if not options.folder:
            for path in CASES.glob("*.toml"):
                if not options.names or path.stem in options.names:
                    write_input(inputs, path.stem)
        truths = options.truth or options.folder or CASES
        judged = measure(inputs, truths, options.names, options.engine)
    print(f"\n{table(judged)}")
    if options.json:
        options.json.write_text(json.dumps([asdict(each) for each in judged], indent=1, ensure_ascii=False), "utf-8")


if __name__ == "__main__":
    main()
