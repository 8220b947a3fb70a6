"""The search model, and the offer to embed everything with another where documents were indexed with an older one."""

import streamlit as st

from docintel.display import language_name
from docintel.embedding import Embedder
from docintel.home import Home
from docintel.library.people import audit
from docintel.ui.resources import whole_home
from docintel.ui.text import html, plural

POLL_S = 2.0


def show(home: Home) -> None:
    st.html('<h3 class="doc-section">Search</h3>')
    st.fragment(model, run_every=POLL_S if home.reindexing.is_running else None)(home)


def model(home: Home) -> None:
    """Looks again by itself while the documents are indexed anew."""
    if home.reindexing.is_running:
        embedded = plural(home.reindexing.num_embedded, "passage")
        st.info(f"Documents are being indexed anew: {embedded} so far. Reading goes on after that.")
        return
    if home.reindexing.error:
        st.error(home.reindexing.error)
    st.html(f'<p class="doc-note" dir="auto">{html(about(home.embedder))}</p>')
    if home.needs_reindexing and home.is_owner:
        offer(home)


def about(embedder: Embedder) -> str:
    """Its name and what it knows."""
    if embedder.languages is None:
        return f"{embedder.model} finds passages by meaning, in every language."
    return f"{embedder.model} finds passages by meaning in {', '.join(sorted(map(language_name, embedder.languages)))}."


def offer(home: Home) -> None:
    st.warning(
        "These documents were indexed with another search model. Reindex to search them with the one that the settings "
        "name: minutes for thousands of pages, in which nothing is read."
    )
    if st.button("Reindex", type="primary"):
        with home.library.store.write() as tx:
            audit.record(tx, user=home.library.user, action="reindexed")
        whole_home().start_reindexing()
        st.rerun()
