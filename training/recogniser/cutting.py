"""Cuts transcribed lines out of public repositories with ALTO or PAGE files, as a detector would."""

import random
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from xml.etree import ElementTree
from zlib import crc32

import cv2
import numpy as np
from numpy.typing import NDArray

from training.recogniser.alphabet import encoded, written

CUT_HEIGHT, HEIGHT = 64, 40
MAX_ASPECT, MIN_TALL, MAX_SLOPE = 26, 14, 0.3
MAX_LINES, MAX_LINES_OF_PAGE, MAX_PAGES = 700, 30, 28
MARKED = re.compile(r"[\[\]<>#¬⟦⟧€]")
"""Signs by which those who transcribed said something about the text."""
TRAINED_ON, JUDGED = 2, 3
"""Of so many documents, or of pages where there is one only, so many are trained on."""

Grey = NDArray[np.uint8]
Points = NDArray[np.float64]


@dataclass(frozen=True)
class Source:
    repository: str
    """As a bare git directory `owner+name/repo`."""
    name: str
    language: str
    kind: str


SOURCES = (
    Source("HTR-United+CREMMA-MSS-17", "cremma-mss-17", "fr", "handwritten"),
    Source("HTR-United+CREMMA-MSS-18", "cremma-mss-18", "fr", "handwritten"),
    Source("HTR-United+CREMMA-MSS-19", "cremma-mss-19", "fr", "handwritten"),
    Source("HTR-United+CREMMA-MSS-20", "cremma-mss-20", "fr", "handwritten"),
    Source("HTR-United+CREMMA-AN-TestamentDePoilus", "testaments-de-poilus", "fr", "handwritten"),
    Source("FoNDUE-HTR+FONDUE-FR-MSS-18", "fondue-fr-mss-18", "fr", "handwritten"),
    Source("alix-tz+peraire-ground-truth", "peraire", "fr", "handwritten"),
    Source("jschaefer738b+JosephHookerHTR", "joseph-hooker", "en", "handwritten"),
    Source("HTR-United+timeuscorpus", "timeus", "fr", "handwritten"),
    Source("HTR-United+lectaurep-repertoires", "lectaurep-repertoires", "fr", "handwritten"),
    Source("HTRomance-Project+modern-roman-languages", "htromance-modern", "fr", "handwritten"),
    Source("alix-tz+dataset-celestine-doniau-danest", "doniau-danest", "fr", "handwritten"),
    Source("banq-dcn+Copiste-d-un-jour", "copiste-d-un-jour", "fr", "handwritten"),
    Source("PSL-Chartes-HTR-Students+TNAH-2021-Projet-Notre-Dame", "notre-dame", "fr", "handwritten"),
    Source("PSL-Chartes-HTR-Students+HN2021-Memorials_Jane_Lathrop_Stanford", "stanford-memorials", "en", "mixed"),
    Source("HTR-United+tapuscorpus", "tapuscorpus", "fr", "printed"),
    Source("FoNDUE-HTR+FONDUE-EN-PRINT-20", "fondue-en-print-20", "en", "printed"),
    Source("Gallicorpora+HTR-imprime-17e-siecle", "gallicorpora-17", "fr", "printed"),
    Source("Gallicorpora+HTR-imprime-18e-siecle", "gallicorpora-18", "fr", "printed"),
)
GREEK = Source("AjaxMultiCommentary+GT-commentaries-OCR", "ajax-commentaries", "grc", "printed")
"""Pairs of lines and texts, already cut."""


@dataclass(frozen=True)
class CutLine:
    picture: Grey
    """64 pixels high."""
    text: str
    source: Source
    document: str
    page: str


def cut(repositories: Path, output: Path) -> None:
    """Writes `lines` (lines.tsv to train on, held.tsv to look at meanwhile) and `judge` (lines.tsv), the
    latter two of other documents."""
    for source in (*SOURCES, GREEK):
        found = _pairs(repositories, source) if source is GREEK else _lines_of(repositories, source)
        every = list(islice(found, MAX_LINES if source is not GREEK else None))
        keep(every, output)


