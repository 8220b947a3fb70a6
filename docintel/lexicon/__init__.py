"""Word lists in many languages, from the files beside this one: stop words, meanings, number words, question phrases,
what follow-up questions and those about several documents are made of, what keeps a hyphen, what compounds are made of.

The pure core reads no files: it is handed what it needs of these.
"""

import lzma
import tomllib
from functools import cache
from importlib.resources import files

from docintel.text.compounds import CompoundParts
from docintel.text.hyphens import HyphenRules
from docintel.text.terms import fold

Entries = dict[str, tuple[str, ...]]


@cache
def stop_words(language: str | None) -> frozenset[str]:
    """Folded stop words of a language (ISO 639-1), of all languages where it is not known."""
    entries = _entries("stop_words")
    listed = entries.values() if language not in entries else [entries[language]]
    return frozenset(fold(word) for words in listed for word in words)


def meanings() -> Entries:
    """What documents call the same things: words as written, by meaning."""
    return _entries("meanings")


@cache
def number_words() -> frozenset[str]:
    """Numbers written out, folded."""
    return frozenset(fold(word) for word in _entries("number_words")["all"])


def question_phrases() -> Entries:
    """What asks for a `date`, a `number`, a `name`, for a `count` (as patterns), and what is `cut` in any case."""
    return _entries("questions")


def dialogue_words(table: str, language: str) -> tuple[str, ...]:
    """What follow-up questions in a language (ISO 639-1) are made of, by the tables of `dialogue.toml`, as written."""
    return _entries("dialogue", table).get(language, ())


def dialogue_languages() -> frozenset[str]:
    """In which follow-up questions are understood."""
    return frozenset(_entries("dialogue", "openers"))


def dialogue_meanings(group: str) -> frozenset[str]:
    """Keys of `meanings` that are `things`, `people` or `dates`."""
    return frozenset(_entries("dialogue", "meanings")[group])


def aggregate_words(table: str) -> Entries:
    """What questions about several documents are made of, from a table of `aggregates.toml`: language → words."""
    return _entries("aggregates", table)


@cache
def hyphen_rules(language: str | None) -> HyphenRules:
    """What is known of hyphens in a language (ISO 639-1); where it is not known, conjunctions of all languages."""
    conjunctions, clitics = _entries("hyphens", "conjunctions"), _entries("hyphens", "clitics")
    listed = [conjunctions[language]] if language in conjunctions else conjunctions.values()
    own = _word_list("hyphenated", language) if language and language != "en" else frozenset()
    by_hand = _entries("hyphens", "hyphenated").get(language or "", ())
    return HyphenRules(
        conjunctions=frozenset(word for words in listed for word in words),
        hyphenated=_word_list("hyphenated", "en") | own | frozenset(by_hand),
        clitics=frozenset(clitics.get(language or "", ())),
        plain=_word_list("plain", language),
    )


@cache
def compound_parts(language: str | None) -> CompoundParts | None:
    """What a language's compounds are made of; None where they are not written together.

    A text of which only the Latin letters are known, a word or two, may be German.
    """
    language = "de" if language == "und-Latn" else language
    words = _word_list("parts", language)
    return CompoundParts(language, words) if language and words else None


def _word_list(name: str, language: str | None) -> frozenset[str]:
    """A list of words too long for a TOML file; empty where the language has none."""
    path = files(__package__).joinpath("lists", f"{name}-{language}.xz")
    return frozenset(lzma.decompress(path.read_bytes()).decode().split()) if path.is_file() else frozenset()


@cache
def _entries(name: str, table: str = "entries") -> Entries:
    """The lists of a file; words are parted by white space, phrases are an array."""
    entries = tomllib.loads(files(__package__).joinpath(f"{name}.toml").read_text(encoding="utf-8"))[table]
    return {key: tuple(value.split() if isinstance(value, str) else value) for key, value in entries.items()}
