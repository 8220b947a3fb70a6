from collections.abc import Callable, Iterator

import pytest

from docintel.answering import ExtractiveAnswerer, ask
from docintel.answering.evidence import evidence_on
from docintel.answering.lines import grids_of, lines_of
from docintel.answering.question import AnswerKind, Question, kind_of
from docintel.embedding import SentenceEmbedder, open_embedder
from docintel.errors import NotFound
from docintel.model import Answer, BBox, Block, BlockLabel, Document, Filters, Page, Word
from docintel.retrieval import Found, Retriever
from docintel.settings import Settings
from docintel.text.spans import words_in
from tests.shelf import Shelf, written_page

INVOICE = """
# INVOICE

Invoice number: HX-771   Date: 4 May 2024
Customer: Blue Door Bakery

| Item | Quantity | Unit price | Amount |
| Oak shelf | 4 | 25.00 | 100.00 |
| Pine table | 1 | 310.00 | 310.00 |

VAT 20 %   82.00
Invoice total   492.00

Please pay within thirty days. Goods stay ours until they are paid for.
"""
FORM = """
# Registration

Surname   First name   Date of birth
Okafor   Chidinma   12/09/1988
"""

Ask = Callable[..., Answer]


@pytest.fixture(scope="module")
def embedder() -> SentenceEmbedder:
    return open_embedder(Settings(embedding_model="embedded"))


@pytest.fixture
def shelf(embedder: SentenceEmbedder) -> Iterator[Shelf]:
    shelf = Shelf(embedder)
    yield shelf
    shelf.close()


@pytest.fixture
def asked(shelf: Shelf, embedder: SentenceEmbedder) -> Ask:
    def answer(question: str, **filters: object) -> Answer:
        return ask(
            question,
            library=shelf,
            retriever=Retriever(shelf, embedder),
            answerer=ExtractiveAnswerer(embedder),
            filters=Filters.model_validate(filters),
        )

    return answer


def boxed_text(shelf: Shelf, answer: Answer) -> str:
    """What stands in the boxes of the first citation."""
    citation = answer.citations[0]
    page = shelf.page(citation.document_id, citation.page_number)
    return " ".join(word.text for box in citation.boxes for word in words_in(box, page.words))


@pytest.mark.parametrize(
    ("question", "value"),
    [
        ("What is the invoice total?", "492.00"),
        ("What is the invoice number?", "HX-771"),
        ("Who is the customer?", "Blue Door Bakery"),
        ("How much VAT is charged?", "82.00"),
        ("What is the unit price of the oak shelf?", "25.00"),
        ("What is the quantity of the pine table?", "1"),
        ("What is the date of the invoice?", "4 May 2024"),
    ],
)
def test_a_question_about_a_labelled_value_is_answered_with_the_value(
    shelf: Shelf, asked: Ask, question: str, value: str
) -> None:
    shelf.add("invoice.pdf", written_page(INVOICE))
    answer = asked(question)
    assert answer.text == f"{value} [1]"
    assert value in answer.citations[0].text
    assert value in boxed_text(shelf, answer)


def test_a_value_below_its_label_is_found(shelf: Shelf, asked: Ask) -> None:
    shelf.add("form.pdf", written_page(FORM))
    assert asked("What is the date of birth?").text == "12/09/1988 [1]"
    assert asked("What is the surname?").text == "Okafor [1]"


def test_boxes_are_tight_around_label_and_value(shelf: Shelf, asked: Ask) -> None:
    shelf.add("invoice.pdf", written_page(INVOICE))
    answer = asked("What is the invoice total?")
    assert boxed_text(shelf, answer) == "Invoice total 492.00"
    assert answer.citations[0].block_ids == ("b3",)
    assert answer.citations[0].name == "invoice.pdf" and answer.citations[0].page_number == 1


