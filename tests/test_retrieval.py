from collections.abc import Iterator

import numpy as np
import pytest
from numpy.typing import NDArray

from docintel.embedding import SentenceEmbedder, open_embedder
from docintel.model import Filters
from docintel.retrieval import ExactIndex, Retriever
from docintel.settings import Settings
from tests.shelf import Shelf, written_page


@pytest.fixture(scope="module")
def embedder() -> SentenceEmbedder:
    return open_embedder(Settings(embedding_model="embedded"))


@pytest.fixture(scope="module")
def shelf(embedder: SentenceEmbedder) -> Iterator[Shelf]:
    yield from filled(embedder)


@pytest.fixture(scope="module")
def english() -> SentenceEmbedder:
    return open_embedder(Settings(embedding_model="english"))


@pytest.fixture(scope="module")
def english_shelf(english: SentenceEmbedder) -> Iterator[Shelf]:
    yield from filled(english)


@pytest.fixture(scope="module")
def english_retriever(english_shelf: Shelf, english: SentenceEmbedder) -> Retriever:
    return Retriever(english_shelf, english, advice="Do something about it.")


def filled(embedder: SentenceEmbedder) -> Iterator[Shelf]:
    shelf = Shelf(embedder)
    shelf.add("lease.pdf", written_page("The lease ends on 31 March 2025.\n\nCats are not allowed in the flat."))
    shelf.add("brief.pdf", written_page("Sehr geehrte Frau Meier, die Kündigungsfrist beträgt drei Monate."))
    shelf.add("報告.pdf", written_page("本合同自双方签字之日起生效，租金每月三千元整。"))
    shelf.add(
        "two.pdf",
        written_page("Invoice 17 for the repair of a bicycle."),
        written_page("Invoice 18 for the repair of a boat.", number=2),
        collection="bills",
    )
    yield shelf
    shelf.close()


@pytest.fixture(scope="module")
def retriever(shelf: Shelf, embedder: SentenceEmbedder) -> Retriever:
    return Retriever(shelf, embedder)


def test_both_legs_find_what_both_can_find(retriever: Retriever) -> None:
    found = retriever.search("When does the lease end?")
    assert found.hits[0].chunk.text.startswith("The lease ends")
    assert found.hits[0].retrievers == ("lexical", "dense")
    assert found.notes == ()


def test_meaning_finds_what_words_do_not(retriever: Retriever) -> None:
    found = retriever.search("Are pets permitted in the apartment?")
    assert "Cats" in found.hits[0].chunk.text
    assert "dense" in found.hits[0].retrievers


@pytest.mark.parametrize(
    ("question", "text", "language"),
    [("Wie lang ist die Kündigungsfrist?", "Kündigungsfrist", "German"), ("租金是多少？", "租金", "unclear")],
)
def test_a_question_in_a_language_that_the_model_does_not_know_is_lexical_only(
    english_retriever: Retriever, question: str, text: str, language: str
) -> None:
    found = english_retriever.search(question)
    assert text in found.hits[0].chunk.text
    assert {hit.retrievers for hit in found.hits} == {("lexical",)}
    assert len(found.notes) == 1 and found.notes[0].startswith("Found by words alone") and language in found.notes[0]
    assert found.notes[0].endswith("Do something about it.")


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("自転車の修理の請求書", "repair of a bicycle"),
        ("¿Se permiten gatos en el apartamento?", "Cats are not allowed"),
        ("How many months is the notice period?", "Kündigungsfrist"),
        ("Сколько составляет месячная арендная плата?", "租金"),
    ],
)
def test_a_question_finds_what_answers_it_in_another_language(retriever: Retriever, question: str, text: str) -> None:
    found = retriever.search(question)
    assert text in found.hits[0].chunk.text and "dense" in found.hits[0].retrievers
    assert found.notes == ()


def test_a_few_letters_may_be_in_any_language_of_their_script_that_the_model_knows(retriever: Retriever) -> None:
    assert retriever.search("租金").notes == ()
    assert "the question is in" in retriever.search("ενοίκιο").notes[0]


def test_the_dense_leg_has_no_vote_for_chunks_in_other_languages(
    english_retriever: Retriever, english_shelf: Shelf, english: SentenceEmbedder
) -> None:
    question = "When does the lease end, and what does Frau Meier say about the Kündigungsfrist in her letter?"
    [(_, similarity)] = ExactIndex(english_shelf).query(english.query(question), 1, Filters(languages=("de",)))
    assert similarity > english.scale.floor, "it would be near enough"
    found = english_retriever.search(question, limit=100)
    assert {hit.chunk.language for hit in found.hits if "dense" in hit.retrievers} == {"en"}
    assert {hit.retrievers for hit in found.hits if hit.chunk.language == "de"} == {("lexical",)}


