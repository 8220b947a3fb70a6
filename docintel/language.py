"""Which language a text is in: by its script where that says it, else by py3langid's model (in its wheel, offline)."""

import re
import unicodedata
from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from copy import copy
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

MIN_CONFIDENCE = 0.5
"""Below this a guess is not made: names, numbers and single words are often written alike in many languages."""
MIN_CONFIDENCE_OF_FEW = 0.65
"""The same where only a few languages share a script: chance alone reaches a half there."""
ENOUGH_LETTERS = 70
"""A shorter text is in the language around it if its script can be; a longer one may be in a language that is rare."""

# First code point of a run → ISO 15924 script; runs end where the next one starts. "" is not a script of interest.
_RUNS: tuple[tuple[int, str], ...] = (
    (0x0000, ""),
    (0x0041, "Latn"),
    (0x02B0, ""),
    (0x0370, "Grek"),
    (0x0400, "Cyrl"),
    (0x0530, "Armn"),
    (0x0590, "Hebr"),
    (0x0600, "Arab"),
    (0x0700, ""),
    (0x0750, "Arab"),
    (0x0780, ""),
    (0x08A0, "Arab"),
    (0x0900, "Deva"),
    (0x0980, "Beng"),
    (0x0A00, "Guru"),
    (0x0A80, "Gujr"),
    (0x0B00, "Orya"),
    (0x0B80, "Taml"),
    (0x0C00, "Telu"),
    (0x0C80, "Knda"),
    (0x0D00, "Mlym"),
    (0x0D80, "Sinh"),
    (0x0E00, "Thai"),
    (0x0E80, "Laoo"),
    (0x0F00, "Tibt"),
    (0x1000, "Mymr"),
    (0x10A0, "Geor"),
    (0x1100, "Hang"),
    (0x1200, "Ethi"),
    (0x13A0, ""),
    (0x1780, "Khmr"),
    (0x1800, "Mong"),
    (0x18B0, ""),
    (0x1C80, "Cyrl"),
    (0x1C90, "Geor"),
    (0x1CC0, ""),
    (0x1E00, "Latn"),
    (0x1F00, "Grek"),
    (0x2000, ""),
    (0x2C60, "Latn"),
    (0x2C80, ""),
    (0x2DE0, "Cyrl"),
    (0x2E00, ""),
    (0x3005, "Hani"),
    (0x3008, ""),
    (0x3041, "Kana"),
    (0x3100, ""),
    (0x3130, "Hang"),
    (0x3190, ""),
    (0x31F0, "Kana"),
    (0x3200, ""),
    (0x3400, "Hani"),
    (0x4DC0, ""),
    (0x4E00, "Hani"),
    (0xA000, ""),
    (0xA640, "Cyrl"),
    (0xA6A0, ""),
    (0xA720, "Latn"),
    (0xA800, ""),
    (0xA8E0, "Deva"),
    (0xA900, ""),
    (0xAC00, "Hang"),
    (0xD7B0, ""),
    (0xF900, "Hani"),
    (0xFB00, "Latn"),
    (0xFB13, "Armn"),
    (0xFB1D, "Hebr"),
    (0xFB50, "Arab"),
    (0xFE00, ""),
    (0xFE70, "Arab"),
    (0xFF00, ""),
    (0xFF21, "Latn"),
    (0xFF66, "Kana"),
    (0xFFA0, "Hang"),
    (0xFFE0, ""),
    (0x20000, "Hani"),
    (0x323B0, ""),
)
_STARTS = [start for start, _ in _RUNS]

