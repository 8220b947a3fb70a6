"""Check boxes: states on forms that are drawn at random, half of them scanned, in one run.

    python -m benchmarks.forms [--seed N] [--count 200] [--json FILE] [--show]

A box is right where a check box was read at its place, or a sign in the table's cell there, with its state; its words
are right where they are most of what the form says beside it. Invented is what was read as a check box where none
was drawn. Each form also holds paragraphs, and combs for letters, bullets, grids of figures or drawings.
"""

import argparse
import json
import math
import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from difflib import SequenceMatcher
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

os.environ.setdefault("OMP_THREAD_LIMIT", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

import cv2
import numpy as np

from benchmarks.form_pages.sampling import Form, TruthBox, form
from docintel import intake
from docintel.engines import Engine, open_engine
from docintel.intake.page_image import PageImage
from docintel.model import BBox, BlockLabel, Page
from docintel.settings import Settings
from docintel.text.ticks import TICKED, UNTICKED
from samples.scan import Pixels, pages_from_pdf, scanned

SLACK = 0.006
"""Part of the page by which a box may lie outside of what was read."""
ALIKE = 0.7


@dataclass(frozen=True)
class Read:
    bbox: BBox
    text: str
    is_checked: bool


@dataclass(frozen=True)
class Result:
    number: int
    style: str
    language: str
    is_scan: bool
    boxes: int
    states_right: int
    words_right: int
    invented: int
    faults: tuple[str, ...]


def page_image(drawn: Form, seed: int, number: int, settings: Settings) -> tuple[PageImage, tuple[TruthBox, ...]]:
    """The form as intake gives it, and where its boxes are on it."""
    if not drawn.is_scan:
        with TemporaryDirectory() as folder:
            path = Path(folder) / "form.pdf"
            path.write_bytes(drawn.pdf)
            return intake.render(path, 1, settings=settings), drawn.boxes
    random = Random(f"scan {seed}/{number}")
    dpi, skew = random.choice((150, 200, 300)), random.uniform(-1.5, 1.5)
    (clean,) = pages_from_pdf(drawn.pdf, dpi=dpi)
    blur, noise = random.uniform(0.3, 0.9), random.uniform(2, 9)
    pixels = scanned(clean, seed=number, dpi=dpi, skew_degrees=skew, blur=blur, noise=noise)
    pixels = _as_jpeg(pixels, quality=random.randrange(50, 90))
    height, width = pixels.shape[:2]
    image = PageImage(number=1, pixels=pixels, width=width * 72 / dpi, height=height * 72 / dpi)
    return image, tuple(_turned(box, skew, height / width) for box in drawn.boxes)


def _as_jpeg(pixels: Pixels, *, quality: int) -> Pixels:
    _, data = cv2.imencode(".jpg", pixels[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    decoded: Pixels = np.ascontiguousarray(np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)[..., ::-1])
    return decoded


def _turned(box: TruthBox, degrees: float, aspect: float) -> TruthBox:
    x, y = box.x - 0.5, (box.y - 0.5) * aspect
    cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return TruthBox(0.5 + x * cos - y * sin, 0.5 + (x * sin + y * cos) / aspect, box.text, box.is_checked)


def boxes_read(page: Page) -> list[Read]:
    """Check boxes, and cells of tables with a sign in them."""
    found = []
    for block in page.blocks:
        if block.label is BlockLabel.CHECKBOX and block.is_checked is not None:
            found.append(Read(block.bbox, block.text, block.is_checked))
        for cell in block.table.cells if block.table else ():
            if cell.bbox and (TICKED in cell.text or UNTICKED in cell.text):
                found.append(Read(cell.bbox, cell.text.strip(TICKED + UNTICKED + " "), TICKED in cell.text))
    return found


def judged(number: int, drawn: Form, truth: Sequence[TruthBox], read: Sequence[Read]) -> Result:
    left = list(read)
    states = words = 0
    faults = []
    for box in truth:
        near = [each for each in left if _holds(each.bbox, box)]
        best = max(near, key=lambda each: _likeness(each.text, box.text), default=None)
        if best is None:
            faults.append(f"missed {box.text!r} ({'ticked' if box.is_checked else 'empty'})")
            continue
        left.remove(best)
        states += best.is_checked == box.is_checked
        words += _likeness(best.text, box.text) >= ALIKE
        if best.is_checked != box.is_checked:
            faults.append(f"{box.text!r} read as {'ticked' if best.is_checked else 'empty'}")
        elif _likeness(best.text, box.text) < ALIKE:
            faults.append(f"{box.text!r} has the words {best.text!r}")
    faults += [f"invented {each.text!r}" for each in left]
    return Result(
        number, drawn.style, drawn.language, drawn.is_scan, len(truth), states, words, len(left), tuple(faults)
    )


def _holds(bbox: BBox, box: TruthBox) -> bool:
    return bbox.x0 - SLACK <= box.x <= bbox.x1 + SLACK and bbox.y0 - SLACK <= box.y <= bbox.y1 + SLACK


def _likeness(a: str, b: str) -> float:
    return (
        SequenceMatcher(None, "".join(a.split()).casefold(), "".join(b.split()).casefold()).ratio() if a or b else 1.0
    )


def result(engine: Engine, seed: int, number: int, settings: Settings) -> Result:
    drawn = form(seed, number)
    image, truth = page_image(drawn, seed, number, settings)
    (page,) = engine.read([image])
    if not isinstance(page, Page):
        raise page
    return judged(number, drawn, truth, boxes_read(page))


def table(results: Sequence[Result]) -> str:
    lines = [f"{'':<22}{'forms':>6}{'boxes':>7}{'states right':>14}{'words right':>13}{'invented':>10}"]
    kinds = Counter((each.style, each.is_scan) for each in results)
    for style, is_scan in sorted(kinds):
        some = [each for each in results if (each.style, each.is_scan) == (style, is_scan)]
        lines.append(_row(f"{style}, {'scan' if is_scan else 'digital'}", some))
    return "\n".join([*lines, _row("all", results)])


def _row(name: str, some: Sequence[Result]) -> str:
    boxes = sum(each.boxes for each in some)
    states, words = (
        100 * sum(getattr(r, name) for r in some) / max(boxes, 1) for name in ("states_right", "words_right")
    )
    invented = sum(each.invented for each in some)
    return f"{name:<22}{len(some):>6}{boxes:>7}{states:>12.1f} %{words:>11.1f} %{invented:>10}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--show", action="store_true", help="say what was wrong on each form")
    arguments = parser.parse_args()
    settings = Settings()
    engine = open_engine("local", settings)
    results = []
    for number in range(arguments.count):
        results.append(result(engine, arguments.seed, number, settings))
        if arguments.show and results[-1].faults:
            last = results[-1]
            print(
                f"{number} {last.style} {last.language} {'scan' if last.is_scan else 'digital'}: {last.faults}",
                flush=True,
            )
    print(table(results))
    if arguments.json:
        arguments.json.write_text(json.dumps([asdict(each) for each in results], indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
