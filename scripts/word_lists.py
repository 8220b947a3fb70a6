"""Makes docintel/lexicon/lists/ from Debian's dictionaries: python -m scripts.word_lists [--packages FOLDER]

plain-en        words that are written without a hyphen, names with their capital (SCOWL, freely licensed)
hyphenated-XX   words that are written with one (WordNet, WordNet's licence; Hunspell dictionaries, see below)
parts-XX        words that compounds are made of, folded, without endings (word lists, see below)

Each is a sorted list, one word a line, compressed with xz. The network is used for `apt-get download` only, and not at
all when `--packages` names a folder of .deb files. SOURCES.md beside the lists names the packages and their licences.
"""

import argparse
import lzma
import re
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from docintel.text.compounds import ENDINGS, LINKS, MIN_COMPOUND
from docintel.text.terms import fold

OUT = Path(__file__).resolve().parent.parent / "docintel/lexicon/lists"
ENGLISH = tuple(f"{name}-{size}" for name in ("wamerican", "wbritish") for size in ("large", "small"))
HUNSPELL = {
    "fr": "fr-classical/fr",
    "nl": "nl/nl",
    "pt": "pt-pt/pt_PT",
    "ro": "ro/ro_RO",
    "sv": "sv/sv_SE",
    "da": "da/da_DK",
    "uk": "uk/uk_UA",
    "ca": "ca/ca",
}
"""Package (behind `hunspell-`) and dictionary by language."""
WORD_LISTS = {
    "de": "wngerman/ngerman",
    "nl": "wdutch/dutch",
    "sv": "wswedish/swedish",
    "da": "wdanish/danish",
    "no": "wnorwegian/bokmaal",
}
SHORTEST, LONGEST = 3, 12
"""Letters of a compound's part."""
SHORTEST_OF_TWO = {"de": 4, "nl": 4}
"""Letters from which both halves of a word make it a compound, where short prefixes are taken for words else."""
_HYPHENATED = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)+")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--packages", type=Path)
    given = parser.parse_args().packages
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        _unpack(given or _downloaded(root / "deb"), root)
        common = {word for each in ENGLISH if each.endswith("small") for word in _listed(root, each)}
        plain = {word for each in ENGLISH if each.endswith("large") for word in _listed(root, each)}
        _write("plain-en", {word for word in plain if word.isalpha() and (len(word) > SHORTEST or word in common)})
        _write("hyphenated-en", {word for word in _wordnet(root) if word.replace("-", "") not in common})
        for language in HUNSPELL:
            _write(f"hyphenated-{language}", filter(_HYPHENATED.fullmatch, _dictionary(root, language)))
        for language in WORD_LISTS:
            _write(f"parts-{language}", _parts(_word_list(root, language), language))


def _downloaded(folder: Path) -> Path:
    folder.mkdir()
    dictionaries = [f"hunspell-{path.partition('/')[0]}" for path in HUNSPELL.values()]
    packages = [*ENGLISH, "wordnet-base", *dictionaries, *(path.partition("/")[0] for path in WORD_LISTS.values())]
    subprocess.run(["apt-get", "download", "-qq", *packages], cwd=folder, check=True)
    return folder


def _unpack(folder: Path, root: Path) -> None:
    for package in sorted(folder.glob("*.deb")):
        subprocess.run(["dpkg", "-x", str(package), str(root / package.name.partition("_")[0])], check=True)


def _listed(root: Path, package: str) -> list[str]:
    [path] = (path for path in (root / package / "usr/share/dict").iterdir() if not path.is_symlink())
    return path.read_text(encoding="utf-8").split()


def _wordnet(root: Path) -> Iterator[str]:
    for path in (root / "wordnet-base/usr/share/wordnet").glob("index.*"):
        for line in path.read_text(encoding="utf-8").splitlines():
            if _HYPHENATED.fullmatch(word := line.partition(" ")[0]):
                yield word


def _dictionary(root: Path, language: str) -> list[str]:
    """The words of a dictionary, names left out."""
    package, _, name = HUNSPELL[language].partition("/")
    path = root / f"hunspell-{package}/usr/share/hunspell/{name}.dic"
    charset = re.search(rb"^SET\s+(\S+)", path.with_suffix(".aff").read_bytes(), re.MULTILINE)
    text = path.read_bytes().decode(charset[1].decode() if charset else "latin-1")
    words = [re.split(r"[/\t]", line)[0].strip() for line in text.splitlines()[1:]]
    return [word for word in words if word.islower()]


def _word_list(root: Path, language: str) -> list[str]:
    """The words of a word list in lower case, names left out where nouns have no capital."""
    package, _, name = WORD_LISTS[language].partition("/")
    written = (root / package / "usr/share/dict" / name).read_bytes()
    try:
        words = written.decode().split()
    except UnicodeDecodeError:
        words = written.decode("latin-1").split()
    if language == "de":
        return [word.lower() for word in words if len(word) > SHORTEST or word.istitle()]
    return [word for word in words if word.islower()]


def _parts(words: Iterable[str], language: str) -> set[str]:
    """Words that are not made of others, nor others with an ending."""
    folded = {form for form in map(fold, words) if form.isascii() and form.isalpha() and len(form) >= SHORTEST}
    simple = {word for word in folded if not _is_compound(word, folded, language)}
    short = {word for word in simple if len(word) <= LONGEST}
    return {word for word in short if not _has_ending(word, simple, ENDINGS[language])}


def _is_compound(word: str, words: set[str], language: str) -> bool:
    shortest = SHORTEST_OF_TWO.get(language, SHORTEST)
    for start in range(shortest, len(word) - shortest + 1 if len(word) >= MIN_COMPOUND else 0):
        if word[start:] in words:
            head = word[:start]
            stems = [head.removesuffix(link) for link in LINKS[language] if head.endswith(link)]
            if head + "e" in words or any(len(stem) >= shortest and stem in words for stem in stems):
                return True
    return False


def _has_ending(word: str, words: set[str], endings: Iterable[str]) -> bool:
    stems = [word.removesuffix(ending) for ending in endings if word.endswith(ending)]
    others = {form for stem in stems if len(stem) > SHORTEST for form in (stem, f"{stem}e", f"{stem}a")} - {word}
    return not words.isdisjoint(others)


def _write(name: str, words: Iterable[str]) -> None:
    packed = lzma.compress("\n".join(sorted(set(words))).encode(), preset=9 | lzma.PRESET_EXTREME)
    (OUT / f"{name}.xz").write_bytes(packed)
    print(f"{name}: {len(packed)} bytes")


if __name__ == "__main__":
    main()
