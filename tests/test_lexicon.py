import tomllib
from importlib.resources import files

import pytest

from docintel import lexicon
from docintel.answering.question import AnswerKind

LISTS = sorted(each.name for each in files(lexicon).iterdir() if each.name.endswith(".toml"))


@pytest.mark.parametrize("name", LISTS)
def test_every_list_says_where_it_is_from(name: str) -> None:
    assert tomllib.loads(files(lexicon).joinpath(name).read_text(encoding="utf-8"))["source"]


def test_stop_words_of_an_unknown_language_are_those_of_all() -> None:
    assert lexicon.stop_words("de") < lexicon.stop_words(None) == lexicon.stop_words("und-Latn")


def test_every_kind_of_answer_has_its_questions() -> None:
    assert {*map(str, AnswerKind), "count", "cut"} == set(lexicon.question_phrases())
