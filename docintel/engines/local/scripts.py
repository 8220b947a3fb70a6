"""Writing systems: who reads them, which languages use them, how their lines run and join."""

import unicodedata
from dataclasses import dataclass


@dataclass(frozen=True)
class Script:
    """`code` is ISO 15924; `languages` maps ISO 639-1 to Tesseract's model, the likeliest first."""

    code: str
    model: str
    """Tesseract's model of the whole script."""
    languages: tuple[tuple[str, str], ...]
    right_to_left: bool = False
    spaces: bool = True
    """Words stand apart by spaces."""


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
        Script("Hani", "HanS", _languages("zh:chi_sim ja:jpn"), spaces=False),
        Script("Hang", "Hangul", _languages("ko:kor")),
        Script("Arab", "Arabic", _languages(ARABIC), right_to_left=True),
        Script("Hebr", "Hebrew", _languages("he:heb"), right_to_left=True),
        Script("Deva", "Devanagari", _languages("hi:hin mr:mar ne:nep")),
        Script("Thai", "Thai", _languages("th:tha"), spaces=False),
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
        Script("Khmr", "Khmer", _languages("km:khm"), spaces=False),
        Script("Laoo", "Lao", _languages("lo:lao"), spaces=False),
        Script("Mymr", "Myanmar", _languages("my:mya"), spaces=False),
    )
}

_RANGES = {
    "Latn": "0041-005A 0061-007A 00AA-00AA 00BA-00BA 00C0-00D6 00D8-00F6 00F8-02B8 1E00-1EFF FB00-FB06 FF21-FF5A",
    "Grek": "0370-03FF 1F00-1FFF",
    "Cyrl": "0400-052F 1C80-1C8F A640-A69F",
    "Armn": "0531-058F FB13-FB17",
    "Hebr": "0591-05F4 FB1D-FB4F",
    "Arab": "0600-06FF 0750-077F 08A0-08FF FB50-FDFF FE70-FEFC",
    "Deva": "0900-097F A8E0-A8FF",
    "Beng": "0980-09FF",
    "Guru": "0A00-0A7F",
    "Gujr": "0A80-0AFF",
    "Taml": "0B80-0BFF",
    "Telu": "0C00-0C7F",
    "Knda": "0C80-0CFF",
    "Mlym": "0D00-0D7F",
    "Sinh": "0D80-0DFF",
    "Thai": "0E00-0E7F",
    "Laoo": "0E80-0EFF",
    "Mymr": "1000-109F",
    "Geor": "10A0-10FF 1C90-1CBF",
    "Ethi": "1200-139F",
    "Khmr": "1780-17FF",
    "Hang": "1100-11FF 3131-318E AC00-D7A3",
    "Hani": "3005-3007 3041-30FF 31F0-31FF 3400-4DBF 4E00-9FFF F900-FAFF FF66-FF9F 20000-2FA1F",
}
"""Letters by code point; kana counts as Hani, since the same recogniser reads both."""
_SPANS = [
    (int(span.split("-")[0], 16), int(span.split("-")[1], 16), code)
    for code, spans in _RANGES.items()
    for span in spans.split()
]


def script_of(character: str) -> str | None:
    """The ISO 15924 code of a letter; None for what all scripts share (digits, marks) or docintel doesn't know."""
    if character.isascii():
        return "Latn" if character.isalpha() else None
    if unicodedata.category(character)[0] not in "LM":
        return None
    place = ord(character)
    return next((code for start, end, code in _SPANS if start <= place <= end), None)


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