_ONE_LANGUAGE = {
    "Grek": "el",
    "Hebr": "he",
    "Thai": "th",
    "Hang": "ko",
    "Kana": "ja",
    "Armn": "hy",
    "Geor": "ka",
    "Guru": "pa",
    "Gujr": "gu",
    "Orya": "or",
    "Taml": "ta",
    "Telu": "te",
    "Knda": "kn",
    "Mlym": "ml",
    "Sinh": "si",
    "Laoo": "lo",
    "Tibt": "bo",
    "Mymr": "my",
    "Ethi": "am",
    "Khmr": "km",
    "Mong": "mn",
}
_CANDIDATES = {
    "Latn": "af sq ca hr cs da nl en et fi fr de hu is id it lv lt no pl pt ro sk sl es sv sw tl tr vi",
    "Cyrl": "ru uk bg sr mk kk mn",
    "Arab": "ar fa ur",
    "Deva": "hi mr ne",
    "Beng": "bn",
}
_RARE = {"Latn": "az gl eu ga cy mt la eo lb ms", "Cyrl": "be ky", "Arab": "ug ps", "Beng": "as"}
"""Too much like a candidate to be looked for in a few words."""
_IDEOGRAPHIC = frozenset({"zh", "ja", "ko"})
_LETTERS_PER_IDEOGRAPH = 3
_FEW_IDEOGRAPHS = 8
_FEW_CANDIDATES = 3
_NOISE = re.compile(r"\S*[@/\\_]\S*|\S*\d\S*")


def script_of(character: str) -> str | None:
    """ISO 15924 code of a letter's script (Hiragana and Katakana are `Kana`), None for anything else."""
    if not character.isalpha() and unicodedata.category(character)[0] != "M":
        return None
    return _RUNS[bisect_right(_STARTS, ord(character)) - 1][1] or None


def scripts_of(text: str) -> Counter[str]:
    """Letters (and their marks) of each script in `text`."""
    return Counter(script for character in text if (script := script_of(character)))


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
    around = around if around in _languages(script) else None
    if around and scripts.total() < ENOUGH_LETTERS:
        return around
    if script == "Hani":
        return _language_of_ideographs(scripts["Hani"], among)
    if script in _ONE_LANGUAGE:
        return _ONE_LANGUAGE[script]
    if script not in _CANDIDATES:
        return f"und-{script}"
    return _guess(text, script, frozenset(among)) or around or f"und-{script}"


def _dominant(scripts: Counter[str]) -> str:
    """The script most is written in; Japanese and Korean are told by their own letters among the ideographs."""
    weights = Counter(scripts)
    ideographs, kana, hangul = (weights.pop(script, 0) for script in ("Hani", "Kana", "Hang"))
    east_asian = ideographs + kana + hangul
    if east_asian:
        own = max((kana, "Kana"), (hangul, "Hang"))
        told = own[1] if own[0] * 20 >= east_asian else "Hani"
        weights[told] = east_asian * _LETTERS_PER_IDEOGRAPH
    return min(weights, key=lambda script: (-weights[script], script))


@cache
def _languages(script: str) -> frozenset[str]:
    """All that are written in a script, as far as they are known here."""
    if script == "Hani":
        return _IDEOGRAPHIC
    named = " ".join((_ONE_LANGUAGE.get(script, ""), _CANDIDATES.get(script, ""), _RARE.get(script, "")))
    return frozenset(named.split())


def _language_of_ideographs(count: int, among: Sequence[str]) -> str:
    named = [language for language in among if language in _IDEOGRAPHIC]
    if len(named) == 1:
        return named[0]
    return "und-Hani" if count < _FEW_IDEOGRAPHS else "zh"


def _guess(text: str, script: str, among: frozenset[str]) -> str | None:
    named = _languages(script) & among
    if len(named) == 1:
        return next(iter(named))
    letters = "".join(c if c == " " or script_of(c) in (script, None) else " " for c in _NOISE.sub(" ", text)).strip()
    usual = frozenset(_CANDIDATES[script].split())
    candidates = named or (_languages(script) if len(letters) >= ENOUGH_LETTERS else usual)
    language, confidence = _identifier(candidates).classify(letters)
    sure = MIN_CONFIDENCE if named or len(candidates) > _FEW_CANDIDATES else MIN_CONFIDENCE_OF_FEW
    return language if confidence >= sure else None


@cache
def _identifier(languages: frozenset[str]) -> "LanguageIdentifier":
    identifier = copy(_whole_identifier())
    identifier.set_languages(sorted(languages))
    return identifier


@cache
def _whole_identifier() -> "LanguageIdentifier":
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
