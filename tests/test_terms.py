import sqlite3
import sys
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from docintel.language import language_of
from docintel.lexicon import compound_parts, stop_words
from docintel.text.terms import MAX_QUERY_TERMS, content_words, fold, index_terms, match_query, number_forms, words

Find = Callable[[str, str], bool]
ALL_STOP_WORDS = stop_words(None)


@pytest.fixture
def table() -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE VIRTUAL TABLE t USING fts5(terms, tokenize='unicode61 remove_diacritics 2')")
    yield connection
    connection.close()


@pytest.fixture
def finds(table: sqlite3.Connection) -> Find:
    """Whether a question finds a text, through a real FTS5 table."""

    def found(question: str, text: str) -> bool:
        table.execute("DELETE FROM t")
        table.execute("INSERT INTO t VALUES (?)", (index_terms(text),))
        query = match_query(question, stop_words(language_of(question)))
        return bool(query) and table.execute("SELECT count(*) FROM t WHERE t MATCH ?", (query,)).fetchone()[0] == 1

    return found


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("muller", "Müller GmbH"),
        ("Mueller", "Müller GmbH"),
        ("MÜLLER", "Mueller und Söhne"),
        ("strasse", "Lange Straße 5"),
        ("Straße", "Bahnhof STRASSE"),
        ("請求書", "本請求書の番号"),
        ("請求書の合計はいくらですか？", "合計 3,000円"),
        ("東京", "東京都港区"),
        ("合计是多少？", "合计：¥1,234.50"),
        ("합계는 얼마입니까?", "합계: 120,000원"),
        ("فاتورة", "رقم الفاتورة: ١٢"),
        ("ما هو المبلغ الإجمالي؟", "المبلغ الاجمالى: ٥٠٠"),
        ("12", "رقم الفاتورة: ١٢"),
        ("مبلغ کل چقدر است؟", "مبلغ كل: ۱۲۰۰"),
        ("चालान", "चालान संख्या 17"),
        ("कुल राशि कितनी है?", "कुल राशि: ₹ 5,000"),
        ("ใบแจ้ง", "เลขที่ใบแจ้งหนี้ 12"),
        ("ยอดรวมเท่าไหร่", "ยอดรวมทั้งสิ้น 500 บาท"),
        ("סכום", "הסכום לתשלום: 300"),
        ("istanbul", "İSTANBUL"),
        ("Tong so tien", "Tổng số tiền"),
        ("What are the invoices?", "Invoice no. 7"),
        ("договора", "Настоящий договор заключён"),
        ("Invoice", "lnvoice number"),
        ("invoice", "1nv0ice number"),
        ("ΤΙΜΟΛΟΓΙΟ", "τιμολόγιο"),
        ("１２３４", "1234"),
        ("1234.5", "Total 1,234.50"),
        ("1.234,50", "Total 1,234.50"),
        ("1,234.50", "Summe 1 234,50 EUR"),
        ("1234", "Summe 1.234,50 EUR"),
        ("1,23,456", "₹ 1,23,456.00"),
        ("12.03.2024", "Datum: 12.03.2024"),
        ("2024", "Datum: 12.03.2024"),
        ("INV-2024-0017", "No. INV-2024-0017"),
        ("INV 2024 0017", "No. INV-2024-0017"),
        ("co-operate", "Coöperate co\u00adoperate"),
        ("می‌شود", "میشود"),
    ],
)
def test_a_question_finds_the_text_that_people_mean(finds: Find, question: str, text: str) -> None:
    assert finds(question, text)


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("What is the total?", "What is the matter with the cat"),
        ("Wie hoch ist der Betrag?", "Wie hoch ist der Turm"),
        ("合计是多少？", "人口是多少"),
        ("お名前は何ですか？", "これは何ですか"),
        ("1,234.50", "1,234.60 and 1,235.50"),
        ("東京", "京東"),
        ("hola", "hello"),
    ],
)
def test_words_that_only_ask_find_nothing(finds: Find, question: str, text: str) -> None:
    assert not finds(question, text)