@pytest.mark.parametrize(
    ("text", "question", "value"),
    [
        (
            "# Rechnung\n\nNettobetrag   100,00 EUR\nGesamtbetrag   119,00 EUR",
            "Wie hoch ist der Rechnungsbetrag?",
            "119,00",
        ),
        ("# FACTURE\n\nTotal HT   100,00 €\nNet à payer   120,00 €", "Quel est le montant à payer ?", "120,00"),
        ("# 发票\n\n合计：810.00   日期：2024年5月18日", "合计是多少？", "810.00"),
        ("# 請求書\n\n小計   1,000円\n合計金額   1,100円", "合計はいくらですか？", "1,100"),
        ("# Счёт\n\nНалог   20,00\nИтого   120,00 руб.", "Какова общая сумма?", "120,00"),
        ("# बिल\n\nऊर्जा शुल्क   1,284.00\nकुल राशि   1,420.50", "कुल राशि कितनी है?", "1,420.50"),
        ("# 계약서\n\n보증금   5,000,000원\n월세   850,000원", "월세는 얼마입니까?", "850,000"),
        ("# ใบแจ้งหนี้\n\nภาษี   700.00\nยอดรวม   10,700.00", "ยอดรวมเท่าไหร่", "10,700.00"),
    ],
)
def test_values_are_found_in_every_script(shelf: Shelf, asked: Ask, text: str, question: str, value: str) -> None:
    shelf.add("page.pdf", written_page(text))
    answer = asked(question)
    assert answer.text.startswith(value)
    assert value in boxed_text(shelf, answer)


def test_arabic_is_read_from_right_to_left(shelf: Shelf, asked: Ask) -> None:
    text = "# فاتورة\n\nرقم الفاتورة: 4521   التاريخ: 12/03/2024\nالمبلغ الإجمالي   1380.00"
    shelf.add("page.pdf", written_page(text, right_to_left=True))
    assert asked("ما هو المبلغ الإجمالي؟").text == "1380.00 [1]"
    assert asked("ما هو رقم الفاتورة؟").text == "4521 [1]"


def test_other_questions_are_answered_with_the_best_sentence(shelf: Shelf, asked: Ask) -> None:
    shelf.add("invoice.pdf", written_page(INVOICE))
    answer = asked("Within how many days must we pay?")
    assert answer.text == "Please pay within thirty days. [1]"
    assert boxed_text(shelf, answer) == "Please pay within thirty days."


def test_meaning_answers_where_words_differ(shelf: Shelf, asked: Ask) -> None:
    shelf.add("lease.pdf", written_page("Smoking is not allowed inside the flat.\n\nThe rent is paid monthly."))
    assert asked("Is smoking permitted?").text == "Smoking is not allowed inside the flat. [1]"


@pytest.mark.parametrize(
    "question",
    [
        "Who won the 1998 world cup?",
        "What is the customer's phone number?",
        "What is the price of the walnut desk?",
        "Wie heißt der Bundeskanzler?",
        "谁是总统？",
        "ما هي عاصمة مصر؟",
    ],
)
def test_a_question_that_nothing_answers_is_not_answered(shelf: Shelf, asked: Ask, question: str) -> None:
    shelf.add("invoice.pdf", written_page(INVOICE))
    answer = asked(question)
    assert answer.citations == ()
    assert answer.text.startswith("Nothing found")


def test_a_refusal_shows_what_comes_nearest(shelf: Shelf, asked: Ask) -> None:
    document = shelf.add("invoice.pdf", written_page(INVOICE))
    answer = asked("What was paid last year?")
    assert not answer.citations and 0 < len(answer.nearest) <= 3
    assert any("thirty days" in each.text for each in answer.nearest)
    assert all(each.document_id == document.id and each.boxes for each in answer.nearest)


def test_a_refusal_names_the_words_that_are_missing(shelf: Shelf, asked: Ask) -> None:
    shelf.add("invoice.pdf", written_page(INVOICE))
    assert "Everest" in asked("How tall is Mount Everest?").text


def test_a_question_in_another_language_finds_the_label_by_its_meaning(shelf: Shelf, asked: Ask) -> None:
    shelf.add("rechnung.pdf", written_page("# Rechnung\n\nRechnungsnummer: 17   Gesamtbetrag: 119,00 EUR"))
    assert asked("What is the invoice total?").text == "119,00 EUR [1]"


