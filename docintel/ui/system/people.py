"""What each user has stored and waiting, beside what they may have."""

import streamlit as st

from docintel.display import file_size
from docintel.home import Home
from docintel.library.people.quotas import Usage
from docintel.settings import Settings
from docintel.ui.text import html, plural


def show(home: Home) -> None:
    """Nothing where nobody has documents of their own."""
    found = home.library.people.usage()
    if not found:
        return
    st.html('<h3 class="doc-section">People</h3>')
    st.html(f'<div class="doc-rows">{"".join(row(each, home.settings) for each in found)}</div>')


def row(usage: Usage, settings: Settings) -> str:
    stored, queued = file_size(usage.bytes), f"{usage.pages_queued:,}"
    if settings.user_bytes:
        stored += f" of {file_size(settings.user_bytes)}"
    if settings.user_pages_queued:
        queued += f" of {settings.user_pages_queued:,}"
    about = f"{plural(usage.documents, 'document')} · {stored} stored · {queued} pages waiting"
    return f'<div><b>{html(usage.user)}</b><span class="doc-meta">{about}</span></div>'
