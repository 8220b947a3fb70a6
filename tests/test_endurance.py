"""benchmarks.endurance, in small: killed at random, nothing is lost and nothing is done twice."""

from pathlib import Path

from benchmarks.endurance import measure


def test_a_heap_is_read_exactly_once_while_everything_is_killed(tmp_path: Path) -> None:
    result = measure(tmp_path, pages=16, kills=3, seed=3)
    assert sum(result.kills.values()) == 3
    assert result.differing == []
    assert result.commits == {1: 16}
    assert result.check == []
    assert result.found_by_vector == result.found_by_word == result.chunks > 0
    assert result.ended_by_themselves == 0
