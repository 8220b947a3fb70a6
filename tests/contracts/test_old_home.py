"""The home that release 0.1.0 made says the same in the present code, can be gone on with, and keeps its tables."""

from pathlib import Path
from typing import Any

import pytest

from docintel.settings import Settings
from tests.contracts import exit_codes, golden, life, observed, old_home
from tests.contracts.command_line import environment_of, run

ANSWERS: dict[str, Any] = golden.read("answers.json")
LIFE: dict[str, Any] = golden.read("life.json")
EXIT_CODES: dict[str, Any] = golden.read("exit_codes.json")
JSON_KEYS: dict[str, Any] = golden.read("json_keys.json")
DATABASE: dict[str, Any] = golden.read("database.json")
EXPORTS = sorted(path.name for path in (golden.FOLDER / "exports").iterdir())


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """To be looked at only."""
    return old_home.unpacked(tmp_path_factory.mktemp("read"))


@pytest.fixture(scope="module")
def answers(home: Path) -> dict[str, Any]:
    return old_home.answers(home)


@pytest.fixture(scope="module")
def exports(home: Path) -> dict[str, str]:
    return old_home.exports(home)


@pytest.fixture(scope="module")
def lived_in(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return old_home.unpacked(tmp_path_factory.mktemp("lived"))


@pytest.fixture(scope="module")
def lived(lived_in: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return life.lived(lived_in, tmp_path_factory.mktemp("more") / "files")


@pytest.fixture(scope="module")
def codes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("codes")
    return exit_codes.codes(old_home.unpacked(folder), folder)


def is_as_recorded(recorded: Any, now: Any) -> bool:
    """True, or the assertion shows what is not."""
    changes = list(golden.broken(recorded, now))
    assert changes == [], "\n".join(changes)
    return True


@pytest.mark.parametrize("command", ANSWERS)
def test_it_answers_as_before(answers: dict[str, Any], command: str) -> None:
    assert is_as_recorded(ANSWERS[command], old_home.settled(answers[command]))


@pytest.mark.parametrize("name", EXPORTS)
def test_it_is_exported_as_before(exports: dict[str, str], name: str) -> None:
    assert exports[name].splitlines() == golden.read(f"exports/{name}").splitlines()


@pytest.mark.parametrize("command", JSON_KEYS)
def test_json_keys_and_types_are_as_before(answers: dict[str, Any], lived: dict[str, Any], command: str) -> None:
    assert is_as_recorded(JSON_KEYS[command], life.json_keys(answers, lived)[command])


@pytest.mark.parametrize("part", LIFE)
def test_the_app_goes_on_with_it_as_before(lived: dict[str, Any], part: str) -> None:
    assert is_as_recorded(LIFE[part], life.settled(lived)[part])


@pytest.mark.parametrize("command", EXIT_CODES)
def test_a_command_ends_with_the_same_code_and_speaks_on_the_same_stream(codes: dict[str, Any], command: str) -> None:
    assert is_as_recorded(EXIT_CODES[command], codes[command])


def test_old_tables_and_columns_are_there_however_the_database_was_migrated(
    home: Path, answers: dict[str, Any]
) -> None:
    assert answers
    assert observed.migration(home) >= DATABASE["migration"]
    assert is_as_recorded(DATABASE["tables"], observed.schema(home))


def test_a_new_home_has_the_tables_of_before(tmp_path: Path) -> None:
    assert run("documents", home=tmp_path).code == 0
    assert is_as_recorded(DATABASE["tables"], observed.schema(tmp_path))


def test_stored_words_are_those_of_before(home: Path, lived_in: Path, lived: dict[str, Any]) -> None:
    assert lived
    assert is_as_recorded(DATABASE["states"], observed.states(home))
    for column, words in observed.states(lived_in).items():
        assert set(words) <= set(observed.STATES[column].split()), column


def test_settings_that_were_changed_in_the_app_are_read(home: Path) -> None:
    with environment_of(home):
        settings = Settings.load()
    assert (settings.dpi, settings.stop_after_failures) == (72, 50)
