"""What a question asks for: its content words, what they may be called elsewhere, and the kind of its answer."""

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from docintel.language import language_of
from docintel.text.terms import content_words, fold
from docintel.text.vocabulary import MEANINGS


class Kind(StrEnum):
    """What sort of words would answer."""

    DATE = "date"
    NUMBER = "number"
    NAME = "name"


@dataclass(frozen=True)
class Question:
    text: str
    language: str | None
    words: tuple[str, ...]
    """Folded content words, pairs of neighbours in unspaced scripts."""
    meanings: tuple[frozenset[str], ...]
    """For each of `words`."""
    weights: tuple[float, ...]
    """How much each of `words` tells."""
    kind: Kind | None
    counts: bool = False
    """Whether it asks how many there are of something."""

    @classmethod
    def of(cls, text: str) -> "Question":
        language = language_of(text)
        folded = fold(text)
        every = content_words(_how().sub(" ", folded) or text, language)
        words = tuple(word for word in every if word in folded or any(c.isdigit() for c in word))
        phrases = _phrases_in(folded)
        return cls(
            text=text,
            language=language,
            words=words,
            meanings=tuple(meanings_of_word(word) | _of_phrases(word, phrases) for word in words),
            weights=tuple(_weight(word, text, language) for word in words),
            kind=kind_of(text),
            counts=bool(_HOW_MANY.search(folded)),
        )


_ASKS_FOR: dict[Kind, str] = {
    Kind.DATE: """when|wann|quand|cuando|quando|wanneer|hvornår|när|når|milloin|kiedy|kdy|kedy|mikor|când|
        ne zaman|khi nào|bao giờ|когда|коли|кога|πότε|متى|متي|کی|چه تاریخ|מתי|कब|কবে|எப்போது|何时|何時|
        什么时候|什麼時候|哪一天|哪天|日期|いつ|何日|期日|期限|언제|เมื่อไร|เมื่อใด|เมื่อไหร่|วันที่|kapan|
        date|datum|fecha|data|дата|дату|تاريخ|التاريخ|तारीख|दिनांक|तिथि""",
    Kind.NUMBER: """how much|how many|how long|how old|how high|how large|how far|how big|how tall|
        how deep|how heavy|how often|wie viel|wieviel|wie viele|wie hoch|wie lange|wie gross|wie oft|
        wie alt|wie weit|combien|quel montant|cuanto|cuanta|cuantos|cuantas|quanto|quanta|quanti|quante|
        quantos|quantas|hoeveel|hoe hoog|hoe groot|hoe lang|hoe oud|hvor mange|hvor meget|hur mycket|
        hur många|hvor mye|kuinka paljon|kuinka monta|paljonko|montako|ile|kolik|kolko|mennyi|hány|
        cat costa|câți|câte|kaç|ne kadar|bao nhiêu|mấy|сколько|скільки|колко|πόσο|πόσα|πόσες|كم|چقدر|
        چند|כמה|कितना|कितनी|कितने|কত|எவ்வளவு|எத்தனை|多少|几|幾|いくら|いくつ|何人|何円|얼마|몇|เท่าไร|
        เท่าไหร่|เท่าใด|กี่|berapa|total|amount|sum|price|cost|number|betrag|summe|preis|nummer|montant|
        numero|importe|precio|prezzo|importo|bedrag|kwota|cena|numer|částka|cislo|сумма|цена|номер|сума|
        номера|ціна|المبلغ|مبلغ|السعر|رقم|राशि|मूल्य|संख्या|शुल्क|金额|合计|价格|编号|号码|金額|合計|
        価格|番号|금액|합계|번호|가격|toplam|tutar|fiyat|numara|số tiền|tổng|ยอดรวม|ราคา|เลขที่|jumlah|
        harga|nomor""",
    Kind.NAME: """who|whom|whose|wer|wem|wen|wessen|qui|quien|quienes|chi|quem|wie is|hvem|vem|kuka|kto|kdo|
        ki|cine|kim|ai là|кто|кого|кем|хто|кой|ποιος|ποια|من هو|من هي|کیست|چه کسی|מי|कौन|किसने|किसके|কে|
        யார்|谁|誰|哪位|だれ|누구|누가|ใคร|siapa""",
}
_ASKING = "кто кого кем когда сколько хто коли скільки кой кога колко ποιος ποια ποιο πότε πόσο".split()
"""Question words that are cut even where a short question's language is mistaken for another of its script."""
_FIRST = (Kind.NAME, Kind.DATE, Kind.NUMBER)
_HOW_MANY = re.compile(
    r"how many|wie viele|combien de|cuant[oa]s|quant[ie]\b|quant[oa]s|hoeveel|hvor mange|hur manga|kuinka monta|\bile\b"
    r"|kolik|сколько|скільки|几个|多少个|数量|いくつ|何個|何人|몇|กี่|कितने|كم عدد|kaç"
)
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]")
_MIN_STEM_LENGTH = 5
_MAX_ENDING_LENGTH = 3