def keep(every: list[CutLine], output: Path, *, most: int = 450, quality: int = 40) -> None:
    """Of one source: at most so many to train on, half as many to judge by."""
    documents = _documents(every)
    order = sorted(set(documents), key=lambda document: crc32(document.encode()))
    trained_on = {document for number, document in enumerate(order) if number % JUDGED < TRAINED_ON}
    parts: dict[bool, list[CutLine]] = {True: [], False: []}
    for line, document in sorted(zip(every, documents, strict=True), key=lambda pair: crc32(pair[0].text.encode())):
        parts[document in trained_on].append(line)
    for folder, name, lines in (
        ("lines", "lines.tsv", parts[True][:most]),
        ("lines", "held.tsv", parts[False][:24]),
        ("judge", "lines.tsv", parts[False][: most // 2]),
    ):
        (output / folder).mkdir(parents=True, exist_ok=True)
        height = HEIGHT if folder == "lines" else CUT_HEIGHT
        with (output / folder / name).open("a", encoding="utf-8") as table:
            for number, line in enumerate(lines):
                file = f"{line.source.name}-{name[0]}{number:04d}.webp"
                _save(line.picture, output / folder / file, height, quality if folder == "lines" else 88)
                row = (file, script_of(line.text), line.source.language, line.text, line.source.name, line.source.kind)
                table.write("\t".join(row) + "\n")
    print(
        f"{every[0].source.name if every else '-'}: {len(parts[True][:most])} to train on, {len(parts[False])} others"
    )


def script_of(text: str) -> str:
    """Greek, or Latin."""
    letters = [c for c in text if c.isalpha()]
    return "Grek" if sum(c >= "\u0370" for c in letters) > 0.4 * len(letters) else "Latn"


def _documents(every: list[CutLine]) -> list[str]:
    """Folders, or what files' names begin with, or pages: the first of which there are some."""
    by_folder = [line.document for line in every]
    by_name = [line.document + re.sub(r"[-_ ]\d+$", "", line.page) for line in every]
    by_page = [line.document + line.page for line in every]
    return next((names for names in (by_folder, by_name) if len(set(names)) > 4), by_page)


def _save(picture: Grey, path: Path, height: int, quality: int) -> None:
    width = round(picture.shape[1] * height / picture.shape[0])
    sized = cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA)
    cv2.imwrite(str(path), sized, [cv2.IMWRITE_WEBP_QUALITY, quality])


def _git(repositories: Path, source: Source, *arguments: str) -> bytes:
    folder = repositories / source.repository / "repo"
    command = ["git", f"--git-dir={folder / '.git' if (folder / '.git').is_dir() else folder}", *arguments]
    return subprocess.run(command, capture_output=True, check=False).stdout


def _names(repositories: Path, source: Source) -> list[str]:
    listed = _git(repositories, source, "ls-tree", "-r", "--name-only", "-z", "HEAD").decode()
    return [name for name in listed.split("\0") if name]


def _pairs(repositories: Path, source: Source) -> Iterator[CutLine]:
    names = set(_names(repositories, source))
    for name in sorted(name for name in names if name.endswith(".gt.txt")):
        text = written(_git(repositories, source, "show", f"HEAD:{name}").decode())
        picture = name.removesuffix(".gt.txt") + ".png"
        if picture not in names or not can_be_written(text):
            continue
        grey = _opened(_git(repositories, source, "show", f"HEAD:{picture}"))
        if grey is not None and grey.shape[0] >= MIN_TALL and _fits(text, grey):
            width = round(grey.shape[1] * CUT_HEIGHT / grey.shape[0])
            sized = np.asarray(cv2.resize(grey, (width, CUT_HEIGHT), interpolation=cv2.INTER_CUBIC), np.uint8)
            yield CutLine(sized, text, source, name.split("/")[1], Path(name).stem.rsplit("_", 1)[0])


def _lines_of(repositories: Path, source: Source) -> Iterator[CutLine]:
    names = _names(repositories, source)
    pages = [name for name in names if name.endswith(".xml") and not re.search("chocomufin|mets|/page/|^[.]", name)]
    rng = random.Random(1)
    rng.shuffle(pages)
    opened = 0
    for name in pages:
        if opened == MAX_PAGES:
            return
        try:
            file, size, lines = transcribed(_git(repositories, source, "show", f"HEAD:{name}"))
        except (ElementTree.ParseError, AttributeError, ValueError):
            continue
        pictures = {str(Path(name).parent / file), *(str(Path(name).with_suffix(e)) for e in (".jpg", ".jpeg", ".png"))}
        known = [each for each in names if each in pictures or each.endswith("/" + file)][:1]
        grey = _opened(_git(repositories, source, "show", f"HEAD:{known[0]}")) if known else None
        if grey is None or abs(grey.shape[0] * size[0] / (grey.shape[1] * size[1]) - 1) > 0.02:
            continue
        opened += 1
        scale = grey.shape[1] / size[0]
        rng.shuffle(lines)
        wanted = ((written(text), polygon, baseline) for text, polygon, baseline in lines if polygon is not None)
        fitting = (
            CutLine(picture, text, source, str(Path(name).parent), Path(name).stem)
            for text, polygon, baseline in wanted
            if can_be_written(text)
            and (picture := straightened(grey, polygon * scale, None if baseline is None else baseline * scale))
            is not None
            and _fits(text, picture)
        )
        yield from islice(fitting, MAX_LINES_OF_PAGE)


def can_be_written(text: str) -> bool:
    try:
        return len(encoded(text)) >= 2 and not MARKED.search(text)
    except KeyError:
        return False


def _fits(text: str, picture: Grey) -> bool:
    """Whether a line of that shape can say that."""
    width = picture.shape[1] * HEIGHT / picture.shape[0]
    return bool(len(text) * 4 < 1.1 * width < 66 * (len(text) + 1))


def _opened(data: bytes) -> Grey | None:
    """None for what is no picture."""
    if len(data) < 300:
        return None
    image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_GRAYSCALE | cv2.IMREAD_IGNORE_ORIENTATION)
    return None if image is None else np.asarray(image, np.uint8)


