"""The upload field, and what an empty library says."""

import streamlit as st

from docintel.home import Home
from docintel.ingest import IngestOptions, ingest
from docintel.language import language_codes
from docintel.server import uploads
from docintel.settings import PROJECT
from docintel.ui.assets import asset
from docintel.ui.components.dropzone import dropzone
from docintel.ui.documents import watched
from docintel.ui.resources import addresses

SAMPLES = PROJECT / "samples"


def show(home: Home) -> None:
    """The field that takes files; in an empty library with an explanation and the samples."""
    is_empty = home.library.count() == 0
    if is_empty:
        st.html(asset("welcome.html"))
    field(home)
    if is_empty and SAMPLES.is_dir():
        with st.container(horizontal=True, horizontal_alignment="center"):
            if st.button("Nothing at hand? Try the samples", icon=":material/auto_stories:", type="tertiary"):
                list(ingest(home.library, [SAMPLES], IngestOptions(collection="samples")))
                st.rerun()


def field(home: Home) -> None:
    """Takes files, to be added and read as the options beside it say."""
    with st.container(key="upload", horizontal=True, vertical_alignment="top"):
        place = st.container()
        with st.container(width="content", gap=None):
            with st.popover("Options", icon=":material/tune:", type="tertiary"):
                chosen = options(home)
            watched.offer(home)
    with place:
        dropzone(uploads.address(chosen, addresses()), max_bytes=home.settings.max_file_bytes, key="dropzone")
    watched.summary(home)


def options(home: Home) -> uploads.UploadOptions:
    user = home.library.user
    own = sorted(home.library.people.changeable())
    names = [name.removeprefix(f"{user.id}/") for name in own] if user else own
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
    return uploads.UploadOptions(collection=collection or "default", languages=language_codes(languages or ""))
