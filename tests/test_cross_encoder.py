"""The cross-encoder: question and candidate read together."""

import lzma

import numpy as np
import pytest
from tokenizers import Tokenizer

from docintel.answering.ranking.cross_encoder import PIECES, CrossEncoder, Parts, learned_cross_encoder
from training.cross_encoder.packing import batch_of
from training.cross_encoder.public import Asked, PublicQuestion, asked
from training.cross_encoder.questions import Packer

LEASE = [
    Parts("Kaution: 2.400 €", near="§ 4 Mietsicherheit", line="Kaution: 2.400 €"),
    Parts("Die Miete beträgt monatlich 980 € und ist am dritten Werktag fällig."),
    Parts("Vermieter: Hausverwaltung Nord GmbH"),
    Parts("Das Mietverhältnis beginnt am 1. März 2024."),
]


@pytest.fixture(scope="module")
def cross_encoder() -> CrossEncoder:
    return learned_cross_encoder()


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("Ab wann läuft der Vertrag?", 3),
        ("When does the tenancy start?", 3),
        ("Who lets the flat?", 2),
        ("How much is the rent each month?", 1),
    ],
)
def test_what_answers_scores_highest_also_in_another_language(
    cross_encoder: CrossEncoder, question: str, answer: int
) -> None:
    assert int(cross_encoder.scores(question, LEASE).argmax()) == answer


def test_what_is_not_there_scores_lower_than_what_is(cross_encoder: CrossEncoder) -> None:
    there = cross_encoder.scores("How much is the rent each month?", LEASE).max()
    assert cross_encoder.scores("Which colour are the walls painted?", LEASE).max() < there


def test_candidates_score_the_same_alone_and_beside_longer_ones(cross_encoder: CrossEncoder) -> None:
    together = cross_encoder.scores("Who lets the flat?", LEASE)
    alone = [float(cross_encoder.scores("Who lets the flat?", [each])[0]) for each in LEASE]
    assert together == pytest.approx(alone, abs=0.15)


def test_long_texts_are_cut(cross_encoder: CrossEncoder) -> None:
    long = "word " * 5_000
    scores = cross_encoder.scores(long, [Parts(long, long, long, long, long, long), Parts("short")])
    assert np.isfinite(scores).all()


def test_no_candidates_no_scores(cross_encoder: CrossEncoder) -> None:
    assert cross_encoder.scores("Who?", []).shape == (0,)


def test_training_packs_what_is_read(cross_encoder: CrossEncoder) -> None:
    tokenizer = Tokenizer.from_str(lzma.decompress(PIECES.read_bytes()).decode())
    packer = Packer()
    packer.add(Asked("Who lets the flat?", LEASE, [False, False, True, False]), 1)
    batch = batch_of(packer.packed(tokenizer), [(0, np.arange(len(LEASE)))])
    rows = [batch.tokens[start:end].tolist() for start, end in zip(batch.starts[:-1], batch.starts[1:], strict=True)]
    assert rows == [cross_encoder.tokens("Who lets the flat?", [each])[0] for each in LEASE]
    assert batch.right.tolist() == [False, False, True, False]


def test_public_questions_have_the_sentence_that_answers_among_their_candidates() -> None:
    context = "Anna was born in 1980. She moved to Paris in 2001. Her brother is a baker."
    question = PublicQuestion("set", "en", context, "Where did she move?", [("Paris", context.index("Paris"))])
    found = asked(question, question.answers, np.random.default_rng(0))
    assert found is not None
    assert [parts.said for parts, is_right in zip(found.candidates, found.right, strict=True) if is_right] == [
        "She moved to Paris in 2001."
    ]


def test_of_a_table_the_cell_answers_and_its_row() -> None:
    table = "Name | Age | City\nTom | 3 | Rome\nEva | 9 | Oslo\nIda | 8 | Bern"
    question = PublicQuestion("set", "en", table, "Where does Eva live?", [("Oslo", table.index("Oslo"))])
    found = asked(question, question.answers, np.random.default_rng(0))
    assert found is not None
    right = {parts.said for parts, is_right in zip(found.candidates, found.right, strict=True) if is_right}
    assert right == {"City Eva: Oslo", "Eva | 9 | Oslo"}
