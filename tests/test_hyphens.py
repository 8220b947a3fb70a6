"""Words that are broken over a line's end, in many languages, by the word lists that ship."""

from dataclasses import replace
from pathlib import Path

import pymupdf
import pytest

from docintel.engines.local.engine import LocalEngine
from docintel.intake import render
from docintel.layout import join_lines
from docintel.lexicon import hyphen_rules
from docintel.model import Page
from docintel.settings import Settings
from docintel.text.hyphens import words_written


@pytest.mark.parametrize(
    ("language", "lines", "joined"),
    [
        ("en", ["a well-", "known fact"], "a well-known fact"),
        ("en", ["a sepa-", "rate bottle"], "a separate bottle"),
        ("en", ["undecanal and n-", "tridecanal"], "undecanal and n-tridecanal"),
        ("en", ["your e-", "mail."], "your e-mail."),
        ("en", ["photosyn-", "thesis"], "photosynthesis"),
        ("en", ["state-of-the-", "art tools"], "state-of-the-art tools"),
        ("en", ["the decision-", "making bodies"], "the decision-making bodies"),
        ("en", ["It is said. Decision-", "making is slow"], "It is said. Decision-making is slow"),
        ("en", ["to Mr Hart-", "well of Leeds"], "to Mr Hartwell of Leeds"),
        ("en", ["short-", "and long-term"], "short- and long-term"),
        ("en", ["the doc-", "tor said"], "the doctor said"),
        ("en", ["the thou-", "sand men"], "the thousand men"),
        ("en", ["a 10-", "year bond"], "a 10-year bond"),
        ("de", ["Vor-", "und Nachteile"], "Vor- und Nachteile"),
        ("de", ["Haupt-", "bzw. Nebenwohnung"], "Haupt- bzw. Nebenwohnung"),
        ("de", ["in der Verord-", "nung"], "in der Verordnung"),
        ("de", ["die Sand-", "bank"], "die Sandbank"),
        ("de", ["in Baden-", "Württemberg"], "in Baden-Württemberg"),
        ("de", ["VEREIN-", "BARUNG"], "VEREINBARUNG"),
        ("nl", ["in- en uit-", "gaand"], "in- en uitgaand"),
        ("nl", ["import-", "en export"], "import- en export"),
        ("fr", ["peut-", "être"], "peut-être"),
        ("fr", ["donnez-", "vous"], "donnez-vous"),
        ("fr", ["la nou-", "velle"], "la nouvelle"),
        ("es", ["la infor-", "mación"], "la información"),
        ("pt", ["na segunda-", "feira"], "na segunda-feira"),
        ("ru", ["дого-", "вор"], "договор"),
        ("ru", ["кто-", "нибудь"], "кто-нибудь"),
        (None, ["Ein-", "und Ausfuhr"], "Ein- und Ausfuhr"),
        (None, ["long-", "term tests"], "long-term tests"),
    ],
)
def test_a_hyphen_at_a_line_end_stays_where_it_is_the_words_own(
    language: str | None, lines: list[str], joined: str
) -> None:
    assert join_lines(lines, hyphen_rules(language)) == joined


def test_what_the_page_writes_elsewhere_decides() -> None:
    lines = ["The zeta-", "tron and the gamma-", "pulse"]
    written = words_written(["a zeta-tron, 5 kg", "gammapulse", "or the zeta-"])
    assert written >= {"zeta-tron", "gammapulse"}
    assert "zeta" not in written
    assert join_lines(lines, replace(hyphen_rules("en"), written=written)) == "The zeta-tron and the gammapulse"


def test_a_page_keeps_the_hyphens_of_its_words(tmp_path: Path) -> None:
    page = read(
        tmp_path / "notice.pdf",
        "Der Vertrag nennt alle Vor-\nund Nachteile der Anlage, die\nnach der geltenden Verord-\nnung zu melden "
        "sind. Für die\nEin- oder Ausfuhr gilt das Blatt-\ngold als Ware, und die Haupt-\nbzw. Nebenwohnung ist "
        "dabei\nohne jede Bedeutung.",
    )
    assert page.text == (
        "Der Vertrag nennt alle Vor- und Nachteile der Anlage, die nach der geltenden Verordnung zu melden sind. "
        "Für die Ein- oder Ausfuhr gilt das Blattgold als Ware, und die Haupt- bzw. Nebenwohnung ist dabei ohne jede "
        "Bedeutung."
    )


def read(path: Path, text: str) -> Page:
    with pymupdf.open() as document:
        page = document.new_page()
        for number, line in enumerate(text.split("\n")):
            page.insert_text((72, 100 + 14 * number), line, fontsize=11)
        document.save(path)
    [page] = LocalEngine().read([render(path, 1, settings=Settings(home=path.parent))])
    assert isinstance(page, Page)
    return page
