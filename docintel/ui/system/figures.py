"""How this machine reads: its engine and why, its model, its memory; the few figures that matter first."""

from collections.abc import Iterable

import streamlit as st

from docintel.display import file_size
from docintel.engines import EngineInfo, choose_engine
from docintel.home import Home, HomeStatus
from docintel.intake import confined
from docintel.runtime.process.address import ModelStatus
from docintel.runtime.process.client import model_status
from docintel.settings import Settings
from docintel.ui.system import engines, machine, people, search_model
from docintel.ui.text import html, plural

POLL_S = 4.0
SAID = {"loading": ("Loading", "busy"), "ready": ("Ready", "good"), "failed": ("Failed", "poor")}
"""State of the model process → its words and its tone."""


def show(home: Home) -> None:
    st.fragment(figures, run_every=POLL_S)(home)
    people.show(home)
    search_model.show(home)


def figures(home: Home) -> None:
    """Looks again by itself."""
    settings, status = home.settings, home.status()
    memory = machine.memory(settings.home)
    name, why = chosen(settings)
    open_pages = f"{status.progress.pages_open:,}{'+' if status.progress.documents_unopened else ''}"
    st.html(
        '<div class="doc-figures">'
        + "".join(
            f"<div><b>{value}</b><span>{words}</span></div>"
            for value, words in (
                (html(name), "reads the pages"),
                (f"{status.workers:,}", "worker" if status.workers == 1 else "workers"),
                (open_pages, "pages to read"),
                (file_size(sum(memory.values())), "of memory used"),
                (file_size(status.disk_free), "free on the disk"),
            )
        )
        + f'</div><p class="doc-note">{html(why)}</p>'
    )
    if problem := confined.problem(settings):
        st.warning(problem)
    if (model := model_status(settings.home)) is not None or name == "qwen3-vl":
        st.html(model_card(model))
    st.html('<h3 class="doc-section">Engines</h3>')
    st.html(engine_rows(engines.surveyed(settings), used=name))
    with st.expander("More"):
        left, right = st.columns(2, gap="large")
        left.html(rows(details(status, memory, settings)))
        right.html(rows(machine.versions().items()))


def chosen(settings: Settings) -> tuple[str, str]:
    """The engine that reads, and why it is that one."""
    if settings.engine != "auto":
        return settings.engine, "This engine is named in the settings."
    name, why = choose_engine(settings)
    return name, f"Chosen automatically: {why}."


def model_card(status: ModelStatus | None) -> str:
    """The model process: how it is, what it has loaded, what it does."""
    if status is None:
        return _card("Not started", "waiting", "", "It is started when a page waits for it.", "")
    words, tone = SAID.get(status.state, (status.state, "waiting"))
    about = status.about or "Weights are being loaded. On the first use of a hub id they are downloaded."
    if status.state != "ready":
        return _card(words, tone, status.name, about, "")
    seen = status.vision_hits + status.vision_misses
    doing = [
        f"{status.num_running:,} being answered",
        f"{status.num_waiting:,} waiting",
        f"{status.num_answered:,} answered",
        f"{status.tokens_per_second:,.1f} tokens a second" if status.num_answered else "",
        f"{status.vision_hits:,} of {plural(seen, 'picture')} seen before" if seen else "",
    ]
    return _card(words, tone, status.name, about, " · ".join(part for part in doing if part))


def _card(words: str, tone: str, name: str, about: str, doing: str) -> str:
    parts = (f'<b dir="auto">{html(name or "Model")}</b><span class="doc-badge {tone}">{words}</span>',)
    lines = "".join(f'<span class="doc-meta" dir="auto">{html(line)}</span>' for line in (about, doing) if line)
    return f'<div class="doc-card"><div class="doc-state">{"".join(parts)}</div>{lines}</div>'


def engine_rows(found: list[EngineInfo] | None, *, used: str) -> str:
    """Every engine, whether it works here, what it is made of or what it lacks."""
    if found is None:
        return '<p class="doc-note">The engines are being looked at…</p>'
    shown = [each for each in found if each.engine != "fake" or used == "fake"]
    return (
        '<div class="doc-rows">' + "".join(_engine_row(each, is_used=each.engine == used) for each in shown) + "</div>"
    )


def _engine_row(found: EngineInfo, *, is_used: bool) -> str:
    words, tone = ("In use", "good") if is_used and found.available else ("Works", "waiting")
    if not found.available:
        words, tone = ("Does not work", "poor") if is_used else ("Not set up", "waiting")
    return (
        f'<div><b>{html(found.engine)}</b><span class="doc-badge {tone}">{words}</span>'
        f'<span class="doc-meta" dir="auto">{html(found.about)}</span></div>'
    )


def details(status: HomeStatus, memory: dict[str, int], settings: Settings) -> list[tuple[str, str]]:
    return [
        *((f"Memory of the {name}", file_size(size)) for name, size in memory.items()),
        ("Pages found in the cache", f"{status.pages_cached:,}"),
        ("Passages that can be found", f"{status.chunks:,}"),
        ("Changes not yet in the index", f"{status.index_backlog:,}"),
        ("Home", status.home),
        ("Sandbox of the reading processes", confined.describe(settings)),
    ]


def rows(pairs: Iterable[tuple[str, str]]) -> str:
    shown = "".join(f"<div><dt>{html(name)}</dt><dd>{html(value)}</dd></div>" for name, value in pairs)
    return f'<dl class="doc-list">{shown}</dl>'