Transcribed = tuple[str, Points | None, Points | None]


def transcribed(xml: bytes) -> tuple[str, tuple[int, int], list[Transcribed]]:
    """The picture's name, the page's size, and the lines: texts, outlines, baselines."""
    root = ElementTree.fromstring(xml)
    for element in root.iter():
        element.tag = element.tag.split("}")[-1]
    page = root.find(".//Page")
    if page is None:
        raise ValueError("no page")
    if root.tag == "alto":
        name = root.findtext(".//fileName") or ""
        size = (int(float(page.get("WIDTH", 0))), int(float(page.get("HEIGHT", 0))))
        lines = [_alto_line(line) for line in root.iter("TextLine")]
    else:
        name, size = page.get("imageFilename", ""), (int(page.get("imageWidth", 0)), int(page.get("imageHeight", 0)))
        lines = [_page_line(line) for line in root.iter("TextLine")]
    if not all(size):
        raise ValueError("no size")
    return name, size, lines


def _alto_line(line: ElementTree.Element) -> Transcribed:
    text = " ".join(string.get("CONTENT", "").strip() for string in line.iter("String"))
    polygon = line.find("./Shape/Polygon")
    return text, _points("" if polygon is None else polygon.get("POINTS", "")), _points(line.get("BASELINE", ""))


def _page_line(line: ElementTree.Element) -> Transcribed:
    outline, baseline = line.find("./Coords"), line.find("./Baseline")
    return (
        (line.findtext("./TextEquiv/Unicode") or "").strip(),
        _points("" if outline is None else outline.get("points", "")),
        _points("" if baseline is None else baseline.get("points", "")),
    )


def _points(text: str) -> Points | None:
    values = [float(value) for value in re.split(r"[ ,]+", text.strip()) if value]
    return np.array(values).reshape(-1, 2) if len(values) >= 4 and len(values) % 2 == 0 else None


def straightened(grey: Grey, outline: Points, baseline: Points | None) -> Grey | None:
    """The strip along the baseline, as high as most of the outline, 64 pixels; None where no line can be so."""
    if baseline is None:
        start, along = np.array([outline[:, 0].min(), outline[:, 1].max()]), np.array([1.0, 0.0])
    else:
        start, along = baseline[0], baseline[-1] - baseline[0]
        along = along / max(float(np.linalg.norm(along)), 1e-6)
    if along[0] <= 0 or abs(along[1]) > MAX_SLOPE:
        return None
    down = np.array([-along[1], along[0]])
    turned = (outline - start) @ np.stack([along, down], axis=1)
    edges = _edges(turned)
    if edges is None:
        return None
    top, bottom = edges
    tall = bottom - top
    left, right = turned[:, 0].min() - 0.04 * tall, turned[:, 0].max() + 0.04 * tall
    width = round((right - left) * CUT_HEIGHT / max(tall, 1e-6))
    if tall < MIN_TALL or not 24 <= width <= CUT_HEIGHT * MAX_ASPECT:
        return None
    factor = max(1, round(tall / CUT_HEIGHT))
    corners = [start + along * x + down * y for x, y in ((left, top), (right, top), (right, bottom))]
    target = np.array([(0, 0), (width, 0), (width, CUT_HEIGHT)], np.float32) * factor
    matrix = cv2.getAffineTransform(np.array(corners, np.float32), target)
    size = (width * factor, CUT_HEIGHT * factor)
    strip = cv2.warpAffine(grey, matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(cv2.resize(strip, (width, CUT_HEIGHT), interpolation=cv2.INTER_AREA), np.uint8)


def _edges(turned: Points) -> tuple[float, float] | None:
    """Heights above and below which little of the outline lies."""
    places = np.linspace(turned[:, 0].min(), turned[:, 0].max(), 60)[1:-1]
    upper, lower = np.full(len(places), np.nan), np.full(len(places), np.nan)
    for (x0, y0), (x1, y1) in zip(turned, np.roll(turned, -1, axis=0), strict=True):
        if x0 == x1:
            continue
        inside = (places >= min(x0, x1)) & (places <= max(x0, x1))
        heights = y0 + (y1 - y0) * (places[inside] - x0) / (x1 - x0)
        upper[inside], lower[inside] = np.fmin(upper[inside], heights), np.fmax(lower[inside], heights)
    if np.isnan(upper).any():
        return None
    return float(np.percentile(upper, 15)), float(np.percentile(lower, 85))
