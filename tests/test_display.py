from datetime import UTC, datetime, timedelta

import pytest

from docintel.display import age, duration, file_size, language_name
from docintel.engines.local.scripts import SCRIPTS

NOW = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("language", "name"),
    [
        ("de", "German"),
        ("zh", "Chinese"),
        ("eu", "Basque"),
        ("und-Latn", "an unclear language"),
        (None, "an unclear language"),
    ],
)
def test_a_language_has_a_name(language: str | None, name: str) -> None:
    assert language_name(language) == name


def test_every_language_that_can_be_read_has_a_name() -> None:
    languages = {language for script in SCRIPTS.values() for language in script.languages}
    assert not [language for language in languages if language_name(language) == language]


@pytest.mark.parametrize(
    ("num_bytes", "shown"),
    [(0, "0 bytes"), (999, "999 bytes"), (1_500, "1.5 kB"), (45_000_000, "45.0 MB"), (2_000_000_000, "2.0 GB")],
)
def test_a_size_is_in_the_unit_that_people_use(num_bytes: int, shown: str) -> None:
    assert file_size(num_bytes) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(None, "–"), (0.2, "1 sec"), (89, "89 sec"), (5_000, "83 min"), (7_260, "2 hr"), (360_000, "4 days")],
)
def test_a_duration_is_rounded(seconds: float | None, shown: str) -> None:
    assert duration(seconds) == shown


@pytest.mark.parametrize(
    ("passed", "shown"),
    [
        (timedelta(seconds=3), "just now"),
        (timedelta(seconds=-3), "just now"),
        (timedelta(minutes=1), "1 minute ago"),
        (timedelta(hours=5), "5 hours ago"),
        (timedelta(days=6), "6 days ago"),
        (timedelta(days=40), "20 Jan 2026"),
    ],
)
def test_an_age_becomes_a_date_after_a_week(passed: timedelta, shown: str) -> None:
    assert age(NOW - passed, now=NOW) == shown
    assert age((NOW - passed).replace(tzinfo=None), now=NOW) == shown
