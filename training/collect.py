"""Collects text and fonts from Debian packages, Faker and Fontsource into one small folder that travels.

    python -m training.collect [--out training/data] [--packages FOLDER] [--web-fonts FOLDER]

Writes `text/LANG.txt` and `heldout/LANG.txt` (one passage a line), `words/LANG.txt`, `fonts/*.ttf|otf` cut down to the
vocabulary, and `SOURCES.md` (each package with its version and the licences its copyright file names).
The network is used for `apt-get download` and `npm install` only: `--packages` names a folder of .deb files to use
instead, `--web-fonts` one in which npm has installed the Fontsource packages.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import re
import subprocess
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator
from html import unescape
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

from training.drawing.fonts import COLLECTIONS, FONTS, WEB_FONTS
from training.text.breaking import is_han
from training.text.charset import CHARACTERS, LETTERS, is_writable, written
from training.text.passages import is_heldout
from training.text.sources import FORTUNES, HUNSPELL, LOCALES, PACKAGES, WORD_LISTS

if TYPE_CHECKING:
    from fontTools.ttLib import TTFont

PASSAGE_BYTES = defaultdict(lambda: 300_000, zh=1_800_000)
HELDOUT_BYTES = defaultdict(lambda: 24_000, zh=100_000)
WORDS = defaultdict(lambda: 4_000, zh=20_000)
"""How much of each language is kept; Chinese has many more characters to show."""
_COLOUR = re.compile("\x1b\\[\\d*m")
LICENCE = re.compile(r"^License:\s*(\S[^\n]*)", re.MULTILINE)


def download(packages: Iterable[str], folder: Path) -> None:
    """Fetch the packages that `folder` lacks; a package unknown to the mirror is left out."""
    for package in packages:
        if not list(folder.glob(f"{package}_*.deb")):
            subprocess.run(["apt-get", "download", "-qq", package], cwd=folder, check=False)


def install_web_fonts(folder: Path) -> None:
    """Have npm fetch the Fontsource packages into `folder`."""
    names = [f"@fontsource/{package}" for package in WEB_FONTS.values()]
    command = ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", str(folder), *names]
    subprocess.run(command, check=True)


def merge_web_fonts(folder: Path, out: Path) -> list[str]:
    """Make one font of each package's subsets in `out`; returns the packages with version and licence."""
    from fontTools.merge import Merger, Options

    out.mkdir(parents=True, exist_ok=True)
    found = []
    for name, package in WEB_FONTS.items():
        root = folder / "node_modules/@fontsource" / package
        scripts = ("latin", "latin-ext", "vietnamese", "greek", "cyrillic", "cyrillic-ext")
        parts = [root / f"files/{package}-{script}-400-normal.woff" for script in scripts]
        dropped = ["GSUB", "GPOS", "GDEF", "BASE", "DSIG", "STAT", "prep", "fpgm", "cvt ", "gasp", "kern", "meta"]
        font = Merger(Options(drop_tables=dropped)).merge([str(part) for part in parts if part.exists()])
        font.flavor = None
        font.save(out / name)
        about = json.loads((root / "package.json").read_text(encoding="utf-8"))
        found.append(f"{about['license']}: @fontsource/{package} {about['version']}")
    return found


def unpack(folder: Path, root: Path) -> dict[str, str]:
    """Unpack the packages that we use into `root`; returns package → version."""
    versions = {}
    for deb in sorted(folder.glob("*.deb")):
        name, version, _ = deb.name.split("_", 2)
        if name in PACKAGES:
            subprocess.run(["dpkg", "-x", str(deb), str(root)], check=True)
            versions[name] = unquote(version)
    return versions


def licences(root: Path, package: str) -> str:
    """The licences that the package's copyright file names, or a pointer to the file."""
    path = root / "usr/share/doc" / package / "copyright"
    if not path.exists():
        return "see the package's copyright file"
    names = LICENCE.findall(path.read_text(encoding="utf-8", errors="replace"))
    return ", ".join(dict.fromkeys(names)) or "see the package's copyright file"


