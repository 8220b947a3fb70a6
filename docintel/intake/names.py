"""Pure: names of files from outside. They are shown, never used as paths.

A zip knows code page 437 and, by a flag, UTF-8. Many programs write the machine's own code page instead, or UTF-8
without the flag. All names of a zip are looked at together, since one alone is short; a name that makes no sense in the
code page of the others (packed on another machine) is looked at by itself.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

LETTERS = {
    "latin": "äüöéßáóñèíçêàôâåúæøãõëïîûùœìòÿýðþ",
    "central": "áéíčšžřýůěúłóąęśżćńźőöüűäôľťďňâăîşţđßçëĺŕ",
    "cyrillic": "оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфъё№",
    "greek": "αοιετσνηυρπκμλωςγδχθφβξζψάέήίόύώϊϋ",
    "japanese": "のしにたはをとるがでてんかなすいまっれさうこもくらりあきけょよそせちつどみやじえだわ"
    "アイウエオカキクケコサシスセソタチツテトナニネノハヒフヘホマミムメモヤユラリルレロンァィェッャュョガ"
    "ギグゲゴザジズダデドバビブベボパピプペポー"
    "日本人大年一会国出中月時行見分後前生五間上東四今金九入学高円子外八六下来気小七山話女北午百書先名川千"
    "水半男西電校語土木聞食車何南万毎白天母火右読友左休父雨"
    "書類請求見積契約注文領収納品発送報告資料表図面写真住所氏名電話番号会社株式部課長様御中件名第回版新旧"
    "鈴藤案議事録計画予算決済売上仕様設計管理申込履歴証明委任登記税経費給与明細保険年度期号",
    "simplified": "的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下过子说产种"
    "面而方后多定行学法所民得经"
    "十三之进着等部度家电力里如水化高自二理起小物现实加量都两体制机当使点从业本去把性好应开它合还因由其些"
    "然前外天政四日那社义事平形相全表间样与关各重新线内数正心反你明看原又么利比或但质气第向道命此变条只没"
    "结解问意建月公无系军很情者最立代想已通并提直题党程展五果料象员革位入常文总次品式活设及管特件长求老头"
    "基资边流路级少图山统接知较将组见计别她手角期根论运农指几九区强放决西被干做必战先回则任取据处队南给色"
    "光门即保治北造百规热领七海口东导器压志世金增争济阶油思术极交受联什认六共权收证改清己美再采转更单风切"
    "打白教速花带安场身车例真务具万每目至达走积示议声报斗完类八离华名确才科张信马节话米整空元况今集温传土"
    "许步群广石记需段研界拉林律叫且究观越织装影算低持音众书布复容儿须际商非验连断深难近矿千周委素技备半办"
    "青省列习响约支般史感劳便团往酸历市克何除消构府称太准精值号率族维划选标写存候毛亲快效斯院查江型眼王按"
    "格养易置派层片始却专状育厂京识适属圆包火住调满县局照参红细引听该铁价严"
    "合同发票扫描扫描件收据领收报价订单清单附件文件资料表格简历证书身份证",
    "traditional": "的一是在不了有和人這中大為上個國我以要他時來用們生到作地於出就分對成會可主發年動同工也能下過子說產"
    "種面而方後多定行學法所民得經"
    "十三之進著等部度家電力裡如水化高自二理起小物現實加量都兩體制機當使點從業本去把性好應開它合還因由其些"
    "然前外天政四日那社義事平形相全表間樣與關各重新線內數正心反你明看原又麼利比或但質氣第向道命此變條只沒"
    "結解問意建月公無系軍很情者最立代想已通並提直題黨程展五果料象員革位入常文總次品式活設及管特件長求老頭"
    "基資邊流路級少圖山統接知較將組見計別她手角期根論運農指幾九區強放決西被幹做必戰先回則任取據處隊南給色"
    "光門即保治北造百規熱領七海口東導器壓志世金增爭濟階油思術極交受聯什認六共權收證改清己美再採轉更單風切"
    "打白教速花帶安場身車例真務具萬每目至達走積示議聲報鬥完類八離華名確才科張信馬節話米整空元況今集溫傳土"
    "許步群廣石記需段研界"
    "發票合約書掃描會議記錄收據報價單訂單附件文件資料表格履歷證書",
    "korean": "이다는의가을에고로한하지기사시도리자서어나스그대인수일정아전부보라해주들장상제원자오비구여관동성공경"
    "조현산국과회금신유용청발연교방무생학문위면계소세모미물개통법"
    "업출체약화거선명안입내중간년월분석품표서류증견적거래계약서영수증세금계산서보고서회의록청구서명세이력"
    "신청김박최강윤임권황송홍철희민준새폴더도면사본스캔자료목록진단계획안내문결과",
}
"""What names are mostly written with, alphabets with the most frequent letter first; what else is possible counts
less."""
RANKS = {
    name: {letter: place / len(letters) for place, letter in enumerate(letters)} for name, letters in LETTERS.items()
}


@dataclass(frozen=True)
class _CodePage:
    encoding: str
    letters: str
    script: str
    """The start of its letters' names in Unicode."""
    handicap: float = 0.0
    """Off each byte's worth: zip programs or machines with it are less usual."""


