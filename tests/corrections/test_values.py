"""Corrections as values: applied, undone, replayed over another reading."""

from datetime import UTC, datetime
from random import Random

import pytest

from docintel.corrections import (
    Correction,
    CorrectionKind,
    Entry,
    applied,
    editing,
    grids,
    inverse,
    redoable,
    replay,
    undoable,
)
from docintel.errors import DoesNotFit, NotFound, UsageError
from docintel.model import BBox, BlockLabel, Page, block_by_id
from docintel.tables import grid, to_text
from tests.corrections.pages import TABLE, page, random_correction


def entry(seq: int, correction: Correction, *, user: str = "", reverses: int | None = None) -> Entry:
    return Entry(seq=seq, page=1, at=datetime.now(UTC), user=user, correction=correction, reverses=reverses)


def text_of(shown: Page, block_id: str) -> str:
    found = block_by_id(shown, block_id)
    assert found is not None
    return found.text


@pytest.mark.parametrize("seed", range(40))
def test_what_is_corrected_and_undone_is_as_it_was_and_survives_json(seed: int) -> None:
    random, shown = Random(seed), page()
    pages, corrections = [shown], []
    for _ in range(25):
        correction = random_correction(shown, random)
        kept = Correction.model_validate_json(correction.model_dump_json())
        assert kept == correction
        shown = applied(shown, kept)
        assert len({block.id for block in shown.blocks}) == len(shown.blocks)
        assert all(block.table is None or to_text(block.table) == block.text for block in shown.blocks)
        assert Page.model_validate_json(shown.model_dump_json()) == shown
        pages.append(shown)
        corrections.append(kept)
    for correction in reversed(corrections):
        assert shown == pages.pop()
        shown = applied(shown, inverse(correction))
    assert shown == page()


def test_every_kind_is_among_the_random_ones() -> None:
    random = Random(1)
    assert {random_correction(page(), random).kind for _ in range(300)} == set(CorrectionKind)


def test_a_correction_fits_only_what_it_was_made_for() -> None:
    first = editing.set_text(page(), "b2", "The total is 120 euros")
    second = editing.set_text(page(), "b2", "The sum is 120 euros")
    with pytest.raises(DoesNotFit):
        applied(applied(page(), first), second)
    with pytest.raises(DoesNotFit):
        applied(applied(page(), editing.delete(page(), "b2")), first)


def test_corrections_of_different_things_of_a_block_fit_each_other() -> None:
    label = editing.set_label(page(), "b2", BlockLabel.TITLE)
    shown = applied(applied(page(), editing.set_text(page(), "b2", "Total")), label)
    assert (shown.blocks[1].text, shown.blocks[1].label) == ("Total", BlockLabel.TITLE)


def test_a_corrected_text_takes_its_words_along() -> None:
    shown = applied(page(), editing.set_text(page(), "b2", "The total is 120 euros"))
    assert [(word.text, word.confidence) for word in shown.words[2:5]] == [("The", 0.6), ("total", 1.0), ("is", 0.6)]


def test_a_corrected_word_takes_its_block_along() -> None:
    assert text_of(applied(page(), editing.set_word(page(), 3, "total")), "b2") == "The total is 120 euros"


def test_another_reading_keeps_what_still_fits() -> None:
    """Ids are another reading's own: a block is found again at its place."""
    text = editing.set_text(page(), "b2", "The total is 120 euros")
    label = editing.set_label(page(), "b1", BlockLabel.TITLE)
    renamed = tuple(block.model_copy(update={"id": f"x{block.id}", "confidence": 0.4}) for block in page().blocks)
    other = page().model_copy(update={"blocks": (renamed[0].model_copy(update={"text": "Invoice 2081"}), *renamed[1:])})
    wording = editing.set_text(page(), "b1", "Invoice No. 2031")
    replayed = replay(other, [entry(1, text), entry(2, label), entry(3, wording)])
    assert replayed.misfits == {3}
    assert text_of(replayed.page, "xb2") == "The total is 120 euros"
    assert replayed.page.blocks[0].label is BlockLabel.TITLE


