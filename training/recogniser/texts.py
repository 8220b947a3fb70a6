"""Texts of each language: what Debian packages translate and spell (catalogues of LibreOffice, word lists), and prose
of treebanks, of an edition of the New Testament and of the Universal Declaration of Human Rights."""

import gettext
import re
import unicodedata
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from zlib import crc32

from training.recogniser.alphabet import drawable, is_symbol, letters_of_script, spelled, written

SCRIPTS = {
    "Latn": "de fr es pl cs hu ro tr da sv fi pt nl it hr lt lv et sk sl ca ga cy is sq az vi en udhr_Latn".split(),
    "Cyrl": "ru uk bg sr kk mn mk be ru_old udhr_Cyrl".split(),
    "Grek": "el grc".split(),
    "Arab": "ar fa ug ur udhr_Arab".split(),
    "Hebr": "he yi".split(),
    "Deva": "hi mr ne udhr_Deva".split(),
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
MAX_PHRASES, MAX_WORDS, MAX_PROSE, MAX_PROSE_LENGTH = 12_000, 20_000, 6_000, 240
_YAT = re.compile(
    r"\b(в|с|б|л|м|р|св|пр|сл|цв|сн|хл|зв|тел|об|ст|зд|гд)е(?=(?:р[аы]|т[аеоь]|д|ст|л[аоы]|м|с[та]|ч|р|н|к|ж)\w)|(?<=\w)е\b",
    re.IGNORECASE,
)
_MARKUP = re.compile(r"<[^>]*>|%[\w$]+%?|\$\(?\w+\)?|[~_](?=\w)|\(~?[A-Z]\)|\\n|#\w+#|&\w+;")


def collect(root: Path, output: Path, prose: Path) -> None:
    """`root` holds unpacked Debian packages, `prose` a folder of files for each language. Writes `LANG.txt` (phrases),
    `LANG.words` (one a line) and `LANG.prose` (sentences)."""
    output.mkdir(parents=True, exist_ok=True)
    for script, languages in SCRIPTS.items():
        for language in languages:
            said = _kept(phrases(root, language), script)[:MAX_PHRASES]
            listed = _kept(_words(root, language), script)[:MAX_WORDS]
            written_out = _kept(sentences(prose, language), script)[:MAX_PROSE]
            for kind, texts in (("txt", said), ("words", listed), ("prose", written_out)):
                (output / f"{language}.{kind}").write_text("\n".join(texts), encoding="utf-8")
            print(language, len(said), len(listed), len(written_out))


def sentences(prose: Path, language: str) -> Iterator[str]:
    """Of treebanks (.conllu, .xml), editions (.txt) and declarations (.html)."""
    if language == "ru_old":
        yield from map(old_spelling, sentences(prose, "ru"))
    for path in sorted((prose / language).glob("*")):
        text = path.read_text(encoding="utf-8")
        if path.suffix == ".conllu":
            every = re.findall(r"^# text = (.*)$", text, re.MULTILINE)
        elif path.suffix == ".html":
            every = [
                unescape(re.sub(r"<[^>]+>", "", part)) for part in re.findall(r"<(?:p|h\d|li)>(.*?)</", text, re.DOTALL)
            ]
        elif path.suffix == ".xml":
            every = [
                re.sub(
                    r" ([,.;·:])",
                    r"\1",
                    " ".join(unescape(form) for form in re.findall(r'<word[^>]* form="([^"]+)"', part)),
                )
                for part in text.split("<sentence ")[1:]
            ]
        else:
            every = [re.sub(r"[\u2e00-\u2e0f]", "", line.split("\t")[-1]) for line in text.splitlines()]
        yield from (sentence[:MAX_PROSE_LENGTH].strip() for sentence in every)


def old_spelling(text: str) -> str:
    """Russian about as it was spelled before 1918: i before vowels, hard signs at words' ends, yat in some places."""
    text = re.sub(r"и(?=[аеёийоуыэюя])", "і", re.sub(r"И(?=[аеёийоуыэюя])", "І", text))
    text = _YAT.sub(lambda found: found[0].replace("е", "ѣ").replace("Е", "Ѣ"), text)
    text = re.sub(r"[фФ](?=[еи]\w)", lambda found: "ѳ" if found[0] == "ф" else "Ѳ", text)
    return re.sub(r"(?<=[а-яА-Я])([бвгджзклмнпрстфхцчшщ])\b", r"\1ъ", text)


def _kept(texts: Iterator[str], script: str) -> list[str]:
    """Those that can be written and are in the script, shuffled by their own hash so that the first are any."""
    every = {drawable(text) for text in texts}
    return sorted((text for text in every if _is_of(written(text), script)), key=lambda text: hash_of(text))


def syllables(texts: Path) -> str:
    """Those of Hangul that occur or that a Korean standard (KS X 1001) has, sorted."""
    every = [path.read_text(encoding="utf-8") for path in sorted(texts.glob("ko.*"))]
    standard = bytes(byte for row in range(0xB0, 0xC9) for column in range(0xA1, 0xFF) for byte in (row, column))
    return "".join(sorted({c for text in (*every, standard.decode("euc_kr")) for c in text if "가" <= c <= "힣"}))


def hash_of(text: str) -> int:
    """The same on every machine."""
    return crc32(text.encode())


def _is_of(text: str, script: str) -> bool:
    letters = [c for c in spelled(text) if unicodedata.category(c)[0] == "L"]
    own = sum(any(low <= ord(c) <= high for low, high in letters_of_script(script)) for c in letters)
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
