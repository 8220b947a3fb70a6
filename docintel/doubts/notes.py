"""What a page says of its doubts, in plain words."""

from collections.abc import Sequence

from docintel.doubts.findings import Doubt, Kind

MAX_QUOTES, MAX_LETTERS = 3, 60
COMPARE = "Compare with the picture."
TOO_LITTLE = (
    "The local engine reads too little of this page to check what the model wrote. Compare all of it with the picture."
)
NO_TEXT = "The local engine sees no text on this page: what the model wrote may be made up. Compare with the picture."
NOT_COMPARED = "What the model wrote could not be compared with what the local engine reads: {problem}"
OPENINGS = {
    Kind.UNSEEN: "May be made up; the local engine does not see it",
    Kind.OTHERWISE: "The local engine reads it otherwise",
    Kind.LEFT_OUT: "May be left out; the local engine reads it too",
}


def notes(doubts: Sequence[Doubt]) -> list[str]:
    """One for each kind of doubt there is, with the first few passages."""
    found = [(kind, [doubt for doubt in doubts if doubt.kind is kind]) for kind in Kind]
    return [f"{OPENINGS[kind]}: {_quoted(some)}. {COMPARE}" for kind, some in found if some]


def _quoted(doubts: Sequence[Doubt]) -> str:
    quotes = "; ".join(_quote(doubt) for doubt in doubts[:MAX_QUOTES])
    return f"{quotes} and {len(doubts) - MAX_QUOTES} more" if len(doubts) > MAX_QUOTES else quotes


def _quote(doubt: Doubt) -> str:
    instead = f" (it reads “{_cut(doubt.instead)}”)" if doubt.kind is Kind.OTHERWISE else ""
    return f"“{_cut(doubt.text)}”{instead}"


def _cut(text: str) -> str:
    return text if len(text) <= MAX_LETTERS else f"{text[:MAX_LETTERS].rstrip()}…"
