"""The learned ranker of answers: forms of values, the networks as they were learned, answers in doubt."""

from pathlib import Path

import numpy as np
import pytest
import torch

from docintel.answering import ExtractiveAnswerer, ask
from docintel.answering.question import Question
from docintel.answering.ranking import candidates_on, rank, scan
from docintel.answering.ranking.features import GROUPS, Known
from docintel.answering.ranking.forms import FORMS, forms_of
from docintel.answering.ranking.ranker import Ranker
from docintel.embedding import SentenceEmbedder, open_embedder
from docintel.retrieval import Retriever
from docintel.settings import Settings
from tests.shelf import Shelf, written_page
from training.answering.fitting import Network, Scale, items, save, together
from training.answering.plain import plain_cases

BILL = """
# Stadtwerke Nordheim

Zählernummer   4711-88
Verbrauch   2.410 kWh
Abschlag   84,00 EUR
"""

FOLIO = """
Folio of room 12

Date        Description            Ref      Charges
10 May      Dog supplement         pet      15.00
10 May      Breakfast for two      food     31.00
11 May      Parking in the yard    car      12.50
"""


@pytest.fixture(scope="module")
def embedder() -> SentenceEmbedder:
    return open_embedder(Settings(embedding_model="embedded"))


@pytest.mark.parametrize(
    ("value", "forms"),
    [
        ("2. März 2021", {"date", "year", "digits"}),
        ("٢٠٢٤/٠٥/١٢", {"date", "digits", "number"}),
        ("1.204,50 €", {"money", "digits", "number"}),
        ("14:30", {"time"}),
        ("7,5 %", {"percent"}),
        ("KF-2291/B", {"code"}),
        ("info@example.org", {"contact"}),
        ("Bäckerei Blau GmbH", {"firm", "capitals", "letters"}),
        ("☑ ja", {"tick"}),
        ("", {"empty"}),
        ("請求書は月末までにお支払いください。", {"sentence", "letters"}),
    ],
)
def test_a_value_shows_its_form_in_any_script(value: str, forms: set[str]) -> None:
    shown = {name for name, is_so in zip(FORMS, forms_of(value), strict=True) if is_so}
    assert forms <= shown, shown


def test_the_ranker_shares_what_was_learned_in_torch(tmp_path: Path) -> None:
    chance = np.random.default_rng(2)
    width = sum(map(len, GROUPS.values()))

    def known_of_some(count: int) -> Known:
        numbers = chance.normal(size=(count, width)).astype(np.float32)
        return Known((chance.normal(size=512) / 22).astype(np.float32), numbers, chance.random(4).astype(np.float32))

    def of_what_was_read(known: Known) -> Known:
        return known.read([0], np.array([1.5], dtype=np.float32), np.array([0.4], dtype=np.float32))

    learned = [known_of_some(count) for count in (1, 2, 9, 40)]
    for number, every in enumerate([learned, [of_what_was_read(each) for each in learned]]):
        scale = Scale.of(every)
        torch.manual_seed(1)
        networks = [Network(every[0].candidates.shape[1], 4, 512, every[0].compared).eval() for _ in range(2)]
        path = tmp_path / f"ranker-{number}.npz"
        save(networks, scale, path, temperature=1.7, model="m")
        ranker = Ranker(path)
        assert ranker.model == "m"
        right = np.zeros(40, dtype=bool)
        batch = together(items([(each, right[: len(each.candidates)]) for each in every], scale))
        with torch.no_grad():
            expected = torch.stack([torch.softmax(network(batch) / 1.7, 1) for network in networks]).mean(0).numpy()
        for each, shares in zip(every, expected, strict=True):
            count = len(each.candidates)
            assert np.abs(ranker.shares(each) - [*shares[:count], shares[-1]]).max() < 5e-3


def test_candidates_that_say_the_same_are_one_answer(embedder: SentenceEmbedder) -> None:
    shelf = Shelf()
    page = written_page(BILL + "\nDer Abschlag von 84,00 EUR ist monatlich fällig.\n")
    document = shelf.add("bill.pdf", page)
    question = Question.of("Wie hoch ist der Abschlag?")
    ranking = rank(question, scan(question, candidates_on(question, [(document, page)]), embedder))
    shelf.close()
    best = ranking.answers[0]
    assert "84,00" in best.candidate.evidence.value
    assert sum("84,00 EUR" in each.candidate.evidence.value for each in ranking.answers) == 1
    assert sum(each.likelihood for each in ranking.answers) + ranking.none == pytest.approx(1, abs=1e-3)


def test_of_a_row_the_cell_that_clearly_answers_comes_first(embedder: SentenceEmbedder) -> None:
    shelf = Shelf(embedder)
    shelf.add("folio.pdf", written_page(FOLIO))
    found = [
        ask(question, library=shelf, retriever=Retriever(shelf, embedder), answerer=ExtractiveAnswerer(embedder))
        for question in ("Wie viel kostete das Parken?", "What happened in the yard?")
    ]
    shelf.close()
    row = "Date: 11 May; Description: Parking in the yard; Ref: car; Charges: 12.50"
    assert [each.text for each in found] == [f"12.50 ({row}) [1]", f"{row} [1]"]


def test_plain_questions_ask_for_labels_as_they_stand() -> None:
    other = written_page("# Rechnung\n\nKundennummer   K-17\nLieferdatum   3. Mai 2024\n")
    cases = list(plain_cases({"bill": written_page(BILL), "other": other}))
    assert any(case.expected == ("4711-88",) and "Zählernummer" in case.question for _, case in cases)
    unanswered = [case.question for name, case in cases if name == "bill" and not case.expected]
    assert unanswered and all("Zählernummer" not in question for question in unanswered)
