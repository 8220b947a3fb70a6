"""The try-it box: one page read under two configurations, side by side, with what differs marked."""

from collections.abc import Sequence

import streamlit as st

from docintel.engines import OPENERS, WRITING, resolved
from docintel.errors import NotFound
from docintel.home import Home
from docintel.model import Document, Page
from docintel.settings import Settings
from docintel.ui import cards
from docintel.ui.resources import addresses, comparisons
from docintel.ui.system.differences import Differences, differences
from docintel.ui.text import html, plural
from docintel.workers.comparison import Comparison, ReadConfig, ReadResult, State

POLL_S = 0.7
MAX_CHOICES = 1_000
SIDES = ("A", "B")
STATES: dict[State, tuple[str, str]] = {
    "waiting": ("Waits its turn", "waiting"),
    "opening": ("Getting ready", "busy"),
    "reading": ("Reading", "busy"),
    "read": ("Read", "good"),
    "failed": ("Failed", "poor"),
    "cancelled": ("Cancelled", "waiting"),
}


def show(home: Home) -> None:
    """What to read and how, then what came of it; the comparison stands in the address."""
    documents = [each for each in home.library.documents(limit=MAX_CHOICES) if each.num_pages]
    if not documents:
        cards.empty("Nothing to try on", "Add a document; any page of it can then be read in two ways.")
        return
    document, number = chosen_page(documents)
    with st.container(horizontal=True, key="ways"):
        configs = tuple(chosen_config(home.settings, side) for side in SIDES)
    st.caption("The page is read apart from the library: nothing that is kept changes.")
    if st.button("Read it both ways", type="primary", icon=":material/compare_arrows:"):
        st.query_params["trial"] = comparisons().begin(
            document.id,
            number,
            home.library.original(document.id),
            configs,
            home.settings,
            want_model=home.want_model,
        )
    if name := st.query_params.get("trial", ""):
        show_comparison(home, name)


def chosen_page(documents: Sequence[Document]) -> tuple[Document, int]:
    """A document, the newest first, and the number of one of its pages."""
    by_id = {document.id: document for document in documents}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = st.selectbox("Document", list(by_id), format_func=lambda found: by_id[found].name, key="try-document")
        document = by_id[chosen]
        number = st.number_input("Page", 1, document.num_pages, key=f"try-page-{document.id}", width=140)
    return document, int(number or 1)


def chosen_config(settings: Settings, side: str) -> ReadConfig:
    """What one side of the box says: an engine, and for those whose model writes, how it is asked."""
    first = resolved(settings.engine, settings)
    engines = list(dict.fromkeys((*(each for each in OPENERS if each != "fake"), first)))
    default = first if side == SIDES[0] else next(each for each in ("qwen3-vl", "local") if each != first)
    with st.container(border=True, key=f"way-{side}"):
        engine = st.selectbox(f"Engine {side}", engines, index=engines.index(default), key=f"engine-{side}")
        return ReadConfig(engine=engine) if engine not in WRITING else _chosen_prompt(settings, side, engine)


def _chosen_prompt(settings: Settings, side: str, engine: str) -> ReadConfig:
    is_local = engine == "qwen3-vl"
    model = st.text_input(
        "Weights" if is_local else "Model",
        placeholder=(settings.qwen3_vl_model if is_local else settings.endpoint_model) or "as the settings say",
        key=f"model-{side}",
        help="Other weights than those of the settings are loaded for this reading alone." if is_local else None,
    ).strip()
    mode = st.segmented_control("Mode", ["page", "regions"], default="page", required=True, key=f"mode-{side}")
    is_page = mode != "regions"  # parts are asked for in one manner only
    left, right = st.columns(2)
    return ReadConfig(
        engine=engine,
        model=model,
        mode="page" if is_page else "regions",
        max_tokens=left.number_input(
            "Most visual tokens", 4, None, settings.read_max_tokens, 256, key=f"pixels-{side}", disabled=not is_page
        ),
        max_new_tokens=right.number_input(
            "Longest answer", 16, None, settings.read_new_tokens, 256, key=f"answer-{side}", disabled=not is_page
        ),
        temperature=left.number_input(
            "Temperature", 0.0, 2.0, 0.0, 0.1, key=f"temperature-{side}", disabled=not is_page
        ),
        top_p=right.number_input("Top-p", 0.05, 1.0, 1.0, 0.05, key=f"top-p-{side}", disabled=not is_page),
    )