def test_answers_of_several_documents_name_them(shelf: Shelf, asked: Ask) -> None:
    shelf.add("one.pdf", written_page("# INVOICE\n\nInvoice total   10.00"))
    shelf.add("two.pdf", written_page("# INVOICE\n\nInvoice total   20.00"))
    answer = asked("What is the invoice total?")
    assert sorted(line.rpartition(" ")[0] for line in answer.text.splitlines()) == ["one.pdf: 10.00", "two.pdf: 20.00"]
    assert [f"[{n}]" in line for n, line in enumerate(answer.text.splitlines(), start=1)] == [True, True]
    assert {citation.name for citation in answer.citations} == {"one.pdf", "two.pdf"}


def test_filters_choose_the_document(shelf: Shelf, asked: Ask) -> None:
    shelf.add("one.pdf", written_page("# INVOICE\n\nInvoice total   10.00"))
    second = shelf.add("two.pdf", written_page("# INVOICE\n\nInvoice total   20.00"))
    assert asked("What is the invoice total?", documents=(second.id,)).text == "20.00 [1]"


def test_notes_of_the_search_reach_the_reader(shelf: Shelf, asked: Ask) -> None:
    shelf.add("επιστολή.pdf", written_page("Η εγγύηση ανέρχεται σε διακόσια ευρώ."))
    assert "by words alone" in asked("Πόση είναι η εγγύηση;").notes[0]


def test_another_document_s_own_words_come_before_what_only_means_the_same(shelf: Shelf, asked: Ask) -> None:
    shelf.add("发票.pdf", written_page("# 发票\n\n合计：   810.00 元\n税额：   105.30 元"))
    shelf.add("rechnung.pdf", written_page("# Rechnung Nr. 7\n\nGesamtbetrag:   2.706,06 EUR"))
    assert "2.706,06" in asked("Wie hoch ist der Rechnungsbetrag?").text


@pytest.mark.parametrize("question", ["", "   ", "???", "\x00", "[1]", "a" * 3_000, '"; DROP TABLE'])
def test_any_question_is_answered_without_an_error(shelf: Shelf, asked: Ask, question: str) -> None:
    shelf.add("invoice.pdf", written_page(INVOICE))
    assert asked(question).text


def test_a_page_deleted_meanwhile_is_left_out(shelf: Shelf, embedder: SentenceEmbedder) -> None:
    class Emptied:
        def document(self, document_id: str) -> Document:
            raise NotFound(f"There is no document {document_id!r}.")

        def page(self, document_id: str, number: int) -> Page:
            raise NotFound(f"There is no page {number} of {document_id!r}.")

        def page_image(self, document_id: str, number: int) -> bytes:
            raise NotFound(f"There is no page {number} of {document_id!r}.")

    shelf.add("invoice.pdf", written_page(INVOICE))
    found = Retriever(shelf, embedder).search("invoice total")
    assert found.hits
    assert ExtractiveAnswerer().answer("invoice total?", found, Emptied()).citations == ()


def test_an_empty_library_answers_that_it_found_nothing(shelf: Shelf) -> None:
    assert ExtractiveAnswerer().answer("What is the total?", Found(), shelf).citations == ()


def test_a_page_without_words_is_answered_from_its_blocks(shelf: Shelf, asked: Ask) -> None:
    bbox = BBox(x0=0.1, y0=0.1, x1=0.9, y1=0.2)
    block = Block(
        id="k", label=BlockLabel.KEY_VALUE, bbox=bbox, text="Policy number: 8813\nInsured: Ann Lee", language="en"
    )
    shelf.add("policy.pdf", Page(number=1, width=595, height=842, blocks=(block,), engine="test/1"))
    answer = asked("What is the policy number?")
    assert answer.text == "8813 [1]"
    boxes = answer.citations[0].boxes
    assert boxes
    assert [bbox.overlap(box) for box in boxes] == pytest.approx([box.area for box in boxes])


