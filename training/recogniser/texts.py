"""Texts of each language, from what Debian packages translate and spell: catalogues of LibreOffice, word lists."""

import gettext
import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from zlib import crc32

from training.recogniser.alphabet import BLOCKS, is_symbol, spelled, written

SCRIPTS = {
    "Latn": "de fr es pl cs hu ro tr da sv fi pt nl it hr lt lv et sk sl ca ga cy is sq az vi en".split(),
    "Cyrl": "ru uk bg sr kk mn mk be".split(),
    "Grek": ["el"],
    "Arab": "ar fa ug".split(),
    "Hebr": ["he"],
    "Deva": "hi mr ne".split(),
    "Thai": ["th"],
    "Hang": ["ko"],
}
DICTIONARIES = dict(
    pair.split(":")
    for pair in (
        "el:el_GR ru:ru_RU uk:uk_UA vi:vi_VN th:th_TH ko:ko_KR he:he_IL ar:ar fr:fr_FR pt:pt_BR hi:hi_IN ne:ne_NP "
        "bg:bg_BG sr:sr kk:kk_KZ pl:pl_PL de:de_DE es:es_ES cs:cs_CZ hu:hu_HU ro:ro_RO tr:tr_TR sv:sv_SE"
    ).split()
)
"""Hunspell's, by language."""
WORD_LISTS = {"en": "american-english", "it": "italian"}
MAX_PHRASES, MAX_WORDS = 12_000, 20_000
_MARKUP = re.compile(r"<[^>]*>|%[\w$]+%?|\$\(?\w+\)?|[~_](?=\w)|\(~?[A-Z]\)|\\n|#\w+#|&\w+;")


def collect(root: Path, output: Path) -> None:
    """`root` holds unpacked Debian packages. Writes `LANG.txt` (phrases) and `LANG.words` (one a line)."""
    output.mkdir(parents=True, exist_ok=True)
    for script, languages in SCRIPTS.items():
        for language in languages:
            said = _kept(phrases(root, language), script)[:MAX_PHRASES]
            listed = _kept(_words(root, language), script)[:MAX_WORDS]
            (output / f"{language}.txt").write_text("\n".join(said), encoding="utf-8")
            (output / f"{language}.words").write_text("\n".join(listed), encoding="utf-8")
            print(language, len(said), len(listed))


def _kept(texts: Iterator[str], script: str) -> list[str]:
    """Those that can be written and are in the script, shuffled by their own hash so that the first are any."""
    every = {written(text) for text in texts}
    return sorted((text for text in every if _is_of(text, script)), key=lambda text: hash_of(text))


def syllables(texts: Path) -> str:
    """Those of Hangul that occur, sorted."""
    every = (path.read_text(encoding="utf-8") for path in sorted(texts.glob("ko.*")))
    return "".join(sorted({c for text in every for c in text if "가" <= c <= "힣"}))


def hash_of(text: str) -> int:
    """The same on every machine."""
    return crc32(text.encode())


def _is_of(text: str, script: str) -> bool:
    letters = [c for c in spelled(text) if unicodedata.category(c)[0] == "L"]
    own = sum(any(low <= ord(c) <= high for low, high in BLOCKS[script]) for c in letters)
    return len(letters) > 1 and own > 0.6 * len(letters) and all(map(is_symbol, spelled(text)))


def phrases(root: Path, language: str) -> Iterator[str]:
    folder = "de" if language == "en" else language
    for path in sorted(root.glob(f"usr/lib/libreoffice/program/resource/{folder}/LC_MESSAGES/*.mo")):
        with path.open("rb") as file:
            catalogue = gettext.GNUTranslations(file)._catalog  # type: ignore[attr-defined]
        for original, translated in catalogue.items():
            text = original if language == "en" else translated
            if isinstance(text, str):
                yield from (_MARKUP.sub("", line) for line in text.splitlines())


def _words(root: Path, language: str) -> Iterator[str]:
    if language in WORD_LISTS:
        yield from (root / "usr/share/dict" / WORD_LISTS[language]).read_text(encoding="utf-8").splitlines()
    stem = DICTIONARIES.get(language)
    for path in sorted(root.glob(f"usr/share/hunspell/{stem}.dic")) if stem else ():
        data = path.read_bytes()
        text = _text_of(data, path.with_suffix(".aff"))
        yield from (line.split("/")[0].split("\t")[0] for line in text.splitlines()[1:])


def _text_of(data: bytes, affixes: Path) -> str:
    found = re.search(rb"^SET\s+(\S+)", affixes.read_bytes(), re.MULTILINE) if affixes.exists() else None
    name = found[1].decode() if found else "utf-8"
    try:
        return data.decode({"microsoft-cp1251": "cp1251"}.get(name.lower(), name), errors="ignore")
    except LookupError:
        return ""
