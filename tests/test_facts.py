"""Facts of business documents: who issued them, their date, number and sums, without labels that say so."""

import pytest

from docintel.answering import ExtractiveAnswerer, ask
from docintel.answering.facts import Fact, asked_fact, says_more, stated_fact
from docintel.answering.facts.candidates import Kind, sheet_of
from docintel.answering.facts.forms import amounts_in, dates_in
from docintel.answering.facts.scorer import learned_scorer
from docintel.answering.question import Question
from docintel.embedding import open_embedder
from docintel.model import Answer, Filters, Page
from docintel.retrieval import Retriever
from docintel.settings import Settings
from docintel.text.spans import words_in
from tests.shelf import Shelf, written_page

RECEIPT = """
HARTWELL STATIONERS LTD
(448210-K)
14 Market Lane
40170 Shah Alam
Tel: 03-51228841
TAX INVOICE

21/03/2018 14:07   CS00041877

Notebook A5   2 x 4.50   9.00
Ball pen   3 x 1.20   3.60

Sub Total   12.60
GST 6%   0.76
Rounding   -0.01
Total   13.35
CASH   20.00
Change   6.65

THANK YOU
"""
INVOICE = """
Nordholt Elektro GmbH
Lindenallee 8
20095 Hamburg

Frau
Maria Lorenz
Am Markt 3
24103 Kiel

# Rechnung

Rechnungsnummer:   2023-0457
Rechnungsdatum:   5. Mai 2023
Lieferdatum:   28.04.2023
Kundennummer:   88-1200

Pos   Bezeichnung   Menge   Einzelpreis   Gesamtpreis
1   Steckdose   4   12,50   50,00
2   Montage   2   60,00   120,00

Nettobetrag   170,00 €
19 % USt.   32,30 €
Gesamtbetrag   202,30 €

Zahlbar bis 19.05.2023.
"""


@pytest.fixture(scope="module")
def answerer() -> ExtractiveAnswerer:
    return ExtractiveAnswerer(open_embedder(Settings(embedding_model="embedded")))


def asked(question: str, answerer: ExtractiveAnswerer, *pages: Page, alone: bool = True) -> Answer:
    embedder = open_embedder(Settings(embedding_model="embedded"))
    shelf = Shelf(embedder)
    documents = [shelf.add(f"scan-{number}.pdf", page) for number, page in enumerate(pages)]
    filters = Filters(documents=(documents[0].id,) if alone else ())
    return ask(question, library=shelf, retriever=Retriever(shelf, embedder), answerer=answerer, filters=filters)


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Which company issued the receipt?", "HARTWELL STATIONERS LTD [1]"),
        ("Wer hat den Beleg ausgestellt?", "HARTWELL STATIONERS LTD [1]"),
        ("When was the receipt issued?", "21/03/2018 [1]"),
        ("Quelle est la date ?", "21/03/2018 [1]"),
        ("What is the total?", "13.35 [1]"),
        ("合計金額はいくらですか", "13.35 [1]"),
        ("What is the subtotal?", "12.60 [1]"),
        ("How much is the VAT?", "0.76 [1]"),
    ],
)
def test_receipt_without_labels_is_answered(answerer: ExtractiveAnswerer, question: str, expected: str) -> None:
    assert asked(question, answerer, written_page(RECEIPT)).text == expected


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Welche Firma hat die Rechnung ausgestellt?", "Nordholt Elektro GmbH [1]"),
        ("What is the invoice date?", "5. Mai 2023 [1]"),
        ("Wie lautet die Rechnungsnummer?", "2023-0457 [1]"),
        ("Quel est le montant total ?", "202,30 € [1]"),
        ("Wie hoch ist der Nettobetrag?", "170,00 € [1]"),
        ("¿Cuánto es el IVA?", "32,30 € [1]"),
        ("Wann ist das Lieferdatum?", "28.04.2023 [1]"),
        ("Wie ist die Kundennummer?", "88-1200 [1]"),
    ],
)
def test_invoice_is_answered_and_other_dates_and_numbers_are_told_apart(
    answerer: ExtractiveAnswerer, question: str, expected: str
) -> None:
    assert asked(question, answerer, written_page(INVOICE)).text == expected


def test_citation_quotes_words_that_stand_in_its_boxes(answerer: ExtractiveAnswerer) -> None:
    page = written_page(RECEIPT)
    [citation] = asked("Who is the seller?", answerer, page).citations
    boxed = " ".join(word.text for box in citation.boxes for word in words_in(box, page.words))
    assert "HARTWELL STATIONERS LTD" in citation.text
    assert "HARTWELL STATIONERS LTD" in boxed
    assert citation.block_ids


def test_what_a_document_does_not_say_is_not_made_up(answerer: ExtractiveAnswerer) -> None:
    minutes = written_page("# Minutes\n\nThe board met and spoke about the garden.\n\nNobody had anything to add.")
    for question in ("What is the total?", "What is the invoice number?", "What is the date?"):
        assert not asked(question, answerer, minutes).citations


