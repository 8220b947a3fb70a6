"""Which language a text is in: by its script where that is enough, else by py3langid (its model is in its wheel)."""

from collections import Counter
from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import regex

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

MIN_CONFIDENCE = 0.5
"""Below this a guess is not made: names, numbers and single words are often written alike in many languages."""
MIN_CONFIDENCE_OF_FEW = 0.65
"""The same where only a few languages share a script: chance alone reaches a half there."""
ENOUGH_LETTERS = 70
"""A shorter text is in the language around it if its script can be; a longer one may be in a language that is rare."""


@dataclass(frozen=True)
class Script:
    """A script with the languages (ISO 639-1) that are written in it, as far as they are distinguished here."""

    letters: str
    """What a set of regex matches its letters by; the block where it has marks that Unicode counts to no script."""
    languages: tuple[str, ...]
    """The likeliest first."""
    rare: tuple[str, ...] = ()
    """Too much like the others to be looked for in a few words."""


def _script(letters: str, languages: str, rare: str = "") -> Script:
    return Script(letters, tuple(languages.split()), tuple(rare.split()))


SCRIPTS = {
    "Latn": _script(
        r"\p{Latin}",
        "en af sq ca hr cs da nl et fi fr de hu is id it lv lt no pl pt ro sk sl es sv sw tl tr vi",
        "az gl eu ga cy mt la eo lb ms",
    ),
    "Cyrl": _script(r"\p{Cyrillic}", "ru uk bg sr mk kk mn", "be ky"),
    "Arab": _script(r"\p{Arabic}\p{Block=Arabic}", "ar fa ur", "ug ps"),
    "Hani": _script(r"\p{Han}〆", "zh ja ko"),
    "Kana": _script(r"\p{Hiragana}\p{Block=Hiragana}\p{Katakana}\p{Block=Katakana}\uff70\uff9e\uff9f", "ja"),
    "Hang": _script(r"\p{Hangul}", "ko"),
    "Deva": _script(r"\p{Devanagari}\p{Block=Devanagari}", "hi mr ne"),
    "Grek": _script(r"\p{Greek}", "el"),
    "Hebr": _script(r"\p{Hebrew}", "he"),
    "Thai": _script(r"\p{Thai}", "th"),
    "Beng": _script(r"\p{Bengali}", "bn", "as"),
    "Armn": _script(r"\p{Armenian}", "hy"),
    "Geor": _script(r"\p{Georgian}", "ka"),
    "Guru": _script(r"\p{Gurmukhi}", "pa"),
    "Gujr": _script(r"\p{Gujarati}", "gu"),
    "Orya": _script(r"\p{Oriya}", "or"),
    "Taml": _script(r"\p{Tamil}", "ta"),
    "Telu": _script(r"\p{Telugu}", "te"),
    "Knda": _script(r"\p{Kannada}", "kn"),
    "Mlym": _script(r"\p{Malayalam}", "ml"),
    "Sinh": _script(r"\p{Sinhala}", "si"),
    "Laoo": _script(r"\p{Lao}", "lo"),
    "Tibt": _script(r"\p{Tibetan}", "bo"),
    "Mymr": _script(r"\p{Myanmar}", "my"),
    "Ethi": _script(r"\p{Ethiopic}", "am"),
    "Khmr": _script(r"\p{Khmer}", "km"),
    "Mong": _script(r"\p{Mongolian}", "mn"),
}
"""By ISO 15924 code; Hiragana and Katakana are `Kana`."""
RIGHT_TO_LEFT = frozenset({"Arab", "Hebr"})

_RUN = regex.compile(
    "|".join(rf"(?P<{code}>[[{script.letters}]&&[\p{{L}}\p{{M}}]]+)" for code, script in SCRIPTS.items()), regex.V1
)
"""Letters (and their marks) of one script."""
_LETTERS_PER_IDEOGRAPH = 3
_FEW_IDEOGRAPHS = 8
_FEW_LANGUAGES = 3
_NOISE = regex.compile(r"\S*[@/\\_]\S*|\S*\d\S*")


