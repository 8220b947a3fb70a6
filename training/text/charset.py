"""Which characters the small model can write, and which language needs which letters."""

from __future__ import annotations

from itertools import pairwise

ASCII = "".join(chr(code) for code in range(0x20, 0x7F))
LATIN_1 = "¡¢£¥§©«®°±²³¶·¹»¼½¾¿ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÐÑÒÓÔÕÖ×ØÙÚÛÜÝÞßàáâãäåæçèéêëìíîïðñòóôõö÷øùúûüýþÿ"
LATIN_EXTENDED = "".join(chr(code) for code in range(0x100, 0x180) if code not in (0x149, 0x17F)) + "ȘșȚțƏəẞ"
VIETNAMESE = "ƠơƯư" + "".join(chr(code) for code in range(0x1EA0, 0x1EFA))
GREEK = "ΆΈΉΊΌΎΏΐ" + "".join(chr(code) for code in range(0x391, 0x3CF) if code != 0x3A2)
CYRILLIC = "".join(chr(code) for code in range(0x400, 0x460)) + "ҐґҒғҚқҢңҮүҰұҺһӘәӨө"
PUNCTUATION = "–—‘’‚“”„…†‡•‰‹›№™€₽₴₺₫₹≤≥≠≈→←↑↓✓☐☑■□●○▪"

HAN_PUNCTUATION = "、。《》〈〉「」『』【】〔〕！（），．：；？～￥％＋－＝／〇①②③④⑤⑥⑦⑧⑨⑩℃"
_FIRST_LEVEL = "".join(
    bytes((row, cell)).decode("gb2312", "ignore") for row in range(0xB0, 0xD8) for cell in range(0xA1, 0xFF)
)
"""The 3,755 characters that GB 2312 calls the frequent ones."""
_ALSO_FREQUENT = (
    "涓锛诏浜姊妃浠垸僭圳祯芙宸禧禀祀澶杩幺稷璋棣涔丐瑜檐禅肴珞匾沔浣叩厮璇丞阙朕鳍卦琦粑兀庵灏嗯麋愣寰镖喃怡谕羲蕲璧浏裘钊谏胪瀹嫣陂缁戟蹇芷沐婢绮厥拚妾瀛岱尴祠衢瑙豚驿鞑尬杈迦翊潇寮郢伽衮濂鲟斐窦蕃魅徙嗤"
    "嵋弼蒿薇漕萼鳌睿灞逵後琛瑕冥奕铮矶匕晖苕璁楠焖祺剌逍梓诰羁沅蠡咧娴孢嵩饷褰鳙霎鸪珂杞咚敕榻愕鹧笃懿骞鳄酯鸠娌钛姝怦蓦馨胥丕鲨浼麟倭玺韬蒯酰胧娑筵褶觑唧绉崛叨圻砥煨朦鲢炖胤牒嫔笙蜿吆瘾澧劾瞰橘姹狩秭梵颌"
    "弩讧咦俸噢辇蟾嘟濮蛟筝箢糍兮褚潼驸黛椁拗蟠殡枭悖桦骼黯甬嗔倏帷嗦淙夔岚箫瀵腌搴睐禺璺攸"
)
"""Of the 3,500 characters that are most frequent in jieba's dictionary, those of GB 2312's second level."""
HAN = _FIRST_LEVEL + _ALSO_FREQUENT

CHARACTERS: tuple[str, ...] = tuple(
    dict.fromkeys(
        "\n" + ASCII + LATIN_1 + LATIN_EXTENDED + VIETNAMESE + GREEK + CYRILLIC + PUNCTUATION + HAN_PUNCTUATION + HAN
    )
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
    "\u3000": " ",
    "・": "·",
    "‧": "·",
    "µ": "μ",
    "\u0387": "·",
    "\u02bc": "’",
    **{chr(code + 0xFEE0): chr(code) for code in range(0x21, 0x7F) if chr(code).isalnum()},
}
"""Look-alikes written as the one character that the vocabulary keeps."""

_KNOWN = frozenset(CHARACTERS)
_WIDE = frozenset(HAN_PUNCTUATION + HAN)


def written(text: str) -> str:
    """`text` with look-alikes unified, spaces collapsed, and none between Han characters; unknown characters stay."""
    words = "".join(REPLACED.get(char, char) for char in text).split()
    return "".join(word + joint(word, after) for word, after in pairwise([*words, ""])).rstrip()


def is_writable(text: str) -> bool:
    """Whether every character of `text` is in the vocabulary."""
    return _KNOWN.issuperset(text)


def joint(before: str, after: str) -> str:
    """What stands between two lines that are read as one: a space, but none beside Han characters."""
    return "" if before[-1:] in _WIDE or after[:1] in _WIDE else " "


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
    "zh": HAN,
}
"""Letters beyond ASCII that a font must have before it may set a language, and that random text draws from."""

CYRILLIC_LANGUAGES = frozenset({"ru", "uk", "bg", "be", "sr", "mk"})


def script_of(language: str) -> str:
    """`latin`, `greek`, `cyrillic` or `han`."""
    if language in ("el", "zh"):
        return "greek" if language == "el" else "han"
    return "cyrillic" if language in CYRILLIC_LANGUAGES else "latin"
