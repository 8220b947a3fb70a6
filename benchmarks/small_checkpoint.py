"""How well the small checkpoint reads through the product's own engine: its prompts, pixel budget, ladder and readers.

    python -m benchmarks.small_checkpoint [--pages 24] [--regions 8] [--batch 8] [--singly 4] [--device cpu]
                                          [--model FOLDER] [--seed 7] [--scans DIR] [--data DIR] [--json FILE]

Pages and regions are drawn (`benchmarks/drawn.py`): A4 at 150 dpi, clean and as a scanner gives them. `--pages` of each
state are read whole; `--regions` blocks of text in each language are read one by one, cut out of their pages where the
drawing says they are. `--scans` reads real scans whole: a folder of images with NAME.txt beside each.

The local engine is not here: what the model cannot read stays unread, is counted as failed, and all its characters are
errors. An error rate is the edit distance between what was read, in the page's order, and what is drawn, as a part of
the latter's length, after: look-alikes made one character, words broken over lines made whole, white space collapsed,
rows of marks (`____`) cut to 12.
"""

import argparse
import json
import os
import platform
import re
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import torch
import transformers
from PIL import Image

from benchmarks.drawn import Drawn, State, drawn_pages, drawn_texts
from docintel.engines.generative import GenerativeEngine, PromptOptions
from docintel.errors import DocintelError
from docintel.intake.page_image import PageImage
from docintel.model import Attempt, BBox, Block, Page, Table
from docintel.runtime import Generator, ProgressCallback, ignore_progress
from docintel.runtime.checkpoints import SMALL
from docintel.runtime.model.decoder import Decoder
from docintel.runtime.model.vision import VisionCache
from docintel.runtime.model.weights import LoadedModel, LoadOptions, load
from docintel.runtime.process.request_queue import RequestQueue
from training.judging.metrics import Part, edit_distance, matched_boxes, table_structure
from training.judging.scans import said
from training.text.charset import script_of

READ, ROUND = "read", "went round in circles"
MAX_MARKS = 12
ROW = re.compile(r"([\W_]{1,6}?)\1{2,}")
BROKEN = re.compile(r"(?<=\w)-\s+(?=\w)")
PERCENT = ("cer", "cer_of_those_read", "middle_cer", "boxes", "tables")
STATES: tuple[State, ...] = ("clean", "scanned")


@dataclass(frozen=True)
class Result:
    """One page, region or scan as it was read."""

    kind: str
    name: str
    """A language, or the scan's name."""
    truth: str
    read: str
    errors: int
    outcomes: tuple[str, ...]
    """Of each attempt."""
    num_tokens: int
    seconds: float = 0.0
    num_boxes: int = 0
    num_matched: int = 0
    """Boxes with an IoU of 0.7 at least."""
    tables: tuple[float, ...] = ()
    """TEDS-structure of each table with the one most like it."""

    @property
    def is_read(self) -> bool:
        return self.outcomes[-1:] == (READ,)


class KnownLayout:
    """Stands where the local engine does: knows the blocks of each page by its number, and says nothing of its own."""

    fingerprint = "known-layout"

    def __init__(self, blocks: Mapping[int, Sequence[Block]]) -> None:
        self._blocks = blocks

    def read(
        self, images: Sequence[PageImage], _on_progress: ProgressCallback = ignore_progress
    ) -> list[Page | DocintelError]:
        return [self._page(image) for image in images]

    def _page(self, image: PageImage) -> Page:
        blocks = (block.model_copy(update={"text": ""}) for block in self._blocks.get(image.number, ()))
        return Page(
            number=image.number,
            width=image.width,
            height=image.height,
            blocks=tuple(blocks),
            engine=self.fingerprint,
        )


def compared(text: str) -> str:
    """Text as it is compared."""
    return ROW.sub(_cut, BROKEN.sub("", said(text)))