def test_lines_of_a_skewed_page_are_levelled() -> None:
    words = [
        Word(text=f"w{row}-{n}", bbox=BBox.from_corners(0.05 + 0.1 * n, y, 0.12 + 0.1 * n, y + 0.012))
        for row in range(12)
        for n in range(9)
        for y in [0.1 + 0.025 * row + 0.035 * (0.1 * n)]
    ]
    page = Page(number=1, width=595, height=842, words=tuple(words), engine="test/1")
    assert [len([w for s in line.segments for w in s.words]) for line in lines_of(page)] == [9] * 12


def test_columns_without_borders_are_seen() -> None:
    page = written_page(
        "| Item | Price | Shelf |\n| Oak plank | 46 | A1 |\n| Ash | 38 | A2 |\n| Glue, 5 kg | 24 | C1 |"
    )
    (grid,) = grids_of(lines_of(page), page)
    assert [[cell.text if cell else None for cell in row] for row in grid.rows][1:3] == [
        ["Oak plank", "46", "A1"],
        ["Ash", "38", "A2"],
    ]


def test_evidence_quotes_only_what_the_page_says() -> None:
    page = written_page(INVOICE)
    written = "".join(word.text for word in page.words)
    quotes = [evidence.quote for evidence in evidence_on(page)]
    assert len(quotes) > 5
    assert [quote for quote in quotes if not all(piece in written for piece in quote.split())] == []


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("When does it end?", AnswerKind.DATE),
        ("Wie hoch ist die Miete?", AnswerKind.NUMBER),
        ("Кто директор?", AnswerKind.NAME),
        ("多少钱？", AnswerKind.NUMBER),
        ("いつですか", AnswerKind.DATE),
        ("What is allowed?", None),
    ],
)
def test_the_kind_of_answer_is_seen_in_the_question(question: str, kind: AnswerKind | None) -> None:
    assert kind_of(question) is kind


def test_what_only_asks_is_no_content() -> None:
    assert Question.of("How long does the replacement take?").words == ("replacement", "take")
    assert Question.of("合计是多少？").words == ("合计",)


def test_label_with_nothing_beside_it_is_no_answer(shelf: Shelf, asked: Ask) -> None:
    text = "Name of witness:\n\nTelephone:\n\nThe witness saw a grey van near the bridge at nine."
    shelf.add("statement.pdf", written_page(text))
    answer = asked("What is the name of the witness?")
    assert not answer.citations
    assert "“Name of witness:”, page 1" in answer.text
    assert asked("Where was the grey van?").citations


def test_blank_form_leaves_other_documents_their_answer(shelf: Shelf, asked: Ask) -> None:
    shelf.add("blank.pdf", written_page("Claim number:\n\nPolicy holder:"))
    shelf.add("filled.pdf", written_page("Claim number: KL-881\n\nPolicy holder: Ana Petrov"))
    answer = asked("What is the claim number?")
    assert [citation.name for citation in answer.citations] == ["filled.pdf"]


def test_blank_here_that_is_filled_in_there_is_no_blank(shelf: Shelf, asked: Ask) -> None:
    shelf.add(
        "claim.pdf",
        written_page("Claim number:\n\nPolicy holder: Ana Petrov"),
        written_page("Claim number: KL-881", number=2),
    )
    answer = asked("What is the claim number?")
    assert answer.text.startswith("KL-881")
    assert [citation.page_number for citation in answer.citations] == [2]


def test_date_is_not_how_much_something_costs(shelf: Shelf, asked: Ask) -> None:
    head, rent = "| Datum | Vorgang | Soll | Haben | Saldo |", "| 04.03.2024 | Miete | 890,00 | - | 1.520,55 |"
    shelf.add("konto.pdf", written_page(f"{head}\n{rent}\n| 11.03.2024 | Gehalt | - | 2.735,20 | 4.255,75 |"))
    answer = asked("Wie hoch war die Miete?")
    assert "890,00" in answer.text and "2.735,20" not in answer.text