def test_filters_are_kept(retriever: Retriever, shelf: Shelf) -> None:
    bills = retriever.search("invoice repair", filters=Filters(collection="bills"))
    assert {shelf.document(hit.chunk.document_id).name for hit in bills.hits} == {"two.pdf"}
    second = retriever.search("invoice repair", filters=Filters(collection="bills", pages=(2,)))
    assert [hit.chunk.page_number for hit in second.hits] == [2]
    document = bills.hits[0].chunk.document_id
    one = retriever.search("Invoice for the lease of a boat", filters=Filters(documents=(document,)))
    assert {hit.chunk.document_id for hit in one.hits} == {document}
    german = retriever.search("lease Kündigungsfrist", filters=Filters(languages=("de",)))
    assert {hit.chunk.language for hit in german.hits} == {"de"}


def test_a_filter_for_languages_that_the_model_does_not_know_says_so(english_retriever: Retriever) -> None:
    found = english_retriever.search("When does the lease end?", filters=Filters(languages=("de",)))
    assert "by words alone" in found.notes[0]


def test_a_hit_says_why_it_was_found_when_asked(retriever: Retriever) -> None:
    question = "When do the leases of these flats end?"
    plain, found = retriever.search(question), retriever.search(question, explain=True)
    assert all(hit.explanation is None for hit in plain.hits)
    assert [hit.model_copy(update={"explanation": None}) for hit in found.hits] == list(plain.hits)
    why = [hit.explanation for hit in found.hits if hit.explanation]
    assert [each.rank for each in why] == list(range(1, len(found.hits) + 1))
    best = why[0]
    assert best.lexical and best.lexical.rank == 1 and best.lexical.score > 0 and best.lexical.weight == 1
    assert best.dense and best.dense.rank == 1 and 0 < best.dense.score <= 1
    assert {match.term: match.written for match in best.terms} == {"leases": ("lease",)}


def test_an_explanation_holds_the_score(retriever: Retriever) -> None:
    for hit in retriever.search("How many months is the Kündigungsfrist?", explain=True).hits:
        assert hit.explanation is not None
        made = [each for each in (hit.explanation.lexical, hit.explanation.dense) if each]
        assert hit.score == pytest.approx(sum(each.weight / (60 + each.rank) for each in made))


def test_limits_cut_the_same_order(retriever: Retriever) -> None:
    every = retriever.search("invoice for the repair of the lease", limit=50).hits
    assert retriever.search("invoice for the repair of the lease", limit=2).hits == every[:2]
    assert [hit.score for hit in every] == sorted((hit.score for hit in every), reverse=True)


@pytest.mark.parametrize("question", ["", "   ", "???", '"; DROP TABLE', "\x00", "12", "a" * 5_000])
def test_any_question_is_searched_without_an_error(retriever: Retriever, question: str) -> None:
    retriever.search(question)


def test_an_empty_library_finds_nothing(embedder: SentenceEmbedder) -> None:
    empty = Shelf(embedder)
    assert Retriever(empty, embedder).search("anything at all").hits == ()
    empty.close()


def test_vectors_of_another_model_are_never_compared(shelf: Shelf, embedder: SentenceEmbedder) -> None:
    class Wider(SentenceEmbedder):
        def query(self, text: str) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
            return np.concatenate([super().query(text), super().query(text)])

    found = Retriever(shelf, Wider(embedder._source)).search("When does the lease end?")
    assert {hit.retrievers for hit in found.hits} == {("lexical",)}
    assert "reindex" in found.notes[0]


def test_exact_search_returns_the_nearest_best_first(shelf: Shelf, embedder: SentenceEmbedder) -> None:
    nearest = ExactIndex(shelf).query(embedder.query("When does the lease end?"), 3, Filters())
    assert len(nearest) == 3
    assert [similarity for _, similarity in nearest] == sorted((s for _, s in nearest), reverse=True)


def test_a_name_in_another_language_counts_less_than_what_a_passage_means(embedder: SentenceEmbedder) -> None:
    class MostAlike(ExactIndex):
        def query(self, vector: NDArray[np.float32], limit: int, filters: Filters) -> list[tuple[str, float]]:
            return super().query(vector, min(limit, 1), filters)

    shelf = Shelf(embedder)
    shelf.add("pump.pdf", written_page("The pump P31 must never run dry, and its oil is changed every year."))
    shelf.add("rent.pdf", written_page("The monthly rent for the apartment is nine hundred euros."))
    found = Retriever(shelf, embedder, MostAlike(shelf)).search("Wie hoch ist die monatliche Miete der Wohnung P31?")
    names = [(shelf.document(hit.chunk.document_id).name, hit.retrievers) for hit in found.hits]
    assert names == [("rent.pdf", ("dense",)), ("pump.pdf", ("lexical",))]
    assert found.hits[1].score < found.hits[0].score / 5
    shelf.close()
