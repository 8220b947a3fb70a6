"""Makes parallel passages for benchmarks/retrieval.py out of unpacked Debian packages of LibreOffice.

    apt-get download libreoffice-help-{en-us,de,es,fr,it,ja,ko,nl,pl,pt,ru,tr,zh-cn,zh-tw} \\
        libreoffice-l10n-{ar,de,es,fr,it,ja,ko,nl,pl,pt,ru,th,tr,zh-cn,zh-tw}
    for package in *.deb; do dpkg -x $package unpacked; done
    python -m benchmarks.parallel_texts unpacked texts

The help's paragraphs (fourteen languages; MPL-2.0) and the program's messages (sixteen) become a file a language,
`texts/de.txt`: a passage a line, line n being the same in all of them, empty where it was not translated. A passage
whose English is shorter than 40 characters is left out, and so is one that another has said.
"""

import gettext
import html
import re
import sys
from collections.abc import Iterator
from pathlib import Path

LANGUAGES = "ar de en es fr it ja ko nl pl pt ru th tr zh zh-TW".split()
FOLDERS = {"en": "en-US", "zh": "zh-CN"}
"""What LibreOffice calls a language, where that is another name."""
MIN_CHARACTERS = 40

_PARAGRAPH = re.compile(r'<p id="(\w+)" class="(?:paragraph|tablecontent|listitem|related)\w*"[^>]*>(.*?)</p>', re.S)
_PROGRAM_MARKS = re.compile(r"[<>{}%$\n]")


def paragraphs(folder: Path) -> dict[tuple[str, str], str]:
    """(page, id) → text of the help's paragraphs in one language."""
    found = {}
    for page in sorted(folder.rglob("*.html")):
        for id, inner in _PARAGRAPH.findall(page.read_text(encoding="utf-8")):
            found[str(page.relative_to(folder)), id] = " ".join(html.unescape(re.sub(r"<[^>]+>", "", inner)).split())
    return found


def messages(folder: Path) -> dict[tuple[str, str], str]:
    """(file, context and English) → translation of the program's messages."""
    found = {}
    for path in sorted(folder.rglob("*.mo")):
        with path.open("rb") as stream:
            catalog = gettext.GNUTranslations(stream)._catalog  # type: ignore[attr-defined]
        for key, text in catalog.items():
            if isinstance(key, str) and key and not _PROGRAM_MARKS.search(key + text):
                found[path.name, key] = re.sub(r"[_~](?=\w)|\(_\w\)", "", text)
    return found


def aligned(texts: dict[str, dict[tuple[str, str], str]]) -> Iterator[dict[str, str]]:
    """Passages by language, of keys that English has."""
    said = set()
    for key, english in texts["en"].items():
        if len(english) >= MIN_CHARACTERS and english not in said:
            said.add(english)
            others = {language: each.get(key, "") for language, each in texts.items()}
            yield {language: text for language, text in others.items() if text != english} | {"en": english}


def main() -> None:
    source, target = map(Path, sys.argv[1:3])
    names = {language: FOLDERS.get(language, language) for language in LANGUAGES}
    help_pages = {each: source / "usr/share/libreoffice/help" / name / "text" for each, name in names.items()}
    programs = {
        each: source / "usr/lib/libreoffice/program/resource" / name.replace("-", "_")
        for each, name in names.items()
        if each != "en"
    }
    helped = {each: paragraphs(folder) for each, folder in help_pages.items() if folder.is_dir()}
    translated = {each: messages(folder) for each, folder in programs.items() if folder.is_dir()}
    english = {key: key[1].rpartition("\4")[2] for each in translated.values() for key in each}
    translated["en"] = {key: re.sub(r"[_~](?=\w)", "", text) for key, text in english.items()}
    passages = [*aligned(helped), *aligned(translated)]
    target.mkdir(parents=True, exist_ok=True)
    for language in LANGUAGES:
        lines = [passage.get(language, "") for passage in passages]
        (target / f"{language}.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
        print(f"{language:6} {sum(map(bool, lines))} of {len(lines)}")


if __name__ == "__main__":
    main()