def show_comparison(home: Home, name: str) -> None:
    try:
        comparison = comparisons().find(name)
    except NotFound as error:
        st.html(f'<p class="doc-note">{html(str(error))}</p>')
        return
    st.fragment(results, run_every=POLL_S if comparison.is_open else None)(home, comparison, comparison.is_open)


def results(home: Home, comparison: Comparison, was_open: bool) -> None:
    """The page's picture and both readings; it looks again by itself until they are there."""
    if was_open and not comparison.is_open:
        st.rerun()
    if comparison.is_open and st.button("Cancel", icon=":material/stop_circle:"):
        comparison.cancel()
        st.rerun()
    readings = comparison.results  # once: they change while this runs
    pages = [result.page for result in readings]
    found = compared(pages)
    if found is not None:
        whole = "" if found.is_whole else " in what was compared, their beginnings"
        st.html(f'<p class="doc-note">{found.alike:.1%} of the words are the same{whole}; the others are marked.</p>')
    columns = st.columns([1, *(1.4 for _ in pages)])
    with columns[0]:
        picture(home, comparison)
    texts = [found.first, found.second] if found else [tuple(map(html, texts_of(page))) for page in pages]
    for side, column, result, shown in zip(SIDES, columns[1:], readings, texts, strict=True):
        with column:
            st.html(reading(side, result, shown))


def compared(pages: Sequence[Page | None]) -> Differences | None:
    """None while a reading is missing."""
    first, second = pages
    return differences(texts_of(first), texts_of(second)) if first and second else None


def texts_of(page: Page | None) -> tuple[str, ...]:
    return tuple(block.text for block in page.blocks) if page else ()


def picture(home: Home, comparison: Comparison) -> None:
    """The page as it is kept; nothing where it hasn't been read into the library, or its document is gone."""
    try:
        home.library.page(comparison.document_id, comparison.number)
    except NotFound:
        return
    st.html(f'<img class="doc-page" src="{html(addresses().page(comparison.document_id, comparison.number))}" alt="">')


def reading(side: str, result: ReadResult, texts: Sequence[str]) -> str:
    """One side: how it was asked, how it went, its blocks (`texts`, as HTML) and every attempt."""
    words, tone = STATES[result.state]
    parts = [
        f'<div class="doc-state"><b>{side} · {html(result.config.engine)}</b>'
        f'<span class="doc-badge {tone}">{words}</span></div>',
        f'<p class="doc-note">{html(" · ".join(facts(result)))}</p>',
    ]
    if result.error:
        parts.append(f'<p class="doc-trouble" dir="auto">{html(result.error)}</p>')
    if result.page is not None:
        labels = (block.label.value.replace("_", " ") for block in result.page.blocks)
        parts += [
            f'<div class="doc-block" dir="auto"><small>{label}</small>{text}</div>'
            for label, text in zip(labels, texts, strict=True)
        ]
        parts += [f'<p class="doc-note" dir="auto">{html(note)}</p>' for note in result.page.notes]
        parts.append(attempts(result.page))
    return f'<div class="doc-reading">{"".join(parts)}</div>'


def facts(result: ReadResult) -> list[str]:
    """How it was asked and how far it is, or what it took."""
    config = result.config
    drawn = f"temperature {config.temperature:g}, top-p {config.top_p:g}" if config.temperature else "greedy"
    manner = [config.mode, *([f"{config.max_tokens:,} visual tokens", drawn] if config.mode == "page" else [])]
    asked = [*([config.model] if config.model else []), *manner] if config.engine in WRITING else []
    if result.page is None:
        return [*asked, *([f"{plural(result.num_tokens, 'token')} so far"] if result.num_tokens else [])]
    num_tokens = sum(attempt.num_tokens for attempt in result.page.attempts)
    return [
        *asked,
        f"{result.seconds:.1f} s",
        *([plural(num_tokens, "token")] if num_tokens else []),
        plural(len(result.page.blocks), "block"),
    ]


def attempts(page: Page) -> str:
    """What the model was asked for, one after another, and what came of each."""
    if not page.attempts:
        return ""
    lines = "".join(
        f"<div><dt>{html(each.what)}</dt>"
        f"<dd>{html(each.outcome)} · {plural(each.num_tokens, 'token')} · {each.seconds:.1f} s</dd></div>"
        for each in page.attempts
    )
    return f'<dl class="doc-list">{lines}</dl>'