@pytest.mark.parametrize("question", ["", "   ", "?!", '"', "''", "—", "*"])
def test_nothing_to_search_is_an_empty_query(question: str) -> None:
    assert match_query(question, ALL_STOP_WORDS) == ""


def test_a_question_of_stop_words_only_searches_them() -> None:
    assert content_words("what is it", stop_words("en")) == ["what", "is", "it"]


def test_stop_words_are_those_of_the_language() -> None:
    assert content_words("When did he die?", stop_words("en")) == ["die"]
    assert content_words("Wer ist die Mieterin?", stop_words("de")) == ["mieterin"]


def test_a_long_question_makes_a_query_of_bounded_length() -> None:
    assert match_query(" ".join(f"word{n}" for n in range(10_000)), ALL_STOP_WORDS).count(" OR ") < MAX_QUERY_TERMS


@pytest.mark.parametrize(
    ("written", "forms"),
    [
        ("1,234.50", ["1234p5", "1234"]),
        ("1.234,50", ["1234p5", "1234"]),
        ("1,234", ["1p234", "1234", "1"]),
        ("12.5", ["12p5", "12"]),
        ("12.03.2024", ["12032024", "12", "03", "2024"]),
        ("1,23,456.00", ["123456"]),
        ("3.00", ["3"]),
    ],
)
def test_a_number_is_read_in_every_way_it_may_be_meant(written: str, forms: list[str]) -> None:
    assert number_forms(written) == forms


def test_words_are_in_order_and_folded() -> None:
    assert words("Der GESAMTBETRAG: 1.234,50 €") == ["der", "gesamtbetrag", "1234p5"]
    assert words("合計金額") == ["合計", "計金", "金額"]


def test_folding_keeps_marks_that_spell_and_drops_those_that_decorate() -> None:
    assert fold("Café") == "cafe"
    assert fold("مُحَمَّد") == "محمد"
    assert fold("चालान") == "चालान"
    assert fold("が") == "が"


def test_every_code_point_can_be_indexed_and_asked(table: sqlite3.Connection) -> None:
    for start in [*range(0, 0x32400, 512), *range(0xE0000, sys.maxunicode, 4096)]:
        text = "".join(chr(c) for c in range(start, start + 512) if not 0xD800 <= c < 0xE000)
        table.execute("INSERT INTO t VALUES (?)", (index_terms(text),))
        if query := match_query(text, ALL_STOP_WORDS):
            table.execute("SELECT count(*) FROM t WHERE t MATCH ?", (query,)).fetchone()


_TRICKY = st.lists(
    st.sampled_from(
        ['"', "'", "*", "(", ")", "AND", "OR", "NOT", "NEAR(", "terms:", "^", "-", "+", "\x00", "12", "a", "語", "ा"]
    )
).map("".join)


@settings(max_examples=300, deadline=None)
@given(question=st.one_of(st.text(), _TRICKY))
def test_no_question_breaks_the_query_or_reaches_its_syntax(question: str) -> None:
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE VIRTUAL TABLE t USING fts5(terms, tokenize='unicode61 remove_diacritics 2')")
    terms = index_terms(question)
    connection.execute("INSERT INTO t VALUES (?)", (terms,))
    query = match_query(question, ALL_STOP_WORDS)
    hits = connection.execute("SELECT count(*) FROM t WHERE t MATCH ?", (query,)).fetchone()[0] if query else 0
    connection.close()
    assert all(part.strip('"* ').isalnum() for part in query.split(" OR ") if query)
    assert hits == bool(query)


