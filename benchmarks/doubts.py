"""What a model makes up, changes or leaves out of a page: how much of it is doubted, and how much that is right.

    python -m benchmarks.doubts read FOLDER --languages de fr --seed 1 --photos 1 [--fonts node_modules/@fontsource]
    python -m benchmarks.doubts read FOLDER --scans DIR
    python -m benchmarks.doubts judge FOLDER [--show]

`read` draws sheets (`benchmarks/doubted/sheets.py`), or takes scans whose text is known, and keeps what they say and
what the local engine reads of each. `judge` stands in for the model: the true text, as it is and with one passage wrong
(`benchmarks/doubted/edits.py`), three times each way. A passage is noticed where a doubt meets it; a right one (a
sentence, a cell) is wrongly doubted where a doubt about the true text meets it.
"""

import argparse
import json
import random
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.doubted.edits import EDITS, Edited
from benchmarks.doubted.sheets import WHOLE, Sheet, drawn_sheets, real_sheets
from benchmarks.reading import MODELS, TEXTS, docintel_page
from docintel.doubts import Doubt, Kind, doubts_about, in_reading_order
from docintel.doubts.tokens import Token, tokens_of_blocks, tokens_of_words
from docintel.engines.local.scripts import script_of
from docintel.model import Page, Word
from docintel.text.sentences import sentences

TIMES = 3
"""That each page is edited in each way."""
MIN_OVERLAP = 0.3
"""Part of a doubt that must be what was left out."""
UNSPACED = ("ja", "th", "zh-Hans", "zh-Hant")
MIN_SENTENCE = 25
"""Letters of one that is invented."""


@dataclass
class Tally:
    noticed: dict[str, list[bool]] = field(default_factory=lambda: defaultdict(list))
    num_right: int = 0
    num_doubted: int = 0
    num_left_out: int = 0
    """Of the true text, said to be left out."""
    seconds: list[float] = field(default_factory=list)


def read(folder: Path, sheet: Sheet) -> None:
    began = time.perf_counter()
    page = docintel_page(sheet.pixels)
    seconds = time.perf_counter() - began
    kept = {name: getattr(sheet, name) for name in ("name", "language", "kind", "state")}
    pages = {"truth": sheet.truth.model_dump(mode="json"), "reading": page.model_dump(mode="json")}
    text = json.dumps({**kept, "seconds": seconds, **pages}, ensure_ascii=False)
    (folder / f"{sheet.name}.json").write_text(text, encoding="utf-8")
    print(f"{sheet.name} {seconds:.1f} s, {page.confidence}", flush=True)


def is_readable(letter: str) -> bool:
    return script_of(letter) is not None


def judge(kept: dict[str, Any], tally: Tally, *, show: bool) -> None:
    truth, reading = Page.model_validate(kept["truth"]), Page.model_validate(kept["reading"])
    reading = reading.model_copy(update={"words": in_reading_order(reading)})
    began = time.perf_counter()
    wrong = doubts_about(truth, reading, is_readable)
    tally.seconds.append(time.perf_counter() - began)
    owners = [number for number, passage in enumerate(passages(truth)) for _ in _tokens(passage)]
    tally.num_right += len(passages(truth))
    tally.num_doubted += len({owners[n] for d in wrong if d.kind is not Kind.LEFT_OUT for n in d.tokens})
    tally.num_left_out += sum(doubt.kind is Kind.LEFT_OUT for doubt in wrong)
    if show and wrong:
        print(kept["name"], reading.confidence, *(f"{d.kind}: {d.text} | {d.instead}" for d in wrong), sep="\n    ")
    others = invented(kept["language"])
    for edit in EDITS:
        for number in range(TIMES):
            edited = edit(truth, others, random.Random(f"{kept['name']} {edit.__name__} {number}"))
            if edited is not None:
                found = is_noticed(edited, truth, reading)
                tally.noticed[edited.kind].append(found)
                if show and not found:
                    print(kept["name"], "not noticed", edited.kind, edited.said or edited.left_out, sep="  ")


def passages(page: Page) -> list[str]:
    """Sentences and cells, in the page's order."""
    return [
        passage
        for block in page.blocks
        for passage in ([cell.text for cell in block.table.cells] if block.table else sentences(block.text))
    ]


