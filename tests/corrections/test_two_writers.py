"""Two processes correct the same pages and are killed meanwhile; benchmarks/corrections.py does it a thousand times."""

from pathlib import Path

from benchmarks.corrections import measure


def test_no_correction_is_lost_and_pages_and_index_follow_from_the_history(tmp_path: Path) -> None:
    result = measure(tmp_path, goal=30, kills=2, seed=1)
    assert result.is_good, result
    assert result.kills
    assert result.noted >= 30 - result.kills - 1