@settings(max_examples=200, deadline=None)
@given(text=st.text())
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@pytest.fixture
def finds_in_language(table: sqlite3.Connection) -> Callable[[str, str, str], bool]:
    def found(question: str, text: str, language: str) -> bool:
        table.execute("DELETE FROM t")
        table.execute("INSERT INTO t VALUES (?)", (index_terms(text, compound_parts(language)),))
        query = match_query(question, stop_words(language))
        return bool(table.execute("SELECT count(*) FROM t WHERE t MATCH ?", (query,)).fetchone()[0])

    return found


@pytest.mark.parametrize(
    ("language", "question", "text"),
    [
        ("de", "Vertrag", "Der Mietvertrag beginnt im Mai"),
        ("de", "Verträge", "alle Mietverträge"),
        ("de", "Frist", "Die Kündigungsfrist beträgt drei Monate"),
        ("de", "Versicherungsnummer", "Haftpflichtversicherungsnummer 4471"),
        ("de", "Nummer", "Haftpflichtversicherungsnummer 4471"),
        ("de", "Abrechnung", "die Nebenkostenabrechnung"),
        ("de", "Straße", "in der Müllerstraße 5"),
        ("nl", "termijn", "de opzegtermijn is twee maanden"),
        ("nl", "verzekering", "ziektekostenverzekering"),
        ("sv", "avtal", "hyresavtalet gäller"),
        ("da", "frist", "en opsigelsesfrist på tre måneder"),
        ("no", "kontrakt", "leiekontrakt for bolig"),
    ],
)
def test_a_compound_is_found_by_what_it_ends_in(
    finds_in_language: Callable[[str, str, str], bool], language: str, question: str, text: str
) -> None:
    assert finds_in_language(question, text, language)


@pytest.mark.parametrize(
    ("language", "question", "text"),
    [
        ("en", "rate", "A separate bottle"),
        ("de", "Ratur", "Literatur und Information"),
        ("de", "Formation", "Literatur und Information"),
        ("de", "Ende", "fehlende und laufende Angaben"),
    ],
)
def test_a_word_that_is_no_compound_is_not_found_by_its_end(
    finds_in_language: Callable[[str, str, str], bool], language: str, question: str, text: str
) -> None:
    assert not finds_in_language(question, text, language)


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("42", "Position 0042"),
        ("0042", "Position 42"),
        ("0042", "Position 00042"),
        ("01715550142", "Tel. 0171 555 0142"),
        ("0171 555 0142", "Tel. 01715550142"),
        ("0171/555.0142", "Tel. +44 (0)171 555-0142"),
        ("+44 171 5550142", "Tel. (0171) 555 0142"),
        ("СНЕ-123.456", "CHE-123.456"),
        ("CHE-123.456", "СНЕ-123.456"),
        ("HDMI2", "НDMI2"),
        ("invoice 2024-03", "see invoice_2024-03.pdf"),
        ("invoice_2024-03.pdf", "see invoice_2024-03.pdf"),
    ],
)
def test_numbers_and_codes_are_found_however_they_are_written(finds: Find, question: str, text: str) -> None:
    assert finds(question, text)


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("01715550142", "Tel. 0171 555 0143"),
        ("42", "Position 0420"),
        ("12.03.2024", "Tel. 1203202"),
        ("сне", "the CHE number"),
    ],
)
def test_numbers_and_words_that_only_look_alike_are_not(finds: Find, question: str, text: str) -> None:
    assert not finds(question, text)


def test_an_exact_word_is_found_before_the_compound(table: sqlite3.Connection) -> None:
    for text in ("Der Mietvertrag gilt.", "Der Vertrag gilt hier.", "Der Kaufvertrag gilt.", "Nichts davon gilt hier."):
        table.execute("INSERT INTO t VALUES (?)", (index_terms(text, compound_parts("de")),))
    query = match_query("Vertrag", stop_words("de"))
    found = [row for (row,) in table.execute("SELECT rowid FROM t WHERE t MATCH ? ORDER BY bm25(t)", (query,))]
    assert found[0] == 2
    assert set(found) == {1, 2, 3}
