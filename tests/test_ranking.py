"""The learned ranker of answers: forms of values, the networks as they were learned, answers in doubt."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import torch

from benchmarks.questions import Case
from docintel.answering.question import Question
from docintel.answering.ranking import candidates_on, rank
from docintel.answering.ranking.features import GROUPS, Known
from docintel.answering.ranking.forms import FORMS, forms_of
from docintel.answering.ranking.ranker import Ranker
from docintel.answering.ranking.reader import (
    HEADS,
    LABEL,
    MAX_LABEL,
    MAX_QUESTION,
    MAX_VALUE,
    QUESTION,
    VALUE,
    TokenReader,
)
from docintel.embedding import SentenceEmbedder, Tokens, open_embedder
from docintel.settings import Settings
from tests.shelf import Shelf, written_page
from training.answering.examples import AskedPage, Example
from training.answering.fitting import Network, Scale, items, save
from training.answering.network import Reader, Side
from training.answering.plain import plain_cases
from training.answering.public import public_questions

BILL = """
# Stadtwerke Nordheim

Zählernummer   4711-88
Verbrauch   2.410 kWh
Abschlag   84,00 EUR
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
        ("☒ ja", {"tick"}),
        ("", {"empty"}),
        ("請求書は月末までにお支払いください。", {"sentence", "letters"}),
    ],
)
def test_a_value_shows_its_form_in_any_script(value: str, forms: set[str]) -> None:
    shown = {name for name, is_so in zip(FORMS, forms_of(value), strict=True) if is_so}
    assert forms <= shown, shown


def test_tokens_are_what_a_texts_vector_is_made_of(embedder: SentenceEmbedder) -> None:
    text = "Die Miete ist am dritten Werktag fällig."
    vector = embedder.passages([text])[0]
    [tokens] = embedder.tokens([text], most=30)
    encoder = embedder._loaded[0]
    mean = torch.from_numpy(tokens.states).sum(0, keepdim=True) / len(tokens.ids) ** 0.5
    assert np.abs(torch.nn.functional.normalize(encoder._dense(mean)).numpy()[0] - vector).max() < 1e-4
    [fewer] = embedder.tokens([text], most=3)
    assert fewer.ids.tolist() == [*tokens.ids[:4], tokens.ids[-1]]


class RandomTokens:
    """Tokens of a text by its letters."""

    def tokens(self, texts: Sequence[str], *, most: int) -> list[Tokens]:
        rows = np.random.default_rng(5).normal(size=(256, 512)).astype(np.float32)
        ids = [np.array([1, *(ord(c) % 256 for c in text[:most]), 2]) for text in texts]
        return [Tokens(each, rows[each]) for each in ids]


def test_the_reader_computes_what_was_learned_in_torch(tmp_path: Path) -> None:
    torch.manual_seed(3)
    network = Reader(16).eval()
    chance = np.random.default_rng(1)
    mean, directions = chance.normal(size=512), chance.normal(size=(512, 16)) / 20
    arrays = {name: array.numpy() for name, array in network.state_dict().items()}
    np.savez(tmp_path / "reader.npz", **arrays, mean=mean, directions=directions)
    embedder = RandomTokens()
    pairs = [("Zählernummer", "4711-88"), ("", "Abschlag 84,00 EUR"), ("Verbrauch", "")]
    cosines = np.array([0.3, 0.5, -0.1], dtype=np.float32)
    scores = TokenReader(tmp_path / "reader.npz").scores("Wie hoch?", pairs, cosines, embedder)  # type: ignore[arg-type]

    def side(texts: Sequence[tuple[str, int, int]]) -> Side:
        read = [(*embedder.tokens([text], most=most)[0], segment) for text, most, segment in texts if text]
        along = [torch.from_numpy((states - mean) @ directions).float().half().float() for _, states, _ in read]
        ids = torch.cat([torch.from_numpy(ids) for ids, _, _ in read])
        return Side([ids], [torch.cat(along)], [torch.cat([torch.full((len(i),), s) for i, _, s in read])])

    with torch.no_grad():
        for number, (label, value) in enumerate(pairs):
            asked = side([("Wie hoch?", MAX_QUESTION, QUESTION)])
            said = side([(label, MAX_LABEL, LABEL), (value, MAX_VALUE, VALUE)])
            expected = float(network(asked, said, torch.from_numpy(cosines[number : number + 1])))
            assert scores[number] == pytest.approx(expected, abs=2e-3)
    assert arrays["layers.0.self_attn.in_proj_weight"].shape[1] % HEADS == 0


