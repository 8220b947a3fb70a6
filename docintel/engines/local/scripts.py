"""Writing systems: who reads them, which languages use them, how their lines run."""

from dataclasses import dataclass

from docintel import language


@dataclass(frozen=True)
class Script:
    """`code` is ISO 15924; `languages` maps ISO 639-1 to Tesseract's model, the likeliest first."""

    code: str
    model: str
    """Tesseract's model of the whole script."""
    languages: tuple[tuple[str, str], ...]
    right_to_left: bool = False


LATIN = (
    "en:eng de:deu fr:fra es:spa it:ita pt:por nl:nld pl:pol cs:ces sk:slk sl:slv hr:hrv hu:hun ro:ron tr:tur az:aze "
    "da:dan no:nor sv:swe fi:fin is:isl et:est lv:lav lt:lit sq:sqi ca:cat gl:glg eu:eus ga:gle cy:cym mt:mlt id:ind "
    "ms:msa tl:fil sw:swa af:afr la:lat eo:epo vi:vie lb:ltz"
)
ARABIC = "ar:ara fa:fas ur:urd ug:uig ps:pus"
CYRILLIC = "ru:rus uk:ukr bg:bul sr:srp be:bel mk:mkd kk:kaz ky:kir mn:mon"


def _languages(pairs: str) -> tuple[tuple[str, str], ...]:
    return tuple((pair.split(":")[0], pair.split(":")[1]) for pair in pairs.split())


SCRIPTS = {
    script.code: script
    for script in (
        Script("Latn", "Latin", _languages(LATIN)),
        Script("Cyrl", "Cyrillic", _languages(CYRILLIC)),
        Script("Grek", "Greek", _languages("el:ell")),
        Script("Hani", "HanS", _languages("zh:chi_sim ja:jpn")),
        Script("Hang", "Hangul", _languages("ko:kor")),
        Script("Arab", "Arabic", _languages(ARABIC), right_to_left=True),
        Script("Hebr", "Hebrew", _languages("he:heb"), right_to_left=True),
        Script("Deva", "Devanagari", _languages("hi:hin mr:mar ne:nep")),
        Script("Thai", "Thai", _languages("th:tha")),
        Script("Beng", "Bengali", _languages("bn:ben as:asm")),
        Script("Gujr", "Gujarati", _languages("gu:guj")),
        Script("Guru", "Gurmukhi", _languages("pa:pan")),
        Script("Taml", "Tamil", _languages("ta:tam")),
        Script("Telu", "Telugu", _languages("te:tel")),
        Script("Knda", "Kannada", _languages("kn:kan")),
        Script("Mlym", "Malayalam", _languages("ml:mal")),
        Script("Sinh", "Sinhala", _languages("si:sin")),
        Script("Geor", "Georgian", _languages("ka:kat")),
        Script("Armn", "Armenian", _languages("hy:hye")),
        Script("Ethi", "Ethiopic", _languages("am:amh")),
        Script("Khmr", "Khmer", _languages("km:khm")),
        Script("Laoo", "Lao", _languages("lo:lao")),
        Script("Mymr", "Myanmar", _languages("my:mya")),
    )
}


def script_of(character: str) -> str | None:
    """The ISO 15924 code of a letter, kana being Hani, since the same recogniser reads both; None for what all scripts
    share (digits, marks) and for letters that nobody here reads."""
    script = language.script_of(character)
    return "Hani" if script == "Kana" else script if script in SCRIPTS else None


def scripts_of(text: str) -> dict[str, int]:
    """Letters by script."""
    counts: dict[str, int] = {}
    for character in text:
        if code := script_of(character):
            counts[code] = counts.get(code, 0) + 1
    return counts


def main_script(text: str) -> str | None:
    """The script that most letters belong to."""
    counts = scripts_of(text)
    return max(counts, key=lambda code: counts[code]) if counts else None
