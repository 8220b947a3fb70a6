"""Fonts by script, told by what they can draw; families held out for judging."""

import struct
from collections import Counter
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from fontTools.subset import Options, Subsetter, load_font, save_font
from fontTools.ttLib import TTFont, TTLibError

from training.recogniser.alphabet import symbols

SAMPLES = {
    "Latn": "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZäöüéèçñ",
    "Cyrl": "абвгдежзийклмнопрстуфхцчшщъыьэюяАБВГДЕЖЗИЙ",
    "Grek": "αβγδεζηθικλμνξοπρστυφχψωάέήίόύώΑΒΓΔΕΖΗ",
    "Arab": "ابتثجحخدذرزسشصضطظعغفقكلمنهوي",
    "Hebr": "אבגדהוזחטיכלמנסעפצקרשתםןךףץ",
    "Deva": "अआइईउऊएऐओऔकखगघचछजझटठडढणतथदधनपफबभमयरलवशषसहािीुूेैोौ्",
    "Thai": "กขคงจฉชซญดตถทธนบปผฝพฟภมยรลวศษสหอฮะาิีึืุูเแโใไ่้",
    "Hang": "가나다라마바사아자차카타파하한글",
}
MAX_FACES = 4
KOREAN_FACE = 1
"""Of the collections of Noto CJK."""
SUFFIXES = {".ttf", ".otf"}
UNREADABLE = tuple(
    "math symbol emoji blank rashi ornament dingbat d050000l stroke braille music sizeone gazis terminus "
    "linbiolinum_k coloured colored".split()
)
"""Parts of the names of files whose letters are no letters, or that nobody could read."""
HELD_OUT = tuple(
    "dejavuserif kinnari sawasdee notoserifthai amiri notosansarabic frankruehl notosanshebrew nanummyeongjo undotum "
    "sahadeva notoserifdevanagari gfsdidot carlito ptf linlibertine comicneue".split()
)
"""Beginnings of the files of families that nothing is trained on."""


def family(path: Path) -> str:
    return path.stem.split("-")[0]


def is_held_out(path: Path) -> bool:
    return path.stem.lower().startswith(HELD_OUT)


def font_files(folder: Path) -> list[Path]:
    every = sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES)
    return [path for path in every if not any(word in path.stem.lower() for word in UNREADABLE)]


@cache
def letters_of(path: Path) -> frozenset[int]:
    """Code points that a font can draw; none of one that cannot be opened."""
    try:
        with TTFont(path, lazy=True) as font:
            return frozenset(font.getBestCmap() or ())
    except (TTLibError, OSError):
        return frozenset()


def fonts_of(script: str, folder: Path) -> list[Path]:
    needed = set(map(ord, SAMPLES[script]))
    return [path for path in font_files(folder) if needed <= letters_of(path)]


def gather(folders: Iterable[Path], output: Path, syllables: str) -> None:
    """The fonts below `folders` that draw one of the scripts, a few faces of each family, cut down to our symbols."""
    output.mkdir(parents=True, exist_ok=True)
    letters = set(map(ord, [*symbols(), *syllables]))
    faces: Counter[str] = Counter()
    for path in sorted({path.name: path for folder in folders for path in font_files(folder)}.values()):
        if _is_wanted(path) and faces[family(path)] < MAX_FACES:
            faces[family(path)] += 1
            cut_down(path, 0, letters, output / f"{path.stem}.ttf")
    for path in sorted(path for folder in folders for path in folder.rglob("NotoS*CJK-*.ttc")):
        if path.stem.endswith(("-Regular", "-Bold")):
            cut_down(path, KOREAN_FACE, letters, output / f"{path.stem}.ttf")


def _is_wanted(path: Path) -> bool:
    return any(set(map(ord, sample)) <= letters_of(path) for sample in SAMPLES.values())


def cut_down(path: Path, number: int, letters: set[int], output: Path) -> None:
    options = Options(
        hinting=False, layout_features=["*"], notdef_outline=True, font_number=number, ignore_missing_unicodes=True
    )
    output.parent.mkdir(parents=True, exist_ok=True)
    try:
        font = load_font(str(path), options)
        subsetter = Subsetter(options)
        subsetter.populate(unicodes=letters)
        subsetter.subset(font)
        save_font(font, str(output), options)
    except (TTLibError, OSError, ValueError, struct.error) as error:
        print(f"{path.name} is left out: {error}")
