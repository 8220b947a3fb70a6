"""What was read against what is there: a record for each sample, and what the records of a kind come to."""

from __future__ import annotations

from collections import defaultdict
from typing import cast

from training.judging.metrics import edit_distance, matched_boxes, parts, table_structure

Record = dict[str, object]
"""One sample: kind, language, truth and read (text), errors and characters, boxes, tables, unfinished."""


def compare(truth: str, read: str, *, is_page: bool) -> Record:
    """Count errors; a page's characters are its blocks' texts in the answer's order."""
    record: Record = {"truth": truth, "read": read}
    if is_page:
        wanted, found = parts(truth), parts(read)
        tables = [part.table for part in found if part.table]
        scores = [
            max((table_structure(part.table, table) for table in tables), default=0.0) for part in wanted if part.table
        ]
        record |= {"boxes": len(wanted), "matched": matched_boxes(wanted, found), "tables": scores}
        truth, read = (" ".join(part.text for part in group) for group in (wanted, found))
    return record | {"characters": len(truth), "errors": edit_distance(truth, read)}


def summary(records: list[Record]) -> dict[str, dict[str, object]]:
    """By kind: CER over all characters, the middle sample's CER, boxes, tables, unfinished; and CER by language."""
    by_kind: dict[str, list[Record]] = defaultdict(list)
    by_language: dict[str, list[Record]] = defaultdict(list)
    for record in records:
        kind = str(record["kind"])
        by_kind[kind].append(record)
        if kind.startswith("languages"):
            by_language[f"{record['language']} {kind.removeprefix('languages-')}"].append(record)
    report = {kind: _kind_summary(group) for kind, group in by_kind.items()}
    if by_language:
        report["cer by language"] = {language: _cer(group) for language, group in by_language.items()}
    return report


def _kind_summary(group: list[Record]) -> dict[str, object]:
    rates = sorted(_number(r, "errors") / max(1, _number(r, "characters")) for r in group)
    line: dict[str, object] = {
        "samples": len(group),
        "cer": _cer(group),
        "median_cer": round(rates[len(rates) // 2], 4),
        "unfinished": sum(bool(r["unfinished"]) for r in group),
        "seconds": group[0]["seconds"],
    }
    if "boxes" in group[0]:
        matched, boxes = (sum(_number(r, name) for r in group) for name in ("matched", "boxes"))
        scores = [score for r in group for score in cast(list[float], r["tables"])]
        line |= {"boxes_iou_70": round(matched / max(1, boxes), 4), "tables": len(scores)}
        line |= {"table_structure": round(sum(scores) / max(1, len(scores)), 4)}
    return line


def _number(record: Record, name: str) -> int:
    return cast(int, record[name])


def _cer(group: list[Record]) -> float:
    errors, characters = (sum(_number(r, name) for r in group) for name in ("errors", "characters"))
    return round(errors / max(1, characters), 5)
