"""Which language a text is in, given its script."""

import re
from functools import cache
from importlib.metadata import version

from py3langid.langid import MODEL_FILE, LanguageIdentifier

from docintel.engines.local.scripts import SCRIPTS, main_script

FINGERPRINT = f"langid-{version('py3langid')}"
ENOUGH_LETTERS = 20
"""Below this, a Latin, Cyrillic or Arabic text's language is a guess."""
ENOUGH_TO_DIFFER = 70
"""Below this, a text is in its surroundings' language if its script allows."""


def language_of(text: str, *, among: tuple[str, ...] = (), default: str | None = None) -> str | None:
    """ISO 639-1 code; `und-Xxxx` where only the script is sure; None for a text without letters.

    `among` are the languages the user named: only they are considered where they fit the script. `default` is what
    the surroundings say: a text too short to tell is in that language if it can be.
    """
    script = main_script(text)
    if script is None:
        return None
    known = [code for code, _ in SCRIPTS[script].languages]
    candidates = [code for code in known if code in among] or known
    if script == "Hani":
        return default if default in candidates and len(text) < ENOUGH_TO_DIFFER else _han(text, candidates)
    if len(candidates) == 1:
        return candidates[0]
    letters = sum(map(str.isalpha, text))
    if default in candidates and letters < ENOUGH_TO_DIFFER:
        return default
    if letters < ENOUGH_LETTERS:
        return f"und-{script}"
    return str(_identifier(tuple(candidates)).classify(_prose(text))[0])


def _han(text: str, candidates: list[str]) -> str:
    kana = len(re.findall(r"[ぁ-ヿｦ-ﾟ]", text))
    japanese = kana * 12 >= sum(map(str.isalpha, text))
    wanted = "ja" if japanese else "zh"
    return wanted if wanted in candidates else candidates[0]


def _prose(text: str) -> str:
    """Without what only misleads: digits, marks, shouting."""
    return re.sub(r"[\d\W_]+", " ", text).strip().lower()


@cache
def _identifier(candidates: tuple[str, ...]) -> LanguageIdentifier:
    identifier = LanguageIdentifier.from_model_file(MODEL_FILE)
    identifier.set_languages(list(candidates))
    return identifier
