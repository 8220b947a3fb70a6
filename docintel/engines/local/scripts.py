"""Writing systems: their languages, and what Tesseract reads them with."""

from collections import Counter
from dataclasses import dataclass

from docintel import language


@dataclass(frozen=True)
class Script:
    """`code` is ISO 15924; `languages` maps ISO 639-1 to Tesseract's model, the likeliest first."""

    code: str
    model: str
    """Tesseract's model of the whole script."""
    languages: dict[str, str]


LANGUAGE_MODELS = dict(
    pair.split(":")
    for pair in (
        "en:eng de:deu fr:fra es:spa it:ita pt:por nl:nld pl:pol cs:ces sk:slk sl:slv hr:hrv hu:hun ro:ron tr:tur "
        "az:aze da:dan no:nor sv:swe fi:fin is:isl et:est lv:lav lt:lit sq:sqi ca:cat gl:glg eu:eus ga:gle cy:cym "
        "mt:mlt id:ind ms:msa tl:fil sw:swa af:afr la:lat eo:epo vi:vie lb:ltz "
        "ru:rus uk:ukr bg:bul sr:srp be:bel mk:mkd kk:kaz ky:kir mn:mon el:ell zh:chi_sim ja:jpn ko:kor "
        "ar:ara fa:fas ur:urd ug:uig ps:pus he:heb hi:hin mr:mar ne:nep th:tha bn:ben as:asm gu:guj pa:pan ta:tam "
        "te:tel kn:kan ml:mal si:sin ka:kat hy:hye am:amh km:khm lo:lao my:mya"
    ).split()
)
"""Tesseract's model of a language."""

SCRIPT_MODELS = dict(
    pair.split(":")
    for pair in (
        "Latn:Latin Cyrl:Cyrillic Grek:Greek Hani:HanS Hang:Hangul Arab:Arabic Hebr:Hebrew Deva:Devanagari Thai:Thai "
        "Beng:Bengali Gujr:Gujarati Guru:Gurmukhi Taml:Tamil Telu:Telugu Knda:Kannada Mlym:Malayalam Sinh:Sinhala "
        "Geor:Georgian Armn:Armenian Ethi:Ethiopic Khmr:Khmer Laoo:Lao Mymr:Myanmar"
    ).split()
)
"""Tesseract's model of a script."""


SCRIPTS = {
    code: Script(code, model, {each: LANGUAGE_MODELS[each] for each in language.languages_of(code)})
    for code, model in SCRIPT_MODELS.items()
}


def script_of(character: str) -> str | None:
    """The ISO 15924 code of a letter, kana being Hani, since the same recogniser reads both; None for what all scripts
    share (digits, marks) and for letters of scripts that this engine does not read."""
    script = language.script_of(character)
    return "Hani" if script == "Kana" else script if script in SCRIPTS else None


def scripts_of(text: str) -> Counter[str]:
    """Letters by script, as `script_of` names it."""
    counts = language.scripts_of(text)
    counts["Hani"] += counts.pop("Kana", 0)
    return Counter({script: count for script, count in counts.items() if count and script in SCRIPTS})


def main_script(text: str) -> str | None:
    """The script that most letters belong to."""
    counts = scripts_of(text)
    return max(counts, key=lambda code: counts[code]) if counts else None
