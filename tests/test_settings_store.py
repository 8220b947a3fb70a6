"""Settings that are changed in the app: kept in the home, below the environment, and never half."""

from pathlib import Path

import pytest

from docintel.errors import UsageError
from docintel.settings import Settings, settings_store


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in settings_store.CHANGEABLE:
        monkeypatch.delenv(f"DOCINTEL_{name.upper()}", raising=False)
    monkeypatch.setenv("DOCINTEL_HOME", str(tmp_path))
    return tmp_path


def test_what_is_kept_is_read_by_the_next_load() -> None:
    Settings.load().keep({"engine": "local", "dpi": 300, "languages": "de, fr", "page_timeout_s": 20})
    settings = Settings.load()
    assert (settings.engine, settings.dpi, settings.languages) == ("local", 300, ("de", "fr"))
    assert settings.page_timeout_s == 20.0


def test_the_environment_and_the_command_line_stand_above_it(monkeypatch: pytest.MonkeyPatch) -> None:
    Settings.load().keep({"engine": "local", "dpi": 300, "workers": 3})
    monkeypatch.setenv("DOCINTEL_ENGINE", "fake")
    settings = Settings.load(dpi=72)
    assert (settings.engine, settings.dpi, settings.workers) == ("fake", 72, 3)
    assert {"engine", "home"} <= Settings.fixed()
    assert "workers" not in Settings.fixed()


def test_the_key_of_a_server_is_never_sent_to_an_address_that_was_named_in_the_app(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    Settings.load().keep({"endpoint_url": "http://elsewhere.example/v1"})
    assert Settings.load().endpoint_url == "http://elsewhere.example/v1"
    monkeypatch.setenv("DOCINTEL_ENDPOINT_KEY", "secret")
    assert Settings.load().endpoint_url == ""
    assert "endpoint_url" in Settings.fixed()


def test_a_bad_value_is_refused_and_nothing_is_kept(home: Path) -> None:
    Settings.load().keep({"dpi": 300})
    before = (home / settings_store.FILE).read_bytes()
    with pytest.raises(UsageError, match="DOCINTEL_DPI is 5"):
        Settings.load().keep({"workers": 2, "dpi": 5})
    assert (home / settings_store.FILE).read_bytes() == before
    assert Settings.load().workers == 1


def test_what_is_set_back_to_its_default_is_kept_no_longer(home: Path) -> None:
    Settings.load().keep({"dpi": 300, "workers": 2})
    Settings.load().keep({"dpi": 200})
    assert settings_store.read(home) == {"workers": 2}


def test_what_may_not_be_changed_in_the_app_is_neither_kept_nor_read(home: Path) -> None:
    Settings.load().keep({"endpoint_key": "secret", "admins": "eve@example.org"})
    assert settings_store.read(home) == {}
    settings_store.write(home, {"endpoint_key": "secret", "max_pixels": 1, "dpi": 300})
    settings = Settings.load()
    assert (settings.endpoint_key, settings.max_pixels, settings.dpi) == ("", 40_000_000, 300)


def test_only_its_owner_can_read_the_file_and_nothing_else_is_left(home: Path) -> None:
    Settings.load().keep({"dpi": 300})
    assert [path.name for path in home.iterdir()] == [settings_store.FILE]
    assert (home / settings_store.FILE).stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("content", ["{", "[1]", "\ud800"])
def test_a_damaged_file_says_what_to_do(home: Path, content: str) -> None:
    (home / settings_store.FILE).write_bytes(content.encode(errors="surrogatepass"))
    with pytest.raises(UsageError, match=r"settings\.json"):
        Settings.load()


def test_a_kept_value_that_makes_no_sense_any_more_is_named(home: Path) -> None:
    settings_store.write(home, {"read_mode": "upside down"})
    with pytest.raises(UsageError, match="DOCINTEL_READ_MODE is 'upside down'"):
        Settings.load()
