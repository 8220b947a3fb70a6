import pytest

from docintel.engines.local.scripts import SCRIPTS
from docintel.language import language_of, script_of, scripts_of


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("This agreement shall be governed by the laws of England.", "en"),
        ("Wie hoch ist der Rechnungsbetrag?", "de"),
        ("Quel est le montant à payer ?", "fr"),
        ("¿Cuál es el importe total?", "es"),
        ("Jaka jest kwota faktury?", "pl"),
        ("Tổng số tiền hóa đơn là bao nhiêu?", "vi"),
        ("Fatura tutarı ne kadar?", "tr"),
        ("Какова общая сумма счёта?", "ru"),
        ("Договір укладено між сторонами", "uk"),
        ("Ποιο είναι το συνολικό ποσό;", "el"),
        ("本合同自双方签字之日起生效。", "zh"),
        ("合計はいくらですか？", "ja"),
        ("請求書番号と支払期限を教えて", "ja"),
        ("합계는 얼마입니까?", "ko"),
        ("ما هو المبلغ الإجمالي؟", "ar"),
        ("مبلغ کل فاکتور چقدر است؟", "fa"),
        ("מהו סכום החשבונית?", "he"),
        ("कुल राशि कितनी है?", "hi"),
        ("ยอดรวมเท่าไหร่", "th"),
    ],
)
def test_language_is_told_from_a_short_sentence(text: str, language: str) -> None:
    assert language_of(text) == language


@pytest.mark.parametrize("text", ["", "  ", "1,234.50", "—•…", "12/03/2024"])
def test_no_letters_have_no_language(text: str) -> None:
    assert language_of(text) is None


@pytest.mark.parametrize(
    ("text", "language"), [("John", "und-Latn"), ("請求書", "und-Hani"), ("ACME Ltd.", "und-Latn")]
)
def test_only_the_script_is_named_where_the_language_is_unclear(text: str, language: str) -> None:
    assert language_of(text) == language


def test_mixed_text_is_in_the_language_of_most_of_it() -> None:
    assert language_of("東京 is the capital of Japan and by far its largest city") == "en"
    assert language_of("会议纪要由行政部整理后发送至各部门 (cc: Alice)") == "zh"


def test_named_languages_narrow_the_choice() -> None:
    assert language_of("Rechnung", among=("de", "ja")) == "de"
    assert language_of("請求書", among=("en", "ja")) == "ja"
    assert language_of("Рахунок-фактура за надані послуги зв’язку", among=("de",)) == "uk"


def test_short_or_unclear_text_is_in_the_language_around_it() -> None:
    assert language_of("Kosten", around="nl") == "nl"
    assert language_of("John Carter Ltd. " * 6) == "und-Latn"
    assert language_of("John Carter Ltd. " * 6, around="nl") == "nl"
    assert language_of("Расходы", around="de") == "ru"
    long = "Wie hoch ist der Rechnungsbetrag, der bis zum Ende des Monats auf unser Konto zu zahlen ist?"
    assert language_of(long, around="nl") == "de"


def test_a_rare_language_is_told_where_there_is_enough_of_it() -> None:
    article = "Усе людзі нараджаюцца свабоднымі і роўнымі ў сваёй годнасці і правах. Яны надзелены розумам і сумленнем."
    assert language_of(article) == "be"


@pytest.mark.parametrize(
    ("script", "text"),
    [("Latn", "Text"), ("Cyrl", "Текст"), ("Arab", "نص"), ("Deva", "पाठ"), ("Beng", "পাঠ"), ("Hani", "文本")],
)
def test_every_language_that_can_be_read_can_be_named(script: str, text: str) -> None:
    for language in SCRIPTS[script].languages:
        assert language_of(text, among=(language,)) == language


def test_scripts_count_letters_and_their_marks() -> None:
    assert scripts_of("Ab 12 क़ि") == {"Latn": 2, "Deva": 3}
    assert script_of("3") is None
    assert script_of("ー") == "Kana"
    assert scripts_of("が 12μ ㎏ كَتَبَ ـ ऒ॑ 〆切") == {"Kana": 1, "Grek": 1, "Arab": 7, "Deva": 2, "Hani": 2}


def test_every_character_is_accepted() -> None:
    for start in range(0, 0x110000, 997):
        language_of("".join(chr(c) for c in range(start, min(start + 5, 0x110000))))
