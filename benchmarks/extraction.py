"""Measures extraction by schema: python -m benchmarks.extraction SCHEMA TRUTH [--pages DIR] [--verbose] [--json FILE]

SCHEMA is a ready schema's name or a file; TRUTH a folder of documents, each with NAME.json beside it: the values of
its fields by name, as written on the page or normalised. Fields that the truth does not name are not counted. Pages are
read by the engine `local`; --pages keeps what was read.

A value is right if it says the same date, number or code; of a text, if 85 % of the letters are the same, for reading
errors. Of each field, and of all:

right        of the documents whose truth names it
missed       nothing was extracted
sure         extracted without doubt, of all
wrong_sure   of those, not right
"""

import argparse
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from difflib import SequenceMatcher
from pathlib import Path
from statistics import median
from time import perf_counter

from benchmarks.page_reader import PageReader
from docintel.embedding import Embedder, open_embedder
from docintel.extraction.files import SUFFIXES, read_schema
from docintel.extraction.finding import extract
from docintel.extraction.normalising import normalised
from docintel.extraction.ready import ready_schemas
from docintel.extraction.schema import Field, FieldType, Schema, Value
from docintel.model import Document, DocumentState
from docintel.settings import Settings
from docintel.text.terms import fold

SAME_LETTERS = 0.85


@dataclass(frozen=True)
class Outcome:
    document: str
    field: Field
    expected: str
    value: Value | None
    seconds: float
    """Of the whole document."""

    @property
    def is_right(self) -> bool:
        return self.value is not None and _is_same(self.field, self.expected, self.value)

    @property
    def is_sure(self) -> bool:
        return self.value is not None and self.value.is_sure


def _is_same(field: Field, expected: str, value: Value) -> bool:
    if field.type in (FieldType.TEXT, FieldType.CODE):
        one, other = _bare(expected), _bare(value.value)
        return SequenceMatcher(None, one, other, autojunk=False).ratio() >= SAME_LETTERS
    wanted = normalised(field.type, expected)
    return wanted is not None and wanted.value == value.value


def _bare(text: str) -> str:
    return "".join(c for c in fold(text) if c.isalnum())


def measure(schema: Schema, folder: Path, reader: PageReader, embedder: Embedder) -> Iterator[Outcome]:
    fields = {field.name: field for field in schema.fields}
    for truth_path in sorted(folder.glob("*.json")):
        truth: dict[str, str] = json.loads(truth_path.read_text(encoding="utf-8"))
        path = next(each for each in folder.glob(f"{truth_path.stem}.*") if each.suffix != ".json")
        pages = reader(path)
        start = perf_counter()
        found = extract(schema, _document(path, len(pages)), pages, embedder)
        seconds = perf_counter() - start
        for name in sorted(truth.keys() & fields.keys()):
            yield Outcome(path.name, fields[name], truth[name], found.first(name), seconds)


def _document(path: Path, num_pages: int) -> Document:
    return Document(
        id=path.stem,
        collection="default",
        content=path.stem,
        name=path.name,
        media_type="application/pdf",
        size=1,
        added_at=datetime.now(UTC),
        state=DocumentState.READY,
        num_pages=num_pages,
    )


def figures_of(outcomes: Sequence[Outcome]) -> dict[str, float]:
    sure = [each for each in outcomes if each.is_sure]
    return {
        "asked": len(outcomes),
        "right": round(sum(each.is_right for each in outcomes) / max(len(outcomes), 1), 3),
        "missed": round(sum(each.value is None for each in outcomes) / max(len(outcomes), 1), 3),
        "sure": round(len(sure) / max(len(outcomes), 1), 3),
        "wrong_sure": round(sum(not each.is_right for each in sure) / max(len(sure), 1), 3),
        "median_s": round(median(each.seconds for each in outcomes), 2) if outcomes else 0.0,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("schema")
    parser.add_argument("truth", type=Path)
    parser.add_argument("--pages", type=Path)
    parser.add_argument("--verbose", action="store_true")
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    schema = read_schema(Path(given.schema)) if given.schema.endswith(SUFFIXES) else ready_schemas()[given.schema]
    outcomes: list[Outcome] = []
    for each in measure(schema, given.truth, PageReader(given.pages, frozenset()), open_embedder(Settings())):
        outcomes.append(each)
        if given.verbose and not each.is_right:
            said = f"{each.value.value!r} ({each.value.probability:.2f})" if each.value else "nothing"
            print(f"{each.document} {each.field.name}: {said}, not {each.expected!r}", flush=True)
    names = list(dict.fromkeys(each.field.name for each in outcomes))
    figures = {name: figures_of([each for each in outcomes if each.field.name == name]) for name in names}
    figures["all"] = figures_of(outcomes)
    for name, row in figures.items():
        print(f"{name:<12}" + "  ".join(f"{key} {value}" for key, value in row.items()))
    if given.json:
        given.json.write_text(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()
