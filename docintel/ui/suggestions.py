"""What to try first: questions that the samples answer, where they are what is asked."""

import json
from typing import Any

import streamlit as st

from docintel.home import Home
from docintel.model import Filters
from docintel.settings import PROJECT

MAX_DOCUMENTS = 1_000
MAX_SUGGESTIONS = 6
QUESTIONS = PROJECT / "samples" / "questions.json"
"""Name of a sample → questions that it answers."""


def show(home: Home, filters: Filters) -> str | None:
    """The question that was chosen."""
    st.html(
        '<div class="doc-empty"><h3>Ask in your own words</h3><p>Every answer comes with the places it was taken from. '
        "“What is the invoice total?” finds the value; “Which deadline does the contract name?” the sentence.</p></div>"
    )
    chosen = None
    with st.container(horizontal=True, horizontal_alignment="center", key="suggestions"):
        for question in suggested(home, filters):
            if st.button(question, type="secondary"):
                chosen = question
    return chosen


def suggested(home: Home, filters: Filters) -> list[str]:
    """All of one sample's where it alone is asked; else one of each that is among what is asked."""
    ids = filters.documents or None
    names = set(home.library.names(collection=filters.collection, ids=ids, limit=MAX_DOCUMENTS).values())
    samples = [asked for name, asked in sample_questions().items() if name in names]
    found = samples[0] if len(names) == 1 and samples else [asked[0] for asked in samples]
    return [each["question"] for each in found[:MAX_SUGGESTIONS]]


@st.cache_data
def sample_questions() -> dict[str, list[dict[str, Any]]]:
    """What the samples can be asked; nothing where they aren't installed."""
    if not QUESTIONS.is_file():
        return {}
    found: dict[str, list[dict[str, Any]]] = json.loads(QUESTIONS.read_text(encoding="utf-8"))
    return found
