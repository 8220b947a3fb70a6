import pytest

from docintel.full_text import NOT_ALL, find
from docintel.lexicon import compound_parts, stop_words
from docintel.model import Filters
from docintel.text.query import SearchQuery, parse
from docintel.text.query.occurrences import folded_spans, occurrences, patterns_of
from tests.shelf import Shelf, written_page

EVERYTHING = Filters()


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("unpaid invoice", SearchQuery("unpaid invoice")),
        ('"net 30 days" late', SearchQuery("late", ("net 30 days",))),
        ("„drei Monate“ «trois mois» 「三か月」", SearchQuery("", ("drei Monate", "trois mois", "三か月"))),
        ('"net 30 da', SearchQuery("", ("net 30 da",))),
        ("invoice -draft", SearchQuery("invoice", (), ("draft",))),
        ('invoice -"first draft"', SearchQuery("invoice", (), ("first draft",))),
        ("e-mail", SearchQuery("e-mail")),
        ("pay - later", SearchQuery("pay later")),
        ("invoice -", SearchQuery("invoice")),
        ('5" pipe', SearchQuery("5 pipe")),
        ('""', SearchQuery()),
        ("-draft", SearchQuery(excluded=("draft",))),
        ("rock'n'roll", SearchQuery("rock'n'roll")),
    ],
)
def test_quotes_make_phrases_and_a_minus_before_a_word_leaves_it_out(typed: str, read: SearchQuery) -> None:
    assert parse(typed) == read


@pytest.mark.parametrize("typed", ["", " ", "-draft", "…", '"', "-", '-"a b'])
def test_a_query_that_says_nothing_to_look_for_is_empty(typed: str) -> None:
    assert parse(typed).is_empty


def test_no_query_is_an_error(shelf: Shelf) -> None:
    for typed in [
        '"',
        'a"b"c',
        "NEAR(a b)",
        "terms:x",
        "a AND",
        "x*",
        "-(",
        '"-" -"',
        "((",
        "^a",
        "a NOT b",
        "«",
        "\0",
    ]:
        found(shelf, typed)


@pytest.fixture(scope="module")
def shelf() -> Shelf:
    made = Shelf()
    made.add("english.pdf", written_page("The invoice is due in 30 days.\n\nSend the contract by mail, Mr Müller."))
    made.add("draft.pdf", written_page("This invoice is a draft. It is due on 30 May."))
    made.add("german.pdf", written_page("Die Kündigungsfrist beträgt drei Monate zum Quartalsende."))
    made.add("報告.pdf", written_page("本合同自双方签字之日起生效，租金每月三千元整。"))
    made.add("arabic.pdf", written_page("تاريخ العقد ٢٠٢٤", right_to_left=True))
    return made


def found(shelf: Shelf, typed: str) -> set[str]:
    hits = find(shelf, parse(typed), limit=10, filters=EVERYTHING).hits
    return {shelf.document(hit.chunk.document_id).name for hit in hits}


@pytest.mark.parametrize(
    ("typed", "names"),
    [
        ("invoice due", {"english.pdf", "draft.pdf"}),
        ("inv", {"english.pdf", "draft.pdf"}),
        ("contr", {"english.pdf"}),
        ('"due in 30"', {"english.pdf"}),
        ('"in due 30"', set()),
        ('"is due on"', {"draft.pdf"}),
        ("invoice -draft", {"english.pdf"}),
        ('invoice -"due in"', {"draft.pdf"}),
        ("mueller", {"english.pdf"}),
        ("Müller", {"english.pdf"}),
        ("frist", {"german.pdf"}),
        ("kundigungsfrist", {"german.pdf"}),
        ("租金", {"報告.pdf"}),
        ('"每月三千"', {"報告.pdf"}),
        ('"每月二千"', set()),
        ("عقد 2024", {"arabic.pdf"}),
    ],
)
def test_a_passage_is_found_by_all_of_its_words_in_any_script(shelf: Shelf, typed: str, names: set[str]) -> None:
    assert found(shelf, typed) == names


def test_where_no_passage_has_all_words_those_with_some_are_found_and_it_says_so(shelf: Shelf) -> None:
    loose = find(shelf, parse("invoice Quartalsende"), limit=10, filters=EVERYTHING)
    assert (len(loose.hits), loose.notes) == (3, (NOT_ALL,))
    assert not find(shelf, parse("invoice due"), limit=10, filters=EVERYTHING).notes


def test_a_phrase_is_found_behind_many_passages_that_only_have_its_words() -> None:
    shelf = Shelf()
    for number in range(60):
        shelf.add(f"{number}.pdf", written_page("red house red house house red door" if number else "a red door"))
    assert found(shelf, '"a red door"') == {"0.pdf"}
    shelf.close()


@pytest.mark.parametrize(
    ("typed", "text", "marked"),
    [
        ("invoice", "INVOICES and an invoice, paid.", ["INVOICES", "invoice"]),
        ('"in 30"', "Due in 30 days", ["in 30"]),
        ("frist", "Die Kündigungsfrist!", ["Kündigungsfrist"]),
        ("租金", "生效，租金每月三千", ["租金"]),
        ("1234.5", "Total 1,234.50 EUR", ["1,234.50"]),
        ("العقد", "تاريخ العقد", ["العقد"]),
        ("paid -due", "due and paid", ["paid"]),
    ],
)
def test_what_is_looked_for_is_marked_as_it_is_written(typed: str, text: str, marked: list[str]) -> None:
    spans = [each.span for each in occurrences(text, patterns_of(parse(typed), stop_words("en")), compound_parts("de"))]
    assert [text[start:end] for start, end in spans] == marked


def test_a_stretch_is_found_whatever_its_case_accents_and_spaces() -> None:
    text = "Die  KÜNDIGUNGS-\nFrist: ﬁnal"
    assert [text[slice(*span)] for span in folded_spans(text, "kundigungs- frist")] == ["KÜNDIGUNGS-\nFrist"]
    assert [text[slice(*span)] for span in folded_spans(text, "final")] == ["ﬁnal"]
    assert folded_spans(text, " ") == []
