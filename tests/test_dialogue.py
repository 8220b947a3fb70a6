"""Questions that lean on the turns before: understood by rules, asked of the right document, shown as meant."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.dialogues import Dialogue, dialogues, is_understood
from benchmarks.questions import read_document
from docintel.answering import Exchange, ExtractiveAnswerer, ask
from docintel.answering.dialogue import understand
from docintel.model import Answer, Filters
from docintel.retrieval import Retriever
from tests.houses import WordCounts
from tests.shelf import Shelf, written_page

ROOT = Path(__file__).resolve().parent.parent
UNKNOWN = Answer(text="", answerer="test")
KEPT_MISSES = {"Und die Montage?", "消費税は？"}
"""Of the dialogues that were kept for the end: not understood as they should be."""

QUESTIONS = [
    case.question for path in sorted((ROOT / "benchmarks/answers").glob("*.txt")) for case in read_document(path)[1]
]


def misunderstood(dialogue: Dialogue) -> set[str]:
    history: list[Exchange] = []
    missed = set()
    for turn in dialogue.turns:
        follow_up = understand(turn.question, history)
        if history and not is_understood(turn, history)[0]:
            missed.add(turn.question)
        history.append(
            Exchange(turn.question, UNKNOWN.model_copy(update={"understood": follow_up.text if follow_up else ""}))
        )
    return missed


@pytest.mark.parametrize("dialogue", list(dialogues("seen")), ids=lambda each: each.turns[1].question)
def test_follow_ups_are_understood(dialogue: Dialogue) -> None:
    assert misunderstood(dialogue) == set()


@pytest.mark.parametrize("dialogue", list(dialogues("kept")), ids=lambda each: each.turns[1].question)
def test_follow_ups_kept_for_the_end_are_understood(dialogue: Dialogue) -> None:
    assert misunderstood(dialogue) <= KEPT_MISSES


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_question_that_stands_alone_is_left_as_it_is_after_any_other(question: str) -> None:
    changed = [before for before in QUESTIONS if understand(question, [Exchange(before, UNKNOWN)])]
    assert changed == []


@pytest.mark.parametrize(
    ("before", "question", "understood"),
    [
        ("Who signed the contract?", "When?", "When signed the contract?"),
        ("What is the price of the first item?", "and the second one?", "What is the price of the second item?"),
        ("Who is the tenant?", "And the rent?", "What is the rent?"),
        ("What is the total of invoice 88?", "and of invoice 91?", "What is the total of invoice 91?"),
        ("Wann endet der Vertrag?", "Und wann beginnt er?", "Wann beginnt der Vertrag?"),
        ("2022년 매출은 얼마입니까?", "그럼 비용은요?", "2022년 비용은 얼마입니까?"),
        ("월세는 얼마입니까?", "그럼 보증금은요?", "보증금은 얼마입니까?"),
        ("契約はいつ終わりますか？", "なぜですか？", "契約はなぜ終わりますか？"),
        ("租金是多少？", "And the deposit?", "What is the deposit?"),
    ],
)
def test_what_a_follow_up_lacks_comes_from_the_question_before(before: str, question: str, understood: str) -> None:
    follow_up = understand(question, [Exchange(before, UNKNOWN)])
    assert follow_up is not None and follow_up.text == understood


@pytest.mark.parametrize(
    "question",
    [
        "Is it allowed to keep pets?",
        "Gibt es eine Kaution?",
        "请求书番号は？",
        "其他费用是多少？",
        "Invoice total",
        "???",
        "",
    ],
)
def test_what_only_looks_like_a_follow_up_is_none(question: str) -> None:
    assert understand(question, [Exchange("What is the total due?", UNKNOWN)]) is None


def test_without_turns_before_nothing_is_rewritten() -> None:
    assert understand("And the second one?", []) is None


@pytest.fixture
def shelf() -> Iterator[Shelf]:
    opened = Shelf(WordCounts())
    opened.add(
        "lease.pdf", written_page("# Lease\n\nMonthly rent: 900 euros\n\nDeposit: 1,800 euros\n\nTenant: Ada Byron")
    )
    opened.add("other.pdf", written_page("# Sublease\n\nDeposit: 77 euros\n\nParking: 45 euros"))
    yield opened
    opened.close()


def talk(shelf: Shelf, *questions: str, filters: Filters | None = None) -> list[Answer]:
    history: list[Exchange] = []
    for question in questions:
        retriever = Retriever(shelf, WordCounts())
        answer = ask(
            question,
            library=shelf,
            retriever=retriever,
            answerer=ExtractiveAnswerer(),
            filters=filters,
            history=history,
        )
        history.append(Exchange(question, answer))
    return [exchange.answer for exchange in history]


def names(answer: Answer) -> set[str]:
    return {citation.name for citation in answer.citations}


def test_a_follow_up_is_asked_of_the_document_that_was_cited(shelf: Shelf) -> None:
    first, second = talk(shelf, "What is the monthly rent?", "And the deposit?")
    assert first.understood == "" and names(first) == {"lease.pdf"}
    assert second.understood == "What is the deposit?"
    assert "1,800" in second.text and names(second) == {"lease.pdf"}
    assert "Asked of “lease.pdf”, which the answer before cites." in second.notes


def test_where_that_document_says_nothing_all_are_asked(shelf: Shelf) -> None:
    answer = talk(shelf, "What is the monthly rent?", "And the parking?")[-1]
    assert "45" in answer.text and names(answer) == {"other.pdf"}
    assert any("does not answer this" in note for note in answer.notes)


def test_where_an_answer_stands_is_told_from_its_citations(shelf: Shelf) -> None:
    first, place, third = talk(shelf, "What is the monthly rent?", "In which document?", "And the deposit?")
    assert place.text == "lease.pdf, page 1 [1]"
    assert place.citations == first.citations
    assert third.understood == "What is the deposit?", "it leans on the question before that"


def test_the_second_of_several_is_the_second_that_was_cited(shelf: Shelf) -> None:
    both, second = talk(shelf, "What is the deposit?", "and the second one?")
    assert len(names(both)) == 2
    assert names(second) == {both.citations[1].name}


def test_the_documents_that_the_reader_chose_are_kept_to(shelf: Shelf) -> None:
    other = next(hit.chunk.document_id for hit in Retriever(shelf, WordCounts()).search("Parking").hits)
    answer = talk(shelf, "What is the deposit?", "And the monthly rent?", filters=Filters(documents=(other,)))[-1]
    assert names(answer) <= {"other.pdf"}
