"""What is installed from a wheel is all that the code needs, and works far from any checkout."""

import json
import os
import subprocess
import sysconfig
import tomllib
import venv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import numpy as np
import pytest
from playwright.sync_api import expect

from docintel.engines.local.lines.tesseract import Tesseract
from docintel.errors import EngineUnavailable
from docintel.intake.pdf import poppler
from docintel.settings import PROJECT
from scripts.bundle import build_wheel, pip
from tests.browsing import CHROMIUM, Watch, a_browser, running
from tests.houses import pdf


def test_every_file_beside_the_code_is_packed_with_it() -> None:
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))
    patterns = project["tool"]["setuptools"]["package-data"]["*"]
    beside = [
        path
        for room in ("docintel", "storage")
        for path in (PROJECT / room).rglob("*")
        if path.is_file() and path.suffix not in {".py", ".pyc", ".md"}
    ]
    assert beside
    assert not [str(path.relative_to(PROJECT)) for path in beside if not any(map(path.match, patterns))]


def test_what_debian_must_give_is_named_where_it_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(EngineUnavailable, match="apt install poppler-utils"):
        poppler.count_pages(pdf(tmp_path / "a.pdf", "text"), timeout_s=10)
    monkeypatch.delenv("TESSDATA_PREFIX", raising=False)
    monkeypatch.setattr("docintel.engines.local.lines.tesseract.PLACES", (str(tmp_path),))
    with pytest.raises(EngineUnavailable, match="apt install tesseract-ocr-all"):
        Tesseract().recognise([np.full((20, 60, 3), 255, np.uint8)], "deu")


# a wheel, installed


@dataclass(frozen=True)
class Installed:
    docintel: Path
    """The console command."""
    empty: Path
    """A folder to work in."""
    data: Path
    """The user's data directory."""
    environment: dict[str, str]

    def run(self, *arguments: str) -> str:
        command = [str(self.docintel), *arguments]
        done = subprocess.run(command, cwd=self.empty, env=self.environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """In an environment that holds the wheel and sees the libraries that the tests run with."""
    folder = tmp_path_factory.mktemp("wheel")
    venv.create(folder / "venv", symlinks=True)
    command = folder / "venv" / "bin" / "docintel"
    pip("--python", str(command.with_name("python")), "install", "--no-index", "--no-deps", str(build_wheel(folder)))
    (packages,) = (folder / "venv" / "lib").glob("python*/site-packages")
    (packages / "libraries.pth").write_text(sysconfig.get_path("purelib"), encoding="utf-8")
    for name in ("empty", "data", "config", "user"):
        (folder / name).mkdir()
    return Installed(command, folder / "empty", folder / "data", environment_in(folder))


def environment_in(folder: Path) -> dict[str, str]:
    """That of a user who has set nothing, at home in `folder`."""
    outside = {key: value for key, value in os.environ.items() if not key.startswith(("DOCINTEL_", "PYTHON", "XDG_"))}
    places = {"HOME": "user", "XDG_DATA_HOME": "data", "XDG_CONFIG_HOME": "config"}
    return (
        outside | {key: str(folder / name) for key, name in places.items()} | {"DOCINTEL_JOBS": "1", "COLUMNS": "300"}
    )


@pytest.fixture(scope="module")
def document(installed: Installed) -> str:
    """Of a small PDF, read by the command line: its id."""
    path = pdf(installed.empty / "letter.pdf", "The invoice total is 17 EUR.")
    result = json.loads(installed.run("ingest", path.name, "--json"))
    assert (result["state"], result["pages_read"]) == ("ready", 1)
    path.unlink()
    return str(result["document"])


@pytest.fixture(scope="module")
def address(installed: Installed) -> Iterator[str]:
    with running([str(installed.docintel), "serve", "--port"], installed.empty, installed.environment) as app:
        yield app.address


def test_the_command_line_reads_into_the_users_data_directory(installed: Installed, document: str) -> None:
    home = installed.data / "docintel"
    assert (home / "docintel.sqlite3").is_file()
    assert home.stat().st_mode & 0o777 == 0o700
    assert f"else {home})" in installed.run("ingest", "--help")
    assert "17 EUR" in installed.run("export", document, "--format", "text")
    assert list(installed.empty.iterdir()) == []


def test_settings_may_stand_in_the_users_configuration_directory(installed: Installed, document: str) -> None:
    file = Path(installed.environment["XDG_CONFIG_HOME"]) / "docintel" / ".env"
    file.parent.mkdir()
    file.write_text(f"DOCINTEL_HOME={installed.data / 'other'}\n", encoding="utf-8")
    elsewhere = installed.run("documents", "--json")
    file.unlink()
    assert document not in elsewhere
    assert document in installed.run("documents", "--json")


def test_the_app_is_served_with_its_own_configuration(address: str) -> None:
    assert httpx.get(f"{address}/healthz").json()["disk"] is True
    assert "<title>Streamlit</title>" in httpx.get(address).text
    assert httpx.post(f"{address}/_stcore/agent/interact", json={}).status_code in {403, 404, 405}


@pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")
def test_every_page_of_the_app_runs(address: str, document: str) -> None:
    with a_browser() as browser:
        page = browser.new_page()
        watch = Watch(page, address)
        page.goto(address)
        expect(page.get_by_text("letter.pdf")).to_be_visible()
        page.goto(f"{address}/viewer?document={document}")
        expect(page.locator(".viewer .box").first).to_be_visible()
        for name, sign in (("Ask", "Ask in your own words"), ("Jobs", "free on the disk"), ("System", "In use")):
            page.get_by_role("link", name=name, exact=True).click()
            expect(page.get_by_text(sign)).to_be_visible()
        watch.saw_nothing()


@pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")
def test_the_samples_come_along(installed: Installed, address: str, document: str) -> None:
    installed.run("delete", document)
    with a_browser() as browser:
        page = browser.new_page()
        page.goto(address)
        page.get_by_role("button", name="Try the samples").click()
        expect(page.get_by_text("invoice-english.pdf")).to_be_visible()
