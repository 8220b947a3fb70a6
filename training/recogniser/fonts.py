"""Fonts by script, told by what they can draw; families held out for judging."""

import struct
import tempfile
from collections import Counter
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from fontTools.merge import Merger
from fontTools.merge import Options as MergeOptions
from fontTools.subset import Options, Subsetter, load_font, save_font
from fontTools.ttLib import TTFont, TTLibError

from training.recogniser.alphabet import ARABIC_POINTS, HEBREW_POINTS, KASHIDA, symbols

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
    "dejavuserif kinnari sawasdee notoserifthai amiri notosansarabic frankruehl notosanshebrew nanummyeongjo "
    "undotum sahadeva notoserifdevanagari gfsdidot carlito ptf linlibertine comicneue lateef notonastaliq tajawal "
    "taviraj kanit suezone varelaround karma teko gowunbatang nanumpen cardo gentiumbookplus reeniebeanie "
    "cedarvillecursive badscript".split()
)
"""Beginnings of the files of families that nothing is trained on."""
HANDWRITTEN = tuple(
    "annieuseyourtelescope architectsdaughter badscript caveat cedarvillecursive coveredbyyourgrace "
    "delicioushandrawn gaegu gloriahallelujah gochihand handlee herrvonmuellerhoff homemadeapple indieflower "
    "kalam kristi marckscript mrdehaviland msmadi nanumbrush nanumpen neucha ooohbaby patrickhand permanentmarker "
    "reeniebeanie rocksalt sacramento schoolbell shadowsintolight sueellenfrancisco swankyandmoomoo "
    "thegirlnextdoor femkeklaver breip isabella rufscript dustismo".split()
)
"""The same of families drawn after somebody's handwriting."""
EITHER = tuple(
    "alexbrush allura amaticsc birthstone caveatbrush comicneue condiment corinthia courgette damion "
    "dancingscript ephesis greatvibes humorsans itim italianno licorice mansalva monsieurladoulaise montecarlo "
    "pacifico parisienne pinyonscript poorstory purisa rochester satisfy sriracha tangerine tlwgpurisa "
    "tomsontalks vibur whisper yellowtail ecolier sjfonts delphine steve rashi keteryg stammashkenaz urwchancery "
    "z003 texgyrechorus arefruqaa".split()
)
"""The same of those that are drawn like it, of whose lines nobody is asked which they are."""
PACKAGE_WEIGHTS, REGULAR = ("400", "700"), ("400", "300", "500")
SUBSETS = (
    "arabic hebrew devanagari thai korean latin latin-ext vietnamese greek greek-ext cyrillic cyrillic-ext".split()
)
UNMERGED = frozenset({"noto-nastaliq-urdu"})
"""Packages whose rules of placing take minutes to be merged; they have their own script's letters only."""


def family(path: Path) -> str:
    return path.stem.split("-")[0]


def is_held_out(path: Path) -> bool:
    return path.stem.lower().startswith(HELD_OUT)


def is_handwritten(path: Path) -> bool | None:
    """None where nobody could say."""
    name = path.stem.lower()
    return None if name.startswith(EITHER) else name.startswith(HANDWRITTEN)


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
    letters = set(map(ord, [*symbols(), *ARABIC_POINTS, *HEBREW_POINTS, KASHIDA, *syllables]))
    faces: Counter[str] = Counter()
    for path in sorted({path.name: path for folder in folders for path in font_files(folder)}.values()):
        if _is_wanted(path) and faces[family(path)] < MAX_FACES:
            faces[family(path)] += 1
            cut_down(path, 0, letters, output / f"{path.stem}.ttf")
    for path in sorted(path for folder in folders for path in folder.rglob("NotoS*CJK-*.ttc")):
        if path.stem.endswith(("-Regular", "-Bold")):
            cut_down(path, KOREAN_FACE, letters, output / f"{path.stem}.ttf")


def assemble(packages: Path, output: Path, syllables: str) -> None:
    """`packages`: unpacked packages of fontsource, which have each face in a file for each script. Those files are cut
    down to our symbols and joined."""
    letters = set(map(ord, [*symbols(), *ARABIC_POINTS, *HEBREW_POINTS, KASHIDA, *syllables]))
    output.mkdir(parents=True, exist_ok=True)
    for package in sorted(path for path in packages.iterdir() if (path / "files").is_dir()):
        name = "".join(part.capitalize() for part in package.name.split("-"))
        has = [weight for weight in REGULAR if _subsets(package, weight)][:1]
        for weight in dict.fromkeys([*has, *(w for w in PACKAGE_WEIGHTS if _subsets(package, w))]):
            _join(_subsets(package, weight), letters, output / f"{name}-{weight}.ttf")


def _subsets(package: Path, weight: str) -> list[Path]:
    wanted = SUBSETS[:1] if package.name in UNMERGED else SUBSETS
    every = [package / "files" / f"{package.name}-{subset}-{weight}-normal.woff2" for subset in wanted]
    return [path for path in every if path.exists()]


def _join(parts: list[Path], letters: set[int], output: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        cut = [Path(folder) / f"{number}.ttf" for number in range(len(parts))]
        for path, smaller in zip(parts, cut, strict=True):
            cut_down(path, 0, letters, smaller)
        some = [str(path) for path in cut if path.exists()]
        if len(some) == 1:
            output.write_bytes(Path(some[0]).read_bytes())
            return
        try:
            merged = Merger(MergeOptions(drop_tables=["vhea", "vmtx", "DSIG"])).merge(some)
            merged.save(output)
        except (AssertionError, TTLibError, NotImplementedError, KeyError, ValueError) as error:
            print(f"{output.name} is left out: {error}")


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