def _decoded(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return ""


def man_passages(root: Path, language: str) -> Iterator[str]:
    """Paragraphs of the translated manual pages, their roff requests taken out."""
    folder = {"pt": "pt_BR", "zh": "zh_CN", "en": ""}.get(language, language)
    pages = (root / "usr/share/man" / folder).glob("man[1-8]/*.gz")
    for path in sorted(pages):
        text = _decoded(gzip.decompress(path.read_bytes()))
        text = re.sub(r"\\f[A-Z]|\\f\[[^\]]*\]|\\[&%/,|^]", "", text)
        text = text.replace("\\-", "-").replace("\\e", "\\").replace("\\(aq", "'").replace("\\(bu", "•")
        for paragraph in re.split(r"\n(?:[.'][^\n]*)?\n|\n(?:[.'][^\n]*\n)+", text):
            lines = [line for line in paragraph.splitlines() if line and line[0] not in ".'"]
            if lines and "\\" not in "".join(lines):
                yield " ".join(lines)


def guide_passages(root: Path, language: str) -> Iterator[str]:
    """Paragraphs of the installation guide, in Chinese also of the Debian handbook."""
    folders = [f"installation-guide-amd64/{language}"]
    if language == "zh":
        folders = ["installation-guide-amd64/zh_CN", "debian-handbook/html/zh-CN"]
    for path in sorted(path for folder in folders for path in (root / "usr/share/doc" / folder).glob("*.html")):
        for paragraph in re.findall(r"<p[^>]*>(.*?)</p>", _decoded(path.read_bytes()), re.DOTALL):
            yield unescape(re.sub(r"<[^>]+>", "", paragraph))


def fortune_passages(root: Path, language: str) -> Iterator[str]:
    """Sayings; the files named for a language and the older ones that only we know to be in it."""
    base = root / "usr/share/games/fortunes"
    names = FORTUNES.get(language, ())
    paths = [path for name in names for path in ([base / name] if (base / name).is_file() else (base / name).glob("*"))]
    for path in sorted(paths):
        if path.is_file() and path.suffix not in (".dat", ".u8"):
            yield from _COLOUR.sub("", _decoded(path.read_bytes())).split("\n%\n")


def word_list(root: Path, language: str) -> list[str]:
    """Words of the language's list, else of its spelling dictionary; Chinese ones from jieba, the frequent ones."""
    if language == "zh":
        return _jieba_words()
    name = WORD_LISTS.get(language)
    if name:
        return _decoded((root / "usr/share/dict" / name).read_bytes()).split()
    stem = HUNSPELL.get(language)
    if not stem:
        return []
    encoding = re.search(rb"^SET\s+(\S+)", (root / f"usr/share/hunspell/{stem}.aff").read_bytes(), re.MULTILINE)
    data = (root / f"usr/share/hunspell/{stem}.dic").read_bytes()
    return [
        line.split("/")[0]
        for line in data.decode(encoding[1].decode() if encoding else "utf-8", "ignore").split("\n")[1:]
    ]


def _jieba_words() -> list[str]:
    import jieba

    with jieba.get_dict_file() as file:
        entries = [line.split(" ") for line in file.read().decode("utf-8").splitlines()]
    entries.sort(key=lambda entry: -int(entry[1]))
    return [word for word, *_ in entries[: 2 * WORDS["zh"]]]


def faker_passages(language: str, count: int = 500) -> Iterator[str]:
    """Names, addresses, companies, dates and amounts of the language's countries."""
    from faker import Faker

    for locale in LOCALES.get(language, ()):
        fake = Faker(locale)
        fake.seed_instance(20)
        for _ in range(count):
            yield f"{fake.name()}, {fake.address()}"
            yield f"{fake.company()} · {fake.phone_number()} · {fake.date(pattern='%d.%m.%Y')}"
            yield f"{fake.job()}: {fake.pricetag()} {fake.currency_code()}"


def iso_passages(language: str) -> Iterator[str]:
    """Country, language and currency names as iso-codes translates them."""
    import gettext

    for domain, keys in (("iso_3166-1", ("name", "official_name")), ("iso_639-2", ("name",)), ("iso_4217", ("name",))):
        try:
            translation = gettext.translation(domain, "/usr/share/locale", ["zh_CN" if language == "zh" else language])
        except OSError:
            continue
        table = json.loads(Path(f"/usr/share/iso-codes/json/{domain}.json").read_text(encoding="utf-8"))
        names = [
            translation.gettext(entry[key]) for entry in next(iter(table.values())) for key in keys if key in entry
        ]
        for start in range(0, len(names), 4):
            yield "; ".join(names[start : start + 4])


def passages(root: Path, language: str) -> list[str]:
    """Distinct passages of a language, shortest 24 characters, in random but fixed order; proverbs and lists first."""
    rng = random.Random(language)
    groups: list[list[str]] = []
    for source in (fortune_passages(root, language), guide_passages(root, language), man_passages(root, language),
                   faker_passages(language), iso_passages(language)):  # fmt: skip
        found = dict.fromkeys(passage for raw in source for passage in [written(raw)] if 24 <= len(passage) <= 900)
        group = [passage for passage in found if is_writable(passage) and is_han(passage) == (language == "zh")]
        rng.shuffle(group)
        groups.append(group)
    limits = (0.35, 0.35, 1.0, 0.12, 0.08)
    chosen = [
        p
        for group, limit in zip(groups, limits, strict=True)
        for p in _up_to(group, int(limit * PASSAGE_BYTES[language]))
    ]
    rng.shuffle(chosen)
    return chosen


def _up_to(lines: list[str], num_bytes: int) -> list[str]:
    total, taken = 0, []
    for line in lines:
        total += len(line.encode()) + 1
        if total > num_bytes:
            break
        taken.append(line)
    return taken


def write_language(root: Path, out: Path, language: str) -> tuple[int, int, int]:
    """Write one language's files; returns passages, held-out passages, words."""
    found = passages(root, language)
    train = _up_to([p for p in found if not is_heldout(p)], PASSAGE_BYTES[language])
    held = _up_to([p for p in found if is_heldout(p)], HELDOUT_BYTES[language])
    words = [w for w in dict.fromkeys(map(written, word_list(root, language))) if 2 <= len(w) <= 24 and is_writable(w)]
    random.Random(1).shuffle(words)
    for folder, lines in (("text", train), ("heldout", held), ("words", words[: WORDS[language]])):
        path = out / folder / f"{language}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join(lines), encoding="utf-8")
    return len(train), len(held), min(len(words), WORDS[language])


def cut_fonts(root: Path, out: Path) -> dict[str, dict[str, str]]:
    """Cut each font to the vocabulary; returns file name → the languages it can set and the characters it lacks."""
    paths: dict[str, Path] = {}
    for base in (root / "web-fonts", root / "usr/share", Path("/usr/share/fonts")):
        for path in sorted(base.rglob("*.[ot]t[fc]")):
            paths.setdefault(path.name, path)
    coverage: dict[str, dict[str, str]] = {}
    (out / "fonts").mkdir(parents=True, exist_ok=True)
    for name in sorted(set(FONTS)):
        file, family = COLLECTIONS.get(name, (name, ""))
        if file not in paths:
            continue
        font = _open_font(paths[file], family)
        known = set(font.getBestCmap() or ())
        languages = [lang for lang, letters in LETTERS.items() if all(ord(c) in known for c in letters + "AZaz09.,")]
        if not languages:
            continue
        _cut_font(font, out / "fonts" / name.replace(" ", ""))
        languages = ["zh"] if "zh" in languages else languages
        asked = CHARACTERS if languages == ["zh"] else [char for char in CHARACTERS if not is_han(char)]
        missing = "".join(char for char in asked if ord(char) not in known)
        coverage[name.replace(" ", "")] = {"languages": " ".join(languages), "missing": missing}
    return coverage


def _open_font(path: Path, family: str) -> TTFont:
    """The font in a file, or that of a family in a collection."""
    from fontTools.ttLib import TTFont

    if not family:
        return TTFont(path)
    fonts = (TTFont(path, fontNumber=number) for number in range(64))
    return next(font for font in fonts if font["name"].getDebugName(1) == family)


def _cut_font(font: TTFont, out: Path) -> None:
    from fontTools import subset

    options = subset.Options(hinting=False, layout_features=[], name_IDs=[1, 2], notdef_outline=True, glyph_names=False)
    options.drop_tables += ["GSUB", "GPOS", "GDEF", "BASE", "DSIG", "FFTM", "STAT", "morx", "mort", "feat", "prop",
                            "just", "BDF ", "VORG", "vhea", "vmtx"]  # fmt: skip
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=[ord(char) for char in CHARACTERS])
    cutter.subset(font)
    font.save(out)