def language_codes(text: str) -> tuple[str, ...]:
    """Codes as somebody types them: “EL, tr”."""
    return tuple(text.replace(",", " ").lower().split())


def languages_of(script: str) -> tuple[str, ...]:
    """All languages written in a script, the likeliest first."""
    return SCRIPTS[script].languages + SCRIPTS[script].rare


def possible_languages(code: str | None) -> tuple[str, ...]:
    """What `language_of` leaves open: the likeliest of a script, of `und-` and a script, else the language itself."""
    if code is None:
        return ()
    script = code.removeprefix("und-")
    return SCRIPTS[script].languages if script != code else (code,)


def script_of(character: str) -> str | None:
    """ISO 15924 code of a letter's script, None for anything else."""
    run = _RUN.match(character)
    return run.lastgroup if run else None


def scripts_of(text: str) -> Counter[str]:
    """Letters (and their marks) of each script in `text`."""
    counts = Counter[str]()
    for run in _RUN.finditer(text):
        counts[str(run.lastgroup)] += len(run[0])
    return counts


def language_of(text: str, *, among: Sequence[str] = (), around: str | None = None) -> str | None:
    """ISO 639-1 code, `und-` and the ISO 15924 script where only the script is sure, None where nothing is written.

    A mixed text is in the language of most of it. `among` are languages to choose from where the script leaves a
    choice; those of other scripts are ignored. `around` is the language of what stands around it: a short or unclear
    text is in that, if it can be.
    """
    scripts = scripts_of(text)
    if not scripts:
        return None
    script = _dominant(scripts)
    languages = languages_of(script)
    around = around if around in languages else None
    if around and scripts.total() < ENOUGH_LETTERS:
        return around
    if script == "Hani":
        return _language_of_ideographs(scripts["Hani"], among)
    if len(languages) == 1:
        return languages[0]
    return _guess(text, script, frozenset(among)) or around or f"und-{script}"


def _dominant(scripts: Counter[str]) -> str:
    """The script of most letters; ideographs are Japanese or Korean where kana or hangul stand among them."""
    weights = Counter(scripts)
    ideographs, kana, hangul = (weights.pop(script, 0) for script in ("Hani", "Kana", "Hang"))
    east_asian = ideographs + kana + hangul
    if east_asian:
        count, phonetic = max((kana, "Kana"), (hangul, "Hang"))
        weights[phonetic if count * 20 >= east_asian else "Hani"] = east_asian * _LETTERS_PER_IDEOGRAPH
    return min(weights, key=lambda script: (-weights[script], script))


def _language_of_ideographs(count: int, among: Sequence[str]) -> str:
    named = [language for language in among if language in languages_of("Hani")]
    if len(named) == 1:
        return named[0]
    return "und-Hani" if count < _FEW_IDEOGRAPHS else "zh"


def _guess(text: str, script: str, among: frozenset[str]) -> str | None:
    named = among.intersection(languages_of(script))
    if len(named) == 1:
        return next(iter(named))
    letters = _only(script, _NOISE.sub(" ", text)).strip()
    usual = SCRIPTS[script].languages if len(letters) < ENOUGH_LETTERS else languages_of(script)
    candidates = named or frozenset(usual)
    language, confidence = _identifier(candidates).classify(letters)
    sure = MIN_CONFIDENCE if named or len(candidates) > _FEW_LANGUAGES else MIN_CONFIDENCE_OF_FEW
    return language if confidence >= sure else None


def load_model() -> None:
    """Else it is loaded when it is first needed, by way of a temporary file."""
    _whole_identifier()


def _only(script: str, text: str) -> str:
    """`text` with the letters of other scripts blanked."""
    return str(_RUN.sub(lambda run: run[0] if run.lastgroup == script else " " * len(run[0]), text))


@cache
def _identifier(languages: frozenset[str]) -> "LanguageIdentifier":
    identifier = copy(_whole_identifier())
    identifier.set_languages(sorted(languages))
    return identifier


@cache
def _whole_identifier() -> "LanguageIdentifier":
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
