"""The benchmark of photographs: its figures and its camera."""

import numpy as np
import pytest
from numpy.typing import NDArray

from benchmarks.photographed.camera import DAMAGES, photograph
from benchmarks.photographed.measures import bigram_f1, folded, order_similarity, sequence_similarity
from benchmarks.reading import language_in

LEFT = "Seven boats left the harbour.\nNobody saw them return."
RIGHT = "The price of bread went up.\nSix bakers were asked why."


def test_letters_count_wherever_they_stand_and_order_where_it_is_measured() -> None:
    truth, moved = f"{LEFT}\n{RIGHT}", f"{RIGHT}\n{LEFT}"
    assert bigram_f1(moved, truth) > 0.97
    assert order_similarity(moved, truth) < 0.6
    assert bigram_f1(truth, truth) == order_similarity(truth, truth) == sequence_similarity(truth, truth) == 1.0


def test_sequence_is_that_of_what_was_recognised() -> None:
    truth = f"{LEFT}\n{RIGHT}"
    across = "\n".join(" ".join(pair) for pair in zip(LEFT.split("\n"), RIGHT.split("\n"), strict=True))
    in_columns = sequence_similarity(LEFT, truth)
    read_across = sequence_similarity(across, truth)
    assert in_columns == 1.0
    assert read_across is not None and read_across < 0.8
    assert sequence_similarity("", truth) is None


def test_nothing_read_scores_nothing() -> None:
    assert bigram_f1("", LEFT) == order_similarity("", LEFT) == 0.0


def test_words_that_nobody_can_read_are_left_out() -> None:
    assert bigram_f1("one two four", "one two ⟨?⟩ four") > bigram_f1("one two four", "one two xxxxx four")
    assert bigram_f1("a", "⟨?⟩") == 1.0


def test_white_space_between_characters_written_without_says_nothing() -> None:
    assert folded("人人生而\n自由 and  free") == "人人生而自由 and free"


@pytest.mark.parametrize("damage", list(DAMAGES))
def test_a_seed_gives_the_same_photograph(damage: str) -> None:
    page = _page()
    first, second, other = (photograph(page, damage, seed=seed) for seed in (3, 3, 4))
    assert first.dtype == np.uint8 and first.shape[0] > page.shape[0]
    assert np.array_equal(first, second) and not np.array_equal(first, other)


def test_the_whole_sheet_is_on_the_photograph() -> None:
    """Its four dark corners are seen, however it lies."""
    for damage in ("perspective", "curl", "fold"):
        seen = photograph(_page(), damage, seed=5).astype(int)
        is_blue = (seen[..., 2] - seen[..., 0] > 60).astype(np.uint8)
        height, width = is_blue.shape
        quarters = [is_blue[y : y + height // 2, x : x + width // 2] for y in (0, height // 2) for x in (0, width // 2)]
        assert all(quarter.sum() > 20 for quarter in quarters), damage


def test_a_file_may_name_its_language_by_code() -> None:
    assert language_in("ru-letter") == "ru"
    assert language_in("zh-Hans-sign") == "zh-Hans"
    assert language_in("columns-french-1") == "fr"
    assert language_in("elephant") == "en"


def _page() -> NDArray[np.uint8]:
    page = np.full((468, 331, 3), 255, np.uint8)
    for y in (slice(0, 20), slice(-20, None)):
        for x in (slice(0, 20), slice(-20, None)):
            page[y, x] = (0, 0, 200)
    return page