def collect(out: Path, packages: Path | None, web_fonts: Path | None) -> None:
    """Make the whole folder."""
    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch) / "root"
        root.mkdir()
        folder = packages or Path(scratch) / "packages"
        folder.mkdir(exist_ok=True)
        if packages is None:
            download(PACKAGES, folder)
        versions = unpack(folder, root)
        if web_fonts is None:
            web_fonts = Path(scratch) / "npm"
            install_web_fonts(web_fonts)
        written_by_hand = merge_web_fonts(web_fonts, root / "web-fonts")
        counts = {language: write_language(root, out, language) for language in LETTERS}
        coverage = cut_fonts(root, out)
        (out / "fonts.json").write_text(json.dumps(coverage, indent=0), encoding="utf-8")
        write_sources(out / "SOURCES.md", root, versions, written_by_hand, counts)


def write_sources(
    path: Path, root: Path, versions: dict[str, str], web_fonts: list[str], counts: dict[str, tuple[int, int, int]]
) -> None:
    """Note where everything came from and under which licence."""
    grouped: dict[str, list[str]] = defaultdict(list)
    for package, version in versions.items():
        grouped[licences(root, package)].append(f"{package} {version}")
    lines = ["# Sources of the training text and fonts", "", "Debian packages, by the licences they name:", ""]
    lines += [f"- {licence}: {', '.join(names)}" for licence, names in sorted(grouped.items())]
    lines += ["- MIT: Faker (names, addresses, companies, dates, amounts)", "- MIT: jieba's dictionary (Chinese words)"]
    lines += ["- LGPL-2.1+: iso-codes translations"]
    lines += ["", "npm packages, faces that look as if written by hand:", "", *(f"- {line}" for line in web_fonts)]
    lines += ["", "| language | passages | held out | words |", "| --- | --- | --- | --- |"]
    lines += [f"| {language} | {a} | {b} | {c} |" for language, (a, b, c) in counts.items()]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("training/data"))
    parser.add_argument("--packages", type=Path, help="a folder of .deb files to use instead of downloading")
    parser.add_argument("--web-fonts", type=Path, help="a folder of npm packages to use instead of installing")
    arguments = parser.parse_args()
    collect(arguments.out, arguments.packages, arguments.web_fonts)


if __name__ == "__main__":
    main()
