"""Compounds of languages that write words together, taken apart: Haftpflichtversicherungsnummer. Pure."""

from collections.abc import Collection
from dataclasses import dataclass

LINKS = {
    "de": ("", "s", "n", "en", "es", "er", "e", "ns"),
    "nl": ("", "s", "e", "en", "er", "n"),
    "sv": ("", "s", "e", "o", "u", "a"),
    "da": ("", "s", "e", "er"),
    "no": ("", "s", "e", "er"),
}
"""What may stand between two parts, by language (ISO 639-1)."""


def _endings(text: str) -> tuple[str, ...]:
    return tuple(text.split())


ENDINGS = {
    "de": _endings("e en er n s es ern em est et te ten end ende t"),
    "nl": _endings("e en s er t de te den je jes ste ere end ende"),
    "sv": _endings(
        "en et er ar or n s ens ets erna arna orna na ns t a as ade at ad an ans ers ars ornas ernas arnas de e te are"
        " ast aste"
    ),
    "da": _endings("en et er e erne ene s ens ets ers ernes n ns t r ne nes ede es ende st ste este ere"),
    "no": _endings("en et er e ene a s ens ets ers enes n ns t r ne nes as te ende st este ste ere ar ane"),
}
"""What a compound's last part may end in, by language."""
MIN_COMPOUND = 8
"""Letters of the shortest word that is taken apart."""
MIN_PART = 3


@dataclass(frozen=True, eq=False)
class CompoundParts:
    """The words that a language's compounds are made of, folded, without endings."""

    language: str
    words: Collection[str]

    def is_word(self, text: str) -> bool:
        return text in self.words or f"{text}e" in self.words or f"{text}a" in self.words

    def ends(self, text: str) -> bool:
        """Whether `text` is a word, with an ending or without."""
        return self.is_word(text) or any(self.is_word_with(text, ending) for ending in ENDINGS[self.language])

    def is_word_with(self, text: str, ending: str) -> bool:
        bare = text.removesuffix(ending)
        return MIN_PART < len(bare) < len(text) and self.is_word(bare)


def tails(word: str, parts: CompoundParts) -> list[str]:
    """What a folded compound ends in, from each of its parts on, the longest first; none where it is no compound.

    Where its last part has an ending, also without it; where it can be parted in two ways, by both.
    """
    if len(word) < MIN_COMPOUND or not word.isalpha() or parts.ends(word):
        return []
    found = [word[start:] for start in sorted(_starts(word, parts)) if start]
    if not found or parts.is_word(found[-1]):
        return found
    endings = [ending for ending in ENDINGS[parts.language] if parts.is_word_with(found[-1], ending)]
    return [*found, *(tail.removesuffix(ending) for ending in endings for tail in found if tail.endswith(ending))]


def _starts(word: str, parts: CompoundParts) -> set[int]:
    """Where the parts begin, in the ways of fewest parts; empty where the word is not made of parts."""
    best: dict[int, tuple[int, set[int]]] = {}
    for start in range(len(word) - MIN_PART, -1, -1):
        ways = [(_cost(word[start:]), {start})] if parts.ends(word[start:]) else []
        ways += [
            (cost + _cost(word[start:end]), {start, *starts})
            for end, (cost, starts) in best.items()
            if end - start >= MIN_PART and _is_inner(word[start:end], parts)
        ]
        if ways:
            lowest = min(cost for cost, _ in ways)
            best[start] = lowest, {place for cost, starts in ways if cost == lowest for place in starts}
    return best[0][1] if 0 in best else set()


def _cost(piece: str) -> int:
    """Short parts count double: they are found in many a word by chance."""
    return 2 if len(piece) > MIN_PART else 4


def _is_inner(piece: str, parts: CompoundParts) -> bool:
    return any(
        piece.endswith(link) and len(piece) - len(link) >= MIN_PART and parts.ends(piece.removesuffix(link))
        for link in LINKS[parts.language]
    )
