"""The upload field, and what an empty library says."""

import streamlit as st

from docintel.home import Home
from docintel.ingestion import Wishes, add_all
from docintel.settings import PROJECT
from docintel.ui.assets import asset
from docintel.ui.documents import upload
from docintel.ui.state import Key
from docintel.ui.text import html, plural

SAMPLES = PROJECT / "samples"
KINDS = ["pdf", "png", "jpg", "jpeg", "tif", "tiff", "webp", "bmp", "jp2", "zip"]
"""What the browser's file chooser offers; what a file really is, is seen from its content."""


def show(home: Home) -> None:
    """The field that takes files; in an empty library with an explanation and the samples."""
    is_empty = home.library.count() == 0
    if is_empty:
        st.html(asset("welcome.html"))
    field(home)
    refused()
    if is_empty and SAMPLES.is_dir():
        with st.container(horizontal=True, horizontal_alignment="center"):
            if st.button("Nothing at hand? Try the samples", icon=":material/auto_stories:", type="tertiary"):
                list(add_all(home, [SAMPLES], Wishes(collection="samples")))
                st.rerun()


def field(home: Home) -> None:
    """Takes the files that were dropped, and empties itself."""
    taken_before = st.session_state.setdefault(Key.UPLOADS, 0)
    with st.container(key="upload", horizontal=True, vertical_alignment="center"):
        files = st.file_uploader(
            "Add documents",
            type=KINDS,
            accept_multiple_files=True,
            key=f"upload-{taken_before}",
            label_visibility="collapsed",
        )
        with st.popover("Options", icon=":material/tune:", type="tertiary"):
            collection, languages = options(home)
    if files:
        with st.spinner(f"Taking in {len(files)} files…"):
            taken = upload.take(home, files, collection=collection, languages=languages)
        st.session_state[Key.UPLOADS] = taken_before + 1
        tell(taken)
        st.rerun()


def options(home: Home) -> tuple[str, tuple[str, ...]]:
    names = [each.name for each in home.library.collections()]
    collection = st.selectbox(
        "Collection",
        sorted({"default", *names}),
        index=None,
        placeholder="default",
        accept_new_options=True,
        key="upload_collection",
        help="Documents are searched and asked within a collection, or in all of them.",
    )
    languages = st.text_input(
        "Languages",
        placeholder="seen on each page",
        key="upload_languages",
        help="Only when the language is recognised wrongly: two-letter codes, for example “el tr”.",
    )
    return collection or "default", tuple((languages or "").replace(",", " ").lower().split())


def tell(taken: list[upload.Taken]) -> None:
    st.toast(upload.told(taken), icon=":material/upload_file:")
    st.session_state[Key.REFUSED] = [each for each in taken if each.error]


def refused() -> None:
    """Which files were not taken and why; it stays until it is put away."""
    files: list[upload.Taken] = st.session_state.get(Key.REFUSED, [])
    if not files:
        return
    lines = "".join(f"<li><b>{html(each.name)}</b> <span>{html(each.error)}</span></li>" for each in files)
    with st.container(key="refused", horizontal=True, vertical_alignment="top"):
        st.html(f'<div class="doc-refused">{plural(len(files), "file")} not taken:<ul dir="auto">{lines}</ul></div>')
        st.button(
            "Dismiss", type="tertiary", icon=":material/close:", on_click=st.session_state.pop, args=(Key.REFUSED,)
        )
