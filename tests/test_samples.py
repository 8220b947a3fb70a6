"""The sample documents: small, complete, and with questions whose answers stand in them."""

import json
from pathlib import Path

import numpy as np
import pytest

from docintel.intake import incoming, inspect, render
from docintel.settings import Settings
from samples.make import SAMPLES
from samples.scan import photographed, scanned, skewed

FOLDER = Path(__file__).resolve().parent.parent / "samples"
QUESTIONS = json.loads((FOLDER / "questions.json").read_text(encoding="utf-8"))
SETTINGS = Settings(_env_file=None)
NAMES = [sample.name for sample in SAMPLES]


def test_folder_of_samples_is_the_samples_and_nothing_else() -> None:
    assert [each.name for each in incoming(FOLDER, settings=Settings(_env_file=None))] == sorted(NAMES)


def test_samples_are_small_enough_to_be_kept_with_the_code() -> None:
    sizes = [(FOLDER / name).stat().st_size for name in NAMES]
    assert max(sizes) < 400_000
    assert sum(sizes) < 4_000_000


@pytest.mark.parametrize("name", NAMES)
def test_every_sample_opens_and_only_the_printed_one_has_a_text_layer(name: str) -> None:
    info = inspect(FOLDER / name, settings=SETTINGS)
    assert info.num_pages == (2 if name in ("stock-two-pages.pdf", "guide-digital.pdf") else 1)
    page = render(FOLDER / name, info.num_pages, settings=SETTINGS)
    assert bool(page.words) == (name == "guide-digital.pdf")
    assert page.pixels.std() > 10


@pytest.mark.parametrize("name", NAMES)
def test_every_sample_has_questions_about_its_pages(name: str) -> None:
    num_pages = inspect(FOLDER / name, settings=SETTINGS).num_pages
    assert len(QUESTIONS[name]) >= 2
    for question in QUESTIONS[name]:
        assert set(question) == {"question", "answer", "page", "language"}
        assert 1 <= question["page"] <= num_pages


@pytest.mark.parametrize("name", NAMES)
def test_answers_stand_in_what_was_printed(name: str) -> None:
    html = (FOLDER / "html" / f"{Path(name).stem}.html").read_text(encoding="utf-8")
    for question in QUESTIONS[name]:
        assert question["answer"] in html


def test_answers_about_the_printed_sample_are_in_its_text_layer() -> None:
    for question in QUESTIONS["guide-digital.pdf"]:
        words = render(FOLDER / "guide-digital.pdf", question["page"], settings=SETTINGS).words
        assert question["answer"] in " ".join(word.text for word in words)


def test_scanner_and_phone_give_the_same_picture_for_the_same_seed() -> None:
    page = np.full((300, 200, 3), 255, np.uint8)
    page[100:120, 40:160] = 0
    for effect in (scanned, photographed):
        first, again, other = effect(page, seed=1), effect(page, seed=1), effect(page, seed=2)
        assert np.array_equal(first, again)
        assert not np.array_equal(first, other)


def test_skew_turns_clockwise() -> None:
    page = np.full((200, 200, 3), 255, np.uint8)
    page[99:101] = 0
    turned = skewed(page, 5.0)
    assert turned[:, 10].argmin() < turned[:, 190].argmin()