def _cut(row: re.Match[str]) -> str:
    return row[0][: max(2, MAX_MARKS // len(row[1])) * len(row[1])]


def text_of(blocks: Iterable[Block]) -> str:
    return " ".join(
        " ".join(cell.text for cell in block.table.cells) if block.table else block.text for block in blocks
    )


def read_pages(generator: Generator, pages: Sequence[Drawn], batch: int, *, how: str = "") -> list[Result]:
    """Whole pages, `batch` at a time; `how` is said of their kind."""
    engine = GenerativeEngine("small", generator, lambda: KnownLayout({}), PromptOptions(compare="never"))
    results: list[Result] = []
    for first in range(0, len(pages), batch):
        drawn = pages[first : first + batch]
        began = time.perf_counter()
        read = engine.read([page.image(number) for number, page in enumerate(drawn, 1)])
        seconds = (time.perf_counter() - began) / len(drawn)
        found = [page_result(f"page {each.state}{how}", each, page) for each, page in zip(drawn, read, strict=True)]
        results += [replace(result, seconds=seconds) for result in found]
    return results


def page_result(kind: str, drawn: Drawn, page: Page | DocintelError) -> Result:
    if isinstance(page, DocintelError):
        raise page
    found = [block.table for block in page.blocks if block.table]
    tables = [
        max((structure_similarity(block.table, table) for table in found), default=0.0)
        for block in drawn.blocks
        if block.table
    ]
    return replace(
        _result(kind, drawn.language, text_of(drawn.blocks), page.blocks, page.attempts),
        num_boxes=len(drawn.blocks),
        num_matched=matched_boxes(_parts(drawn.blocks), _parts(page.blocks)),
        tables=tuple(tables),
    )


def _result(kind: str, name: str, truth: str, blocks: Iterable[Block], attempts: Sequence[Attempt]) -> Result:
    truth, read = compared(truth), compared(text_of(blocks))
    return Result(
        kind=kind,
        name=name,
        truth=truth,
        read=read,
        errors=edit_distance(truth, read),
        outcomes=tuple(attempt.outcome for attempt in attempts),
        num_tokens=sum(attempt.num_tokens for attempt in attempts),
    )


def _parts(blocks: Iterable[Block]) -> list[Part]:
    return [Part("", _thousandths(block.bbox), "", "") for block in blocks]


def _thousandths(box: BBox) -> tuple[int, int, int, int]:
    return round(1_000 * box.x0), round(1_000 * box.y0), round(1_000 * box.x1), round(1_000 * box.y1)


def structure_similarity(one: Table, other: Table) -> float:
    """TEDS-structure; as is usual, header cells count as cells."""
    return table_structure(_skeleton(one), _skeleton(other))


def _skeleton(table: Table) -> str:
    rows: list[list[str]] = [[] for _ in range(table.num_rows)]
    for cell in sorted(table.cells, key=lambda cell: (cell.row, cell.column)):
        rows[cell.row].append(f'<td rowspan="{cell.row_span}" colspan="{cell.column_span}">')
    return "".join("<tr>" + "".join(row) for row in rows)


def read_regions(generator: Generator, pages: Sequence[Drawn], batch: int) -> list[Result]:
    """Each block of text by itself; pages side by side, as reading processes ask."""
    layout = KnownLayout({number: page.blocks for number, page in enumerate(pages, 1)})
    engine = GenerativeEngine("small", generator, lambda: layout, PromptOptions(mode="regions", compare="never"))
    began = time.perf_counter()
    with ThreadPoolExecutor(max(batch // 8, 1)) as pool:
        read = pool.map(lambda numbered: engine.read([numbered[1].image(numbered[0])])[0], enumerate(pages, 1))
        pairs = list(zip(pages, read, strict=True))
    seconds = time.perf_counter() - began
    results = [result for drawn, page in pairs for result in region_results(drawn, page)]
    return [replace(result, seconds=seconds / len(results)) for result in results]


def region_results(drawn: Drawn, page: Page | DocintelError) -> list[Result]:
    if isinstance(page, DocintelError):
        raise page
    read = {block.id: block for block in page.blocks}
    attempts = {attempt.block: attempt for attempt in page.attempts}
    return [
        _result(f"region {drawn.state}", drawn.language, block.text, [read[block.id]], [attempts[block.id]])
        for block in drawn.blocks
    ]


def read_scans(generator: Generator, folder: Path) -> list[Result]:
    """Real scans as whole pages, one at a time."""
    engine = GenerativeEngine("small", generator, lambda: KnownLayout({}), PromptOptions(compare="never"))
    results = []
    for path in sorted(folder.iterdir()):
        truth = path.with_suffix(".txt")
        if path.suffix == ".txt" or not truth.exists():
            continue
        pixels = np.asarray(Image.open(path).convert("RGB"))
        began = time.perf_counter()
        [page] = engine.read([PageImage(1, pixels, pixels.shape[1] * 0.36, pixels.shape[0] * 0.36)])
        if isinstance(page, DocintelError):
            raise page
        result = _result("scan", path.stem, truth.read_text(encoding="utf-8"), page.blocks, page.attempts)
        results.append(replace(result, seconds=time.perf_counter() - began))
    return results


def summary(results: Sequence[Result]) -> dict[str, float | None]:
    """What a group of results says; shares are of all boxes, tables and characters together."""
    rates = sorted(rate([result]) for result in results)
    tables = [score for result in results for score in result.tables]
    num_boxes = sum(result.num_boxes for result in results)
    return {
        "samples": len(results),
        "characters": sum(len(result.truth) for result in results),
        "cer": rate(results),
        "cer_of_those_read": rate([result for result in results if result.is_read]),
        "middle_cer": rates[len(rates) // 2],
        "boxes": sum(result.num_matched for result in results) / num_boxes if num_boxes else None,
        "tables": sum(tables) / len(tables) if tables else None,
        "loops": sum(ROUND in result.outcomes[:1] for result in results),
        "failed": sum(not result.is_read for result in results),
        "seconds": sum(result.seconds for result in results) / len(results),
    }


def rate(results: Iterable[Result]) -> float:
    """Errors of all characters."""
    every = list(results)
    return sum(result.errors for result in every) / max(sum(len(result.truth) for result in every), 1)


def grouped(results: Iterable[Result], name: Callable[[Result], str]) -> dict[str, list[Result]]:
    found: dict[str, list[Result]] = defaultdict(list)
    for result in results:
        found[name(result)].append(result)
    return found


def table(results: Sequence[Result]) -> str:
    """A line a kind, regions by script too; then their error rates by language."""
    regions = [result for result in results if result.kind.startswith("region")]
    kinds = grouped(results, lambda each: each.kind)
    scripts = grouped(regions, lambda each: f"{each.kind}, {script_of(each.name)}")
    lines = [f"{'':<24} samples   CER %  if read  middle  boxes %  TEDS-s %  loops  failed  seconds"]
    lines += [_line(name, summary(group)) for name, group in [*kinds.items(), *scripts.items()]]
    for kind, group in grouped(regions, lambda each: each.kind).items():
        languages = grouped(group, lambda each: each.name)
        lines.append(f"{kind}: " + ", ".join(f"{name} {100 * rate(each):.2f}" for name, each in languages.items()))
    return "\n".join(lines)


def _line(name: str, found: Mapping[str, float | None]) -> str:
    cer, if_read, middle, boxes, tables = (_percent(found[key]) for key in PERCENT)
    return (
        f"{name:<24} {found['samples']:>7} {cer:>7} {if_read:>8} {middle:>7} {boxes:>8} {tables:>9} "
        f"{found['loops']:>6} {found['failed']:>7} {found['seconds']:>8.2f}"
    )


def _percent(share: float | None) -> str:
    return "" if share is None else f"{100 * share:.2f}"


def opened(model: str, device: str) -> tuple[LoadedModel, Decoder]:
    """On a CPU with one thread, as the product's process has it; nothing that was seen is remembered."""
    loaded = load(LoadOptions(model=model, device=device))
    if loaded.device.type == "cpu":
        torch.set_num_threads(1)
    return loaded, Decoder(loaded, vision_cache=VisionCache(memory_bytes=0))


def machine(loaded: LoadedModel) -> dict[str, object]:
    card = torch.cuda.get_device_name() if loaded.device.type == "cuda" else _processor()
    return {
        "device": card,
        "cores": len(os.sched_getaffinity(0)),
        "dtype": str(loaded.dtype),
        "torch": torch.__version__,
        "transformers": transformers.__version__,
        "weights": loaded.name,
    }


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    return next((line.partition(": ")[2] for line in lines if line.startswith("model name")), platform.machine())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=24, help="of each state")
    parser.add_argument("--regions", type=int, default=8, help="of each state and language")
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--singly", type=int, default=4, help="pages that are read one at a time first")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--model", default=SMALL, help="a folder of weights")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--scans", type=Path)
    parser.add_argument("--data", type=Path, default=Path("training/data"))
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    pages = [page for state in STATES for page in drawn_pages(options.data, options.seed, state, options.pages)]
    texts = [page for state in STATES for page in drawn_texts(options.data, options.seed, state, options.regions)]
    loaded, decoder = opened(options.model, options.device)
    print(machine(loaded), flush=True)
    results = read_pages(decoder, pages[: options.singly], 1, how=", singly")
    results += read_pages(decoder, pages, options.batch)
    print(table(results), flush=True)
    batches = RequestQueue(lambda: decoder, batch_size=options.batch)
    results += read_regions(batches, texts, options.batch)
    batches.close()
    if options.scans:
        results += read_scans(decoder, options.scans)
    print(table(results))
    if options.json:
        report = {"machine": machine(loaded), "results": [asdict(result) for result in results]}
        options.json.write_text(json.dumps(report, ensure_ascii=False, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