def _weight(word: str, text: str, language: str | None) -> float:
    """German nouns are written with a capital; what else a German question says tells half as much."""
    if language != "de":
        return 1.0
    written = [each for each in re.findall(r"\w+", text) if fold(each) == word]
    return 0.5 if written and written[0].islower() else 1.0


def kind_of(question: str) -> Kind | None:
    folded = fold(question)
    return next((kind for kind in _FIRST if _asks(kind).search(folded)), None)


@cache
def _how() -> re.Pattern[str]:
    """Question phrases: “how long” asks for a number, not about something long."""
    listed = {fold(phrase.strip()) for phrase in "|".join(_ASKS_FOR.values()).split("|")}
    phrases = sorted(
        {phrase for phrase in listed if " " in phrase} | {fold(word) for word in _ASKING}, key=lambda p: (-len(p), p)
    )
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, phrases))})(?!\w)")


@cache
def _asks(kind: Kind) -> re.Pattern[str]:
    phrases = sorted(
        {fold(" ".join(p.split())) for p in _ASKS_FOR[kind].split("|") if p.strip()}, key=len, reverse=True
    )
    unspaced = [re.escape(phrase) for phrase in phrases if _UNSPACED.search(phrase)]
    spaced = [re.escape(phrase) for phrase in phrases if not _UNSPACED.search(phrase)]
    return re.compile(rf"(?<!\w)(?:{'|'.join(spaced)})(?!\w)|{'|'.join(unspaced)}")


@cache
def _meanings_by_word() -> dict[str, frozenset[str]]:
    table: dict[str, frozenset[str]] = {}
    for meaning, listed in MEANINGS.items():
        for word in listed.split():
            table[fold(word)] = table.get(fold(word), frozenset()) | {meaning}
    return table


@cache
def meanings_of_word(word: str) -> frozenset[str]:
    """Meanings of a folded word: its own, else those of the longest listed word that it ends with or inflects.

    A compound of two (Steuernummer) means both at once: `tax+number`.
    """
    table = _meanings_by_word()
    if word in table or len(word) < _MIN_STEM_LENGTH or _UNSPACED.search(word):
        return table.get(word, frozenset())
    lengths = range(len(word) - 1, _MIN_STEM_LENGTH - 1, -1)
    begins = next((table[word[:length]] for length in lengths if word[:length] in table), frozenset())
    ends = next((table[word[-length:]] for length in lengths if word[-length:] in table), frozenset())
    if begins and ends and not begins & ends:
        return frozenset(f"{first}+{second}" for first in begins for second in ends)
    inflected = next(
        (table[word[:n]] for n in lengths if n >= len(word) - _MAX_ENDING_LENGTH and word[:n] in table), None
    )
    return ends or inflected or _meanings_of_inflected(word)


def _meanings_of_inflected(word: str) -> frozenset[str]:
    """Meanings of the listed words that differ from `word` in their endings only."""
    stem = word[: max(_MIN_STEM_LENGTH, len(word) - _MAX_ENDING_LENGTH)]
    near = (each for each in _words_beginning(word[:_MIN_STEM_LENGTH]) if each.startswith(stem))
    close = [each for each in near if len(each) <= len(stem) + _MAX_ENDING_LENGTH]
    return frozenset().union(*(_meanings_by_word()[each] for each in close))


@cache
def _words_beginning(start: str) -> tuple[str, ...]:
    return tuple(word for word in _meanings_by_word() if word.startswith(start))


def meanings_in(folded: str, words: frozenset[str]) -> frozenset[str]:
    """Meanings of a folded text that consists of `words`."""
    found = frozenset[str]().union(*map(meanings_of_word, words), *(meanings for _, meanings in _phrases_in(folded)))
    return found.union(*(meaning.split("+") for meaning in found))


def counterparts(question: str) -> list[str]:
    """What other documents and languages call the things that `question` asks about."""
    asked = Question.of(question)
    meanings = frozenset().union(*asked.meanings)
    parts = dict.fromkeys(part for meaning in sorted(meanings) for part in meaning.split("+"))
    return [word for part in parts for word in MEANINGS[part].split()]


@cache
def _phrase_pattern() -> re.Pattern[str]:
    phrases = sorted((word for word in _meanings_by_word() if _UNSPACED.search(word)), key=len, reverse=True)
    return re.compile("|".join(map(re.escape, phrases)))


def _phrases_in(folded: str) -> list[tuple[str, frozenset[str]]]:
    """Listed words of unspaced scripts in a text, the longest at each place."""
    if not _UNSPACED.search(folded):
        return []
    return [(found.group(), _meanings_by_word()[found.group()]) for found in _phrase_pattern().finditer(folded)]


def _of_phrases(word: str, phrases: list[tuple[str, frozenset[str]]]) -> frozenset[str]:
    return frozenset().union(*(meanings for phrase, meanings in phrases if word in phrase))
