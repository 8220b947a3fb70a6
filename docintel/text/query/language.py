"""The search field's language: words, "a phrase" in quotes, and a minus before a word or phrase that must not occur.

Quotes of other languages (“…”, „…“, «…», 「…」) are quotes too. One that is not closed yet reaches to the end: a query
makes sense while it is typed. A minus counts only before a word and after a space: in `e-mail` it is a hyphen.
"""

import re
from dataclasses import dataclass

from docintel.text import one_line
from docintel.text.terms import words

MAX_QUERY = 400
"""Characters that are read of a query."""

_CLOSING = {'"': '"', "“": "”“", "”": "”", "„": "“”", "«": "»", "»": "«", "「": "」", "『": "』"}
_QUOTED = "|".join(f"{opening}[^{closing}]*[{closing}]?" for opening, closing in _CLOSING.items())
_PART = re.compile(rf"(?P<minus>(?<!\S)[-−–](?=[^\s−–-]))?(?:(?<![^\W_])(?P<quoted>{_QUOTED})|(?P<word>\S+?)(?=$|\s))")
_QUOTES = "".join([*_CLOSING, *_CLOSING.values()])


@dataclass(frozen=True)
class SearchQuery:
    """A query, read."""

    words: str = ""
    """What stands outside quotes, as written."""
    phrases: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    """Words and phrases after a minus."""

    @property
    def text(self) -> str:
        """All that is looked for, without quotes."""
        return one_line(" ".join([self.words, *self.phrases]))

    @property
    def is_plain(self) -> bool:
        """Words only."""
        return not self.phrases and not self.excluded

    @property
    def is_empty(self) -> bool:
        """Nothing that could be looked for: no letter and no digit, or only what must not occur."""
        return not words(self.text)

    def admits(self, text: str) -> bool:
        """Whether all phrases and nothing excluded stand in `text`."""
        if self.is_plain:
            return True
        written = words(text)
        return all(has_phrase(written, phrase) for phrase in self.phrases) and not any(
            has_phrase(written, phrase) for phrase in self.excluded
        )


def parse(query: str) -> SearchQuery:
    """Never raises: what makes no sense is taken as words."""
    found: dict[str, list[str]] = {"words": [], "phrases": [], "excluded": []}
    for part in _PART.finditer(query[:MAX_QUERY]):
        said = one_line((part["quoted"] or part["word"]).strip(_QUOTES))
        kind = "excluded" if part["minus"] else "phrases" if part["quoted"] else "words"
        if words(said):
            found[kind].append(said)
    return SearchQuery(" ".join(found["words"]), tuple(found["phrases"]), tuple(found["excluded"]))


def has_phrase(written: list[str], phrase: str) -> bool:
    """Whether the words of `phrase` stand one after the other in `written`."""
    asked = words(phrase)
    return any(written[start : start + len(asked)] == asked for start in range(len(written) - len(asked) + 1))
