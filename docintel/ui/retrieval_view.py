"""How a question's passages were found, for people who judge search: ranks, scores, votes, words matched."""

import streamlit as st

from docintel.home import Home
from docintel.model import Chunk, Explanation, Filters, Hit, Ranking, TermMatch
from docintel.retrieval import RANK_CONSTANT
from docintel.ui import cards
from docintel.ui.address import ViewerAddress
from docintel.ui.text import html

PARAMETER = "retrieval"
NUM_HITS = 10
MAX_TEXT = 160
BY_NAME = '<span class="doc-meta">in the document’s name</span>'
COLUMNS = ("#", "Score", "By words", "By meaning", "Words matched", "Passage")


def wanted() -> bool:
    """Whether it is shown; that stands in the address."""
    return st.toggle(
        "Show how passages were found",
        key=PARAMETER,
        bind="query-params",
        help="What search found for the last question: ranks, scores and votes of both retrievers, and words matched.",
    )


def show(home: Home, question: str, filters: Filters) -> None:
    """The passages for a question, best first."""
    found = home.search(question, limit=NUM_HITS, filters=filters, explain=True)
    names = home.library.names(ids=list({hit.chunk.document_id for hit in found.hits}))
    st.html(f'<h4 class="doc-section">Passages found<span dir="auto">{html(question)}</span></h4>')
    for note in found.notes:
        st.html(f'<p class="doc-note">{html(note)}</p>')
    st.html(table(found.hits, names) if found.hits else '<p class="doc-note">Nothing was found.</p>')


def table(hits: tuple[Hit, ...], names: dict[str, str]) -> str:
    head = "".join(f"<th>{column}</th>" for column in COLUMNS)
    rows = "".join(row(hit, names.get(hit.chunk.document_id, "")) for hit in hits)
    return (
        f'<div class="doc-found"><table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>'
        f'<p class="doc-note">Score: the sum of vote / ({RANK_CONSTANT} + rank) over both. By words: rank and BM25. By '
        "meaning: rank and cosine similarity. A vote below 1 is said: words shared with a passage in another language "
        "count a tenth where the model knows both; meaning counts half where the question's language is not sure.</p>"
    )


def row(hit: Hit, name: str) -> str:
    """A passage; nothing where its hit has no explanation."""
    why = hit.explanation
    if why is None:
        return ""
    return (
        f"<tr><td>{why.rank}</td><td>{hit.score:.4f}</td><td>{ranking(why.lexical)}</td><td>{ranking(why.dense)}</td>"
        f"<td>{terms(why)}</td><td>{passage(hit.chunk, name)}</td></tr>"
    )


def ranking(made: Ranking | None) -> str:
    if made is None:
        return '<span class="doc-meta">–</span>'
    vote = "" if made.weight == 1 else f" · vote {made.weight:g}"
    return f'<b>{made.rank}</b><span class="doc-meta">{made.score:.2f}{vote}</span>'


def terms(why: Explanation) -> str:
    return BY_NAME if why.is_by_name else "".join(map(term, why.terms))


def term(match: TermMatch) -> str:
    """A word of the question, and how it is written where it is written otherwise."""
    others = [written for written in match.written if written.casefold() != match.term]
    as_written = f'<span class="doc-meta"> → {html(", ".join(others))}</span>' if others else ""
    return f'<div dir="auto"><bdi>{html(match.term)}</bdi>{as_written}</div>'


def passage(chunk: Chunk, name: str) -> str:
    """Where it stands, as a link, and how it begins."""
    boxes = tuple(source.bbox for source in chunk.sources if source.page_number == chunk.page_number)
    link = ViewerAddress(chunk.document_id, page=chunk.page_number, boxes=boxes).link
    text = chunk.text if len(chunk.text) <= MAX_TEXT else f"{chunk.text[:MAX_TEXT]}…"
    return (
        f'<a href="{html(link)}" target="_self">{cards.name(name)}</a>'
        f'<span class="doc-meta">page {chunk.page_number}</span><div dir="auto">{html(text)}</div>'
    )