def test_the_ranker_shares_what_was_learned_in_torch(tmp_path: Path) -> None:
    chance = np.random.default_rng(2)
    width = sum(map(len, GROUPS.values()))

    def example(count: int) -> Example:
        numbers = chance.normal(size=(count, width)).astype(np.float32)
        known = Known((chance.normal(size=512) / 22).astype(np.float32), numbers, chance.random(4).astype(np.float32))
        return Example(AskedPage("d", Case("d", "q", ("a",)), (), chance.random(count) < 0.3), known)

    learned = [example(count) for count in (1, 2, 9, 40)]
    scale = Scale.of(learned)
    torch.manual_seed(1)
    networks = [Network(width, 4, 512).eval() for _ in range(2)]
    save(networks, scale, tmp_path / "ranker.npz", temperature=1.7, model="m")
    ranker = Ranker(tmp_path / "ranker.npz")
    assert ranker.model == "m"
    for each, item in zip(learned, items(learned, scale), strict=True):
        with torch.no_grad():
            expected = torch.stack([torch.softmax(network(item) / 1.7, 0) for network in networks]).mean(0).numpy()
        assert np.abs(ranker.shares(each.known) - expected).max() < 5e-3


def test_candidates_that_say_the_same_are_one_answer(embedder: SentenceEmbedder) -> None:
    shelf = Shelf()
    page = written_page(BILL + "\nDer Abschlag von 84,00 EUR ist monatlich fällig.\n")
    document = shelf.add("bill.pdf", page)
    question = Question.of("Wie hoch ist der Abschlag?")
    ranking = rank(question, candidates_on(question, [(document, page)]), embedder)
    shelf.close()
    best = ranking.answers[0]
    assert "84,00" in best.candidate.evidence.value
    assert sum("84,00 EUR" in each.candidate.evidence.value for each in ranking.answers) == 1
    assert sum(each.probability for each in ranking.answers) + ranking.none == pytest.approx(1, abs=1e-3)


def test_plain_questions_ask_for_labels_as_they_stand() -> None:
    other = written_page("# Rechnung\n\nKundennummer   K-17\nLieferdatum   3. Mai 2024\n")
    cases = list(plain_cases({"bill": written_page(BILL), "other": other}))
    assert any(case.expected == ("4711-88",) and "Zählernummer" in case.question for _, case in cases)
    unanswered = [case.question for name, case in cases if name == "bill" and not case.expected]
    assert unanswered and all("Zählernummer" not in question for question in unanswered)


def test_public_questions_know_the_sentence_that_answers(tmp_path: Path) -> None:
    text = "The tower was built in 1889. It is 330 metres high. Paint protects it."
    start = text.index("330")
    asked = [
        {"question": "How high is it?", "answers": [{"answer_start": start, "text": "330"}]},
        {"question": "Who sold it?", "answers": [], "is_impossible": True},
    ]
    articles = {"data": [{"title": "t", "paragraphs": [{"context": text, "qas": asked}]}]}
    (tmp_path / "en-own.json").write_text(json.dumps(articles), encoding="utf-8")
    high, sold = sorted(public_questions(tmp_path), key=lambda each: each.text)
    assert high.answer == 1 and high.sentences[1].startswith("It is 330")
    assert sold.answer is None