def test_without_facts_the_words_of_the_question_are_needed() -> None:
    plain = ExtractiveAnswerer(open_embedder(Settings(embedding_model="embedded")), answers_facts=False)
    assert not asked("Which company issued the receipt?", plain, written_page(RECEIPT)).citations


def test_several_documents_are_each_answered_where_their_words_do_not(answerer: ExtractiveAnswerer) -> None:
    answer = asked(
        "Which company issued the receipt?", answerer, written_page(RECEIPT), written_page(INVOICE), alone=False
    )
    assert {citation.name for citation in answer.citations} <= {"scan-0.pdf", "scan-1.pdf"}


@pytest.mark.parametrize(
    ("question", "fact"),
    [
        ("What is the total?", Fact.GROSS),
        ("Кто выставил счёт?", Fact.ISSUER),
        ("开票日期是哪天？", Fact.DATE),
        ("Wat is het factuurnummer?", Fact.NUMBER),
        ("Quel est le total HT ?", Fact.NET),
        ("When is payment due?", None),
        ("Who is the customer?", None),
        ("What is the VAT number?", None),
        ("What is the total of row 3?", None),
        ("How much change was given?", None),
    ],
)
def test_fact_that_a_question_asks_for(question: str, fact: Fact | None) -> None:
    embedder = open_embedder(Settings(embedding_model="embedded"))
    assert asked_fact(Question.of(question), embedder) is fact


def test_without_an_embedder_a_question_must_consist_of_known_words() -> None:
    assert asked_fact(Question.of("Wie hoch ist der Gesamtbetrag?"), None) is Fact.GROSS
    assert asked_fact(Question.of("How much did I spend there?"), None) is None


def test_question_about_something_on_the_page_says_more_than_a_fact() -> None:
    question = Question.of("What is the total for the Montage?")
    assert says_more(question, Fact.GROSS, INVOICE)
    assert not says_more(Question.of("What is the total?"), Fact.GROSS, INVOICE)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("14 Mar 2018 18:40", "2018-03-14"),
        ("19/02/201816:45", "2018-02-19"),
        ("2024年3月5日", "2024-03-05"),
        ("令和6年3月5日", "2024-03-05"),
        ("二〇二四年三月二十三日", "2024-03-23"),
        ("١٥/٠٣/٢٠٢٤", "2024-03-15"),
        ("15 مارس 2024", "2024-03-15"),
        ("1er janvier 2023", "2023-01-01"),
        ("15 марта 2024 г.", "2024-03-15"),
        ("2024. 3. 5.", "2024-03-05"),
    ],
)
def test_dates_of_any_script_are_normalised(text: str, value: str) -> None:
    assert [date.value for date in dates_in(text)] == [value]


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("1.234,50 €", ["1234.50"]),
        ("GST @6%: $0.46", ["0.46"]),
        ("١٢٣٫٥٠ ر.س", ["123.50"]),
        ("¥1,234", ["1234.00"]),
        ("5.90SR", ["5.90"]),
        ("-0.01", ["-0.01"]),
        ("16,00-", ["-16.00"]),
        ("Mo.-Fr. 08.30", ["8.30"]),
    ],
)
def test_amounts_of_any_script_are_normalised(text: str, values: list[str]) -> None:
    assert [amount.value for amount in amounts_in(text) if not amount.is_bare] == values


def test_name_is_found_without_its_register_number_and_its_address() -> None:
    page = written_page("Voss & Sohn KG (HRB 4411)\n\nVoss & Sohn KG · Lindenallee 8 · 20095 Hamburg")
    assert "Voss & Sohn KG" in {each.text for each in sheet_of(page).of(Kind.NAME)}
    assert [each.text for each in sheet_of(page).of(Kind.NAME)].count("Voss & Sohn KG") == 2


def test_page_without_words_states_nothing() -> None:
    page = Page(number=1, width=595, height=842, engine="test/1")
    assert all(stated_fact(fact, [page]) is None for fact in Fact)


def test_unlikely_facts_come_with_a_note_and_likely_ones_without(answerer: ExtractiveAnswerer) -> None:
    assert not asked("What is the total?", answerer, written_page(RECEIPT)).notes


def test_probabilities_of_a_fact_add_up_to_at_most_one() -> None:
    for ranked in learned_scorer().scored(sheet_of(written_page(INVOICE))).values():
        assert 0 < sum(each.probability for each in ranked) <= 1 + 1e-6


def test_question_about_one_row_is_left_to_the_labels(answerer: ExtractiveAnswerer) -> None:
    answer = asked("What is the total for the Montage?", answerer, written_page(INVOICE))
    assert "202,30" not in answer.text


def test_document_is_said_not_to_state_a_fact(answerer: ExtractiveAnswerer) -> None:
    page = written_page("# Minutes\n\nThe board met and spoke about the total of its work.")
    assert "does not say its total" in asked("What is the total?", answerer, page).text
