"""Which characters the small model can write, and which language needs which letters."""

from __future__ import annotations

ASCII = "".join(chr(code) for code in range(0x20, 0x7F))
LATIN_1 = "¡¢£¥§©«®°±²³¶·¹»¼½¾¿ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÐÑÒÓÔÕÖ×ØÙÚÛÜÝÞßàáâãäåæçèéêëìíîïðñòóôõö÷øùúûüýþÿ"
LATIN_EXTENDED = "".join(chr(code) for code in range(0x100, 0x180) if code not in (0x149, 0x17F)) + "ȘșȚțƏəẞ"
VIETNAMESE = "ƠơƯư" + "".join(chr(code) for code in range(0x1EA0, 0x1EFA))
GREEK = "ΆΈΉΊΌΎΏΐ" + "".join(chr(code) for code in range(0x391, 0x3CF) if code != 0x3A2)
CYRILLIC = "".join(chr(code) for code in range(0x400, 0x460)) + "ҐґҒғҚқҢңҮүҰұҺһӘәӨө"
PUNCTUATION = "–—‘’‚“”„…†‡•‰‹›№™€₽₴₺₫₹≤≥≠≈→←↑↓✓☐☑■□●○▪"

CHARACTERS: tuple[str, ...] = tuple(
    dict.fromkeys("\n" + ASCII + LATIN_1 + LATIN_EXTENDED + VIETNAMESE + GREEK + CYRILLIC + PUNCTUATION)
)
"""Every character of the vocabulary, in the order of its ids; each is there once."""

REPLACED = {
    "\u00a0": " ",
    "\u00ad": "",
    "\u2009": " ",
    "\u202f": " ",
    "\u200b": "",
    "\ufeff": "",
    "\u2010": "-",
    "\u2011": "-",
    "\u2212": "-",
    "\u2032": "'",
    "\u2033": '"',
    "\u201a": "‚",
    "\u2015": "—",
    "\t": " ",
    "µ": "μ",
    "\u0387": "·",
    "\u02bc": "’",
}
"""Look-alikes written as the one character that the vocabulary keeps."""

_KNOWN = frozenset(CHARACTERS)


def written(text: str) -> str:
    """`text` with look-alikes unified and spaces collapsed; characters outside the vocabulary stay."""
    return " ".join("".join(REPLACED.get(char, char) for char in text).split())


def is_writable(text: str) -> bool:
    """Whether every character of `text` is in the vocabulary."""
    return _KNOWN.issuperset(text)


LETTERS: dict[str, str] = {
    "en": "",
    "de": "äöüßÄÖÜ",
    "fr": "àâæçéèêëîïôœùûüÿÀÂÇÉÈÊËÎÏÔŒÙÛ",
    "es": "áéíñóúüÁÉÍÑÓÚ¿¡",
    "it": "àèéìòùÀÈÉÌÒÙ",
    "pt": "áâãàçéêíóôõúÁÂÃÀÇÉÊÍÓÔÕÚ",
    "nl": "éëïóöüÉ",
    "ca": "àçéèíïòóúüÀÇÉÈÍÒÓÚ",
    "ga": "áéíóúÁÉÍÓÚ",
    "da": "æøåÆØÅé",
    "nb": "æøåÆØÅé",
    "sv": "åäöÅÄÖé",
    "fi": "äöåÄÖ",
    "is": "áðéíóúýþæöÁÐÉÍÓÚÝÞÆÖ",
    "pl": "ąćęłńóśźżĄĆĘŁŃÓŚŹŻ",
    "cs": "áčďéěíňóřšťúůýžÁČĎÉÍŇÓŘŠŤÚÝŽ",
    "sk": "áäčďéíĺľňóôŕšťúýžÁČĎÉÍĽŇÓŠŤÚÝŽ",
    "sl": "čšžČŠŽ",
    "hr": "čćđšžČĆĐŠŽ",
    "hu": "áéíóöőúüűÁÉÍÓÖŐÚÜŰ",
    "ro": "ăâîșțĂÂÎȘȚ",
    "lt": "ąčęėįšųūžĄČĘĖĮŠŲŪŽ",
    "lv": "āčēģīķļņšūžĀČĒĢĪĶĻŅŠŪŽ",
    "et": "äöõüšžÄÖÕÜ",
    "tr": "çğıöşüÇĞİÖŞÜ",
    "vi": "àáạảãâầấậẩẫăằắặẳẵèéẹẻẽêềếệểễìíịỉĩòóọỏõôồốộổỗơờớợởỡùúụủũưừứựửữỳýỵỷỹđĐÂĂÊÔƠƯ",
    "el": "αβγδεζηθικλμνξοπρσςτυφχψωάέήίόύώϊΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩΆΈΊΌ",
    "ru": "абвгдежзийклмнопрстуфхцчшщъыьэюяёАБВГДЕЖЗИЙКЛМНОПРСТУФХЦЧШЩЭЮЯ",
    "uk": "абвгґдеєжзиіїйклмнопрстуфхцчшщьюяАБВГДЕЄЖЗИІЇЙКЛМНОПРСТУФХЦЧШЩЮЯ",
    "bg": "абвгдежзийклмнопрстуфхцчшщъьюяАБВГДЕЖЗИЙКЛМНОПРСТУФХЦЧШЩЮЯ",
    "be": "абвгдеёжзійклмнопрстуўфхцчшыьэюяАБВГДЕЖЗІЙКЛМНОПРСТУФХЦЧШЭЮЯ",
    "sr": "абвгдђежзијклљмнњопрстћуфхцчџшАБВГДЂЕЖЗИЈКЛЉМНЊОПРСТЋУФХЦЧЏШ",
    "mk": "абвгдѓежзѕијклљмнњопрстќуфхцчџшАБВГДЃЕЖЗИЈКЛМНОПРСТЌУФХЦЧШ",
}
"""Letters beyond ASCII that a font must have before it may set a language, and that random text draws from."""

CYRILLIC_LANGUAGES = frozenset({"ru", "uk", "bg", "be", "sr", "mk"})


def script_of(language: str) -> str:
    """`latin`, `greek` or `cyrillic`."""
    if language == "el":
        return "greek"
    return "cyrillic" if language in CYRILLIC_LANGUAGES else "latin"