def test_what_was_undone_stays_undone_when_a_reading_says_it_by_itself() -> None:
    text = editing.set_text(page(), "b2", "The total is 120 euros")
    better = applied(page(), text)
    replayed = replay(better, [entry(1, text), entry(2, inverse(text), reverses=1)])
    assert replayed.misfits == {1, 2}
    assert replayed.page == better


def test_undo_and_redo_walk_back_and_forth_over_ones_own() -> None:
    one, two = editing.set_text(page(), "b1", "A"), editing.set_text(page(), "b2", "B")
    history = [entry(1, one, user="a"), entry(2, two, user="b")]
    assert undoable(history, "a") == history[0] and redoable(history, "a") is None
    history.append(entry(3, inverse(one), user="a", reverses=1))
    assert undoable(history, "a") is None and redoable(history, "a") == history[2]
    history.append(entry(4, one, user="a", reverses=3))
    assert undoable(history, "a") == history[3] and redoable(history, "a") is None
    history.append(entry(5, inverse(one), user="a", reverses=4))
    history.append(entry(6, editing.set_text(page(), "b1", "C"), user="a"))
    assert undoable(history, "a") == history[5] and redoable(history, "a") is None


def test_split_parts_have_their_boxes_and_merged_ones_go_around_both() -> None:
    shown = applied(page(), editing.split(page(), "b2", 10))
    first, second = shown.blocks[1:3]
    assert (first.text, second.text) == ("The totel", "is 120 euros")
    assert first.bbox.x1 < second.bbox.x0
    merged = applied(shown, editing.merge_with_next(shown, "b2")).blocks[1]
    assert merged.text == "The totel\nis 120 euros"
    assert merged.bbox == BBox.around([first.bbox, second.bbox])


def test_struck_stretches_stay_where_they_belong() -> None:
    old = page()
    struck = old.blocks[1].model_copy(update={"struck": ((0, 3), (17, 22))})
    shown = old.model_copy(update={"blocks": (old.blocks[0], struck, *old.blocks[2:])})
    changed = applied(shown, editing.set_text(shown, "b2", "The sum is 120 euros")).blocks[1]
    assert [changed.text[start:end] for start, end in changed.struck] == ["The", "euros"]
    parts = applied(shown, editing.split(shown, "b2", 10)).blocks[1:3]
    assert [part.text[slice(*part.struck[0])] for part in parts] == ["The", "euros"]


def test_rows_and_columns_grow_and_shrink_with_spans() -> None:
    assert grid(grids.with_row(TABLE, 2))[1:] == [["Nails", "3.20"], ["Nails", ""], ["Nails", "4.10"]]
    assert grid(grids.without_row(TABLE, 1)) == [["Items", "Items"], ["Nails", "4.10"]]
    assert grid(grids.with_column(TABLE, 1))[0] == ["Items"] * 3
    assert grid(grids.without_column(TABLE, 0)) == [["Items"], ["3.20"], ["4.10"]]
    for at in (0, 1, 3):
        assert grids.without_row(grids.with_row(TABLE, at), at) == TABLE
    assert grid(grids.with_text(TABLE, 2, 0, "Screws"))[1] == ["Screws", "3.20"]


@pytest.mark.parametrize(
    ("change", "error"),
    [
        (lambda p: editing.set_text(p, "b9", "x"), NotFound),
        (lambda p: editing.set_text(p, "b4", "x"), UsageError),
        (lambda p: editing.set_text(p, "b1", "Invoice 2031"), UsageError),
        (lambda p: editing.merge_with_next(p, "b5"), UsageError),
        (lambda p: editing.merge_with_next(p, "b3"), UsageError),
        (lambda p: editing.split(p, "b1", 0), UsageError),
        (lambda p: editing.set_word(p, 99, "x"), NotFound),
        (lambda p: editing.add(p, BBox(x0=0, y0=0, x1=0, y1=1), text="x"), UsageError),
        (lambda p: editing.move(p, "b1", ""), UsageError),
        (lambda _: grids.with_text(TABLE, 3, 0, "x"), UsageError),
    ],
)
def test_what_makes_no_sense_is_refused(change: object, error: type[Exception]) -> None:
    with pytest.raises(error):
        change(page())  # type: ignore[operator]
