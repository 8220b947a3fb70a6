"""Languages, sizes, ages and durations in words, for people: nothing reads them back."""

from datetime import UTC, datetime, timedelta

from babel import Locale
from babel.dates import format_timedelta
from rich.filesize import decimal

LOCALE = Locale("en")
MAX_AGE = timedelta(weeks=1)
"""An older moment is given as its date."""


def language_name(language: str | None) -> str:
    """A language's English name (CLDR): `de` → German."""
    if not language or language.startswith("und"):
        return "an unclear language"
    return str(LOCALE.languages.get(language, language))


def file_size(num_bytes: float) -> str:
    """45,000,000 → 45.0 MB."""
    return decimal(int(num_bytes))


def duration(seconds: float | None) -> str:
    """Roughly: 5,000 → 83 min; a dash where it is not known."""
    if seconds is None:
        return "–"
    return format_timedelta(timedelta(seconds=seconds), format="short", threshold=2, locale=LOCALE)


def age(moment: datetime, *, now: datetime) -> str:
    """5 hours ago; after a week the date. A moment without a zone is in UTC."""
    at = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    passed = now - at
    if passed < timedelta(minutes=1):
        return "just now"
    if passed >= MAX_AGE:
        return f"{at:%d %b %Y}"
    return format_timedelta(-passed, granularity="minute", threshold=1, add_direction=True, locale=LOCALE)