CODE_PAGES = (
    _CodePage("cp437", "latin", "LATIN"),
    _CodePage("cp850", "latin", "LATIN"),
    _CodePage("cp852", "central", "LATIN", handicap=0.1),
    _CodePage("cp1252", "latin", "LATIN", handicap=0.15),
    _CodePage("cp1250", "central", "LATIN", handicap=0.15),
    _CodePage("cp866", "cyrillic", "CYRILLIC"),
    _CodePage("cp1251", "cyrillic", "CYRILLIC", handicap=0.15),
    _CodePage("cp737", "greek", "GREEK", handicap=0.2),
    _CodePage("cp932", "japanese", "CJK HIRAGANA KATAKANA"),
    _CodePage("gb18030", "simplified", "CJK"),
    _CodePage("big5", "traditional", "CJK"),
    _CodePage("cp949", "korean", "HANGUL"),
)
"""Of the machines on which zips are packed; of equal ones the first is taken."""
COMMON, POSSIBLE, RARE, FOREIGN, UNREADABLE = 1.0, 0.3, -0.5, -2.0, -3.0
"""What a byte counts for that is part of such a character; a name has to come out above nothing."""
BY_RANK = 0.2
"""What comes off for the least frequent letter."""
MAX_BYTES = 16_384


def plain(name: str) -> str:
    """A relative place with forward slashes, without steps upwards and without characters that cannot be seen."""
    seen = "".join(c if c.isprintable() else " " if c.isspace() else "" for c in name.replace("\\", "/"))
    return "/".join(part for part in seen.split("/") if part.strip() not in ("", ".", "..")) or "unnamed"


def decoded(names: Sequence[bytes]) -> list[str]:
    """The names of one zip as text, in that order; code page 437 where nothing better is sure."""
    if all(_reads_as(name, "utf-8") for name in names):
        return [name.decode("utf-8") for name in names]
    odd = [name for name in names if not name.isascii()]
    shared = _best(odd[: _enough(odd)])
    return [name.decode(_encoding(name, shared), "replace") for name in names]


def _reads_as(name: bytes, encoding: str) -> bool:
    try:
        name.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _encoding(name: bytes, shared: _CodePage) -> str:
    if name.isascii() or _score(name, shared) > 0:
        return shared.encoding
    if _reads_as(name, "utf-8"):
        return "utf-8"
    alone = _best([name])
    return alone.encoding if _score(name, alone) > 0 else "cp437"


def _best(names: Sequence[bytes]) -> _CodePage:
    return max(CODE_PAGES, key=lambda page: sum(_score(name, page) for name in names))


def _enough(names: Sequence[bytes]) -> int:
    """How many names hold `MAX_BYTES`."""
    size = 0
    for number, name in enumerate(names, 1):
        size += len(name)
        if size > MAX_BYTES:
            return number
    return len(names)


@lru_cache(maxsize=4096)
def _score(name: bytes, page: _CodePage) -> float:
    """How much `name` looks like one that was written in that code page, by its bytes that are not ASCII."""
    try:
        text = name.decode(page.encoding)
    except UnicodeDecodeError:
        return UNREADABLE * sum(byte > 0x7F for byte in name)
    around = zip(" " + text[:-1], text, text[1:] + " ", strict=True)
    return sum(_worth(before, character, after, page) for before, character, after in around if character > "\x7f")


def _worth(before: str, character: str, after: str, page: _CodePage) -> float:
    """By its place in the page's list, and by whether its neighbours go with it."""
    size = len(character.encode(page.encoding, "replace"))
    rank = RANKS[page.letters].get(character.lower())
    neighbours = [each for each in (before, after) if each.isalpha()]
    if rank is None and not character.isalpha():
        return 0.0 if _is_written(character) else FOREIGN * size
    if not _is_of(character, page.script) or not _fit(neighbours, page.script):
        return FOREIGN * size
    if character.isupper() and before.isalpha():
        return (POSSIBLE - page.handicap if before.isupper() and not after.islower() else RARE) * size
    if rank is not None:
        return (COMMON - BY_RANK * rank * (size == 1) - page.handicap) * size
    return (POSSIBLE if _is_first_level(character, page.encoding) else RARE) * size


def _fit(neighbours: Sequence[str], script: str) -> bool:
    """Letters of one word are of one alphabet; Chinese, Japanese and Korean stand beside capitals and abbreviations,
    and a Latin letter with an accent seldom stands between two others."""
    if not all(_fits(each, script) for each in neighbours):
        return False
    return len(neighbours) < 2 or script != "LATIN" or any(each.isascii() for each in neighbours)


def _fits(neighbour: str, script: str) -> bool:
    if not neighbour.isascii():
        return _is_of(neighbour, script)
    return script == "LATIN" or (script.startswith(("CJK", "HANGUL")) and not neighbour.islower())


def _is_of(character: str, script: str) -> bool:
    return unicodedata.name(character, "?").split()[0] in script.split() or character in "№ー々〆"


def _is_written(character: str) -> bool:
    """Brackets, dashes and full-width digits, which stand in names."""
    name = unicodedata.name(character, "")
    return name.startswith(("FULLWIDTH", "LEFT ", "RIGHT ", "IDEOGRAPHIC", "KATAKANA MIDDLE", "EN DASH", "EM DASH"))


def _is_first_level(character: str, encoding: str) -> bool:
    """Whether a double-byte set counts the character among those in general use, which it lists first."""
    first = character.encode(encoding)[0]
    low, high = {"cp932": (0x81, 0x98), "gb18030": (0xB0, 0xD7), "big5": (0xA4, 0xC6), "cp949": (0xB0, 0xC8)}.get(
        encoding, (0, 0xFF)
    )
    return low <= first <= high