def invented(language: str) -> list[str]:
    """Sentences as long as those of the texts, of words of the texts in any order."""
    rng = random.Random(language)
    language = language if language in MODELS else "en"
    texts = [(TEXTS / f"{language}-{kind}.txt").read_text(encoding="utf-8") for kind in ("declaration", "notice")]
    joint = "" if language in UNSPACED else " "
    divided = [_words(sentence, language) for text in texts for sentence in sentences(text.replace("# ", ""))]
    every = [word for words in divided for word in words]
    made_up = [joint.join(rng.choices(every, k=len(words))) for words in divided]
    return [sentence for sentence in made_up if len(sentence) > MIN_SENTENCE]


def _words(sentence: str, language: str) -> list[str]:
    return list(sentence) if language in UNSPACED else sentence.split()


def is_noticed(edited: Edited, truth: Page, reading: Page) -> bool:
    found = doubts_about(edited.page, reading, is_readable)
    if edited.left_out:
        missing = {token.text for token in _tokens(edited.left_out)}
        return any(_meets(doubt, missing, reading) for doubt in found if doubt.kind is Kind.LEFT_OUT)
    changed = _changed(truth, edited.page)
    return any(set(doubt.tokens) & set(changed) for doubt in found if doubt.kind is not Kind.LEFT_OUT)


def _meets(doubt: Doubt, missing: set[str], reading: Page) -> bool:
    seen = tokens_of_words(reading.words)
    return sum(seen[index].text in missing for index in doubt.tokens) >= MIN_OVERLAP * len(doubt.tokens)


def _tokens(text: str) -> list[Token]:
    return tokens_of_words([Word(text=text, bbox=WHOLE)])


def _changed(truth: Page, edited: Page) -> range:
    """The edited page's tokens that are not the true page's."""
    before, after = ([t.text for t in tokens_of_blocks(page.blocks, is_readable)] for page in (truth, edited))
    start, end = _common_start(before, after), _common_start(before[::-1], after[::-1])
    return range(min(start, len(after) - end), max(start, len(after) - end))


def _common_start(first: Sequence[str], second: Sequence[str]) -> int:
    shorter = min(len(first), len(second))
    return next((n for n in range(shorter) if first[n] != second[n]), shorter)


def _kind_of_picture(state: str) -> str:
    return state if state == "scan" else "few pixels" if state.startswith("coarse") else "photograph"


def report(tallies: dict[str, Tally], pages: dict[str, int]) -> str:
    kinds = list(dict.fromkeys(kind for tally in tallies.values() for kind in tally.noticed))
    lines = ["| | " + " | ".join(f"{name} ({pages[name]})" for name in tallies) + " |"]
    lines.append("|---|" + "---:|" * len(tallies))
    for kind in kinds:
        cells = [
            f"{sum(t.noticed[kind])} of {len(t.noticed[kind])}" if t.noticed[kind] else "" for t in tallies.values()
        ]
        lines.append(f"| {kind} | " + " | ".join(cells) + " |")
    for name, of in (("right, doubted", "num_doubted"), ("right, said to be left out", "num_left_out")):
        cells = [f"{getattr(tally, of)} of {tally.num_right}" for tally in tallies.values()]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    slowest = max(seconds for tally in tallies.values() for seconds in tally.seconds)
    return "\n".join([*lines, f"comparing takes {1000 * slowest:.0f} ms at most"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("read", "judge"))
    parser.add_argument("folder", type=Path)
    parser.add_argument("--languages", nargs="+", choices=list(MODELS), default=list(MODELS), metavar="L")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--photos", type=int, default=1, help="photographs of each sheet")
    parser.add_argument("--fonts", type=Path, help="folder of handwriting faces")
    parser.add_argument("--scans", type=Path, help="read NAME.jpg with NAME.txt beside it instead")
    parser.add_argument("--show", action="store_true", help="what was doubted wrongly, and what was not noticed")
    options = parser.parse_args()
    if options.what == "read":
        options.folder.mkdir(parents=True, exist_ok=True)
        drawn = drawn_sheets(options.languages, seed=options.seed, photos=options.photos, fonts=options.fonts)
        for sheet in real_sheets(options.scans) if options.scans else drawn:
            read(options.folder, sheet)
        return
    tallies: dict[str, Tally] = defaultdict(Tally)
    pages: dict[str, int] = defaultdict(int)
    for path in sorted(options.folder.glob("*.json")):
        kept = json.loads(path.read_text(encoding="utf-8"))
        name = f"{kept['kind']}, {_kind_of_picture(kept['state'])}"
        pages[name] += 1
        judge(kept, tallies[name], show=options.show)
    if not tallies:
        parser.error("nothing was read into this folder; begin with: python -m benchmarks.doubts read FOLDER")
    print(report(tallies, pages))


if __name__ == "__main__":
    main()
