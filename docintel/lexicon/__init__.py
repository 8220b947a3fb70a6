"""Word lists in many languages, from the files beside this one: stop words, meanings, number words, question phrases.

The pure core reads no files: it is handed what it needs of these.
"""

import tomllib
from functools import cache
from importlib.resources import files

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


@cache
def _entries(name: str) -> Entries:
    """The lists of a file; words are parted by white space, phrases are an array."""
    entries = tomllib.loads(files(__package__).joinpath(f"{name}.toml").read_text(encoding="utf-8"))["entries"]
    return {key: tuple(value.split() if isinstance(value, str) else value) for key, value in entries.items()}
