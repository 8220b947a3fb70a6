"""Watched folders: seen, added, removed by whoever may read the machine's disk."""

from datetime import UTC, datetime

import streamlit as st

from docintel.display import age
from docintel.errors import DocintelError
from docintel.home import Home
from docintel.language import language_codes
from docintel.library import watches
from docintel.library.people import access
from docintel.library.watches import Watch
from docintel.ui import cards
from docintel.ui.resources import home
from docintel.ui.text import html, in_a_row, plural

MAX_REFUSED = 5
NO_ROOTS = (
    "To watch folders here, name those that the app may use in the setting DOCINTEL_WATCH_ROOTS and start it again. "
    "<code>docintel watch</code> watches any folder."
)


def may_watch(home: Home) -> bool:
    return access.sees_all(home.library.user)


def offer(home: Home) -> None:
    """The way to the folders, beside the other ways to add."""
    if may_watch(home) and st.button("Watch a folder", icon=":material/folder_eye:", type="tertiary"):
        dialog()


def summary(home: Home) -> None:
    """A line about the folders that are watched, where there are any."""
    found = kept(home) if may_watch(home) else []
    if not found:
        return
    troubled = sum(watch.error is not None for watch in found)
    refused = sum(watch.num_refused for watch in found)
    parts = [f"{plural(len(found), 'folder')} watched"]
    parts += [f"{troubled:,} cannot be looked at"] if troubled else []
    parts += [f"{plural(refused, 'file')} not taken"] if refused else []
    with st.container(horizontal=True, vertical_alignment="center", key="watched"):
        st.html(f'<span class="doc-meta">{" · ".join(parts)}</span>')
        if st.button("Show", type="tertiary", key="show-watched"):
            dialog()


def kept(home: Home) -> list[Watch]:
    return [watch for watch in watches.watches(home.library.store) if watch.is_kept]


@st.dialog("Watched folders", width="large", icon=":material/folder_eye:")
def dialog() -> None:
    folders(home())


def folders(opened: Home) -> None:
    found = kept(opened)
    for watch in found:
        row(opened, watch, now=datetime.now(UTC))
    if not found:
        st.write(
            "Files that come into a watched folder of this machine are read by themselves, once they are complete."
        )
    form(opened)


def row(home: Home, watch: Watch, *, now: datetime) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key=f"watch-{watch.id}"):
        st.html(
            f'<div class="doc-facts">{cards.name(str(watch.folder))}'
            f'<span class="doc-meta">{in_a_row(facts(watch, now=now))}</span>{trouble(home, watch)}</div>'
        )
        if watch.num_refused and st.button(
            "Try again", icon=":material/refresh:", type="tertiary", key=f"try-{watch.id}"
        ):
            watches.try_again(home.library.store, watch.id)
            st.rerun(scope="fragment")
        if st.button("Stop watching", icon=":material/close:", type="tertiary", key=f"unwatch-{watch.id}"):
            watches.remove(home.library.store, watch.id, user=home.library.user)
            st.rerun()


def facts(watch: Watch, *, now: datetime) -> list[str]:
    looked = f"looked at {age(watch.looked_at, now=now)}" if watch.looked_at else "not looked at yet"
    moved = f"files are moved to {watch.move_to}" if watch.move_to else "files stay there"
    return [f"for {access.title_of(watch.collection)}", moved, looked]


def trouble(home: Home, watch: Watch) -> str:
    """What is wrong with the folder, and which files were not taken."""
    error = f'<span class="doc-trouble" dir="auto">{html(watch.error)}</span>' if watch.error else ""
    refused = watches.refused(home.library.store, watch.id, limit=MAX_REFUSED) if watch.num_refused else []
    lines = "".join(
        f'<li><b dir="auto">{html(file.path)}</b> <span>{html(file.error or "")}</span></li>' for file in refused
    )
    more = watch.num_refused - len(refused)
    lines += f"<li>and {more:,} more</li>" if more > 0 else ""
    return error + (f'<div class="doc-refused" dir="auto"><ul>{lines}</ul></div>' if lines else "")


def form(home: Home) -> None:
    if not home.settings.watch_roots:
        st.html(f'<p class="doc-note">{NO_ROOTS}</p>')
        return
    with st.form("watch", border=False):
        folder = st.text_input("Folder of this machine", placeholder="/srv/scans", autocomplete="off")
        left, right = st.columns(2)
        collection = left.text_input("Collection", placeholder="default")
        move_to = right.text_input("Move files that were taken to", placeholder="they stay where they are")
        languages = left.text_input("Languages", placeholder="seen on each page", help="Two-letter codes: “el tr”.")
        is_recursive = right.checkbox("Folders within it, too", value=True)
        if not st.form_submit_button("Watch this folder", type="primary"):
            return
    try:
        watches.watch(
            home.library.store,
            watches.folder_named(folder),
            collection=collection.strip() or "default",
            languages=language_codes(languages),
            is_recursive=is_recursive,
            move_to=watches.folder_named(move_to) if move_to.strip() else None,
            roots=home.settings.watch_roots,
            user=home.library.user,
        )
    except DocintelError as error:
        st.html(f'<p class="doc-trouble" dir="auto">{html(str(error))}</p>')
    else:
        st.rerun()
