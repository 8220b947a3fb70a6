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
from docintel.ui.state import Key

SAMPLES = PROJECT / "samples"
DROPZONE = "dropzone"
MAX_STALE = 20


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
    signed = addresses()
    with place:
        dropzone(
            uploads.address(chosen, signed),
            into=target(home, chosen.collection),
            renewed={path: found for path in stale() if (found := uploads.renewed(path, signed))},
            max_bytes=home.settings.max_file_bytes,
            key=DROPZONE,
            on_stale=note_stale,
        )
    watched.summary(home)


def target(home: Home, collection: str) -> str:
    """Where files will go, and who else sees them there."""
    found = [each for each in home.library.collections() if collection in {each.name, each.title}]
    readers = {reader for each in found for reader in each.readers}
    shared = f", shared with {', '.join(sorted(readers))}" if readers else ""
    return f"Collection: {collection}{shared}"


def stale() -> list[str]:
    paths: list[str] = st.session_state.setdefault(Key.STALE, [])
    return paths


def note_stale() -> None:
    path = st.session_state[DROPZONE].get("stale")
    if isinstance(path, str) and path not in stale():
        st.session_state[Key.STALE] = [*stale(), path][-MAX_STALE:]


def options(home: Home) -> uploads.UploadOptions:
    user, changeable = home.library.user, home.library.people.changeable()
    own = sorted(each.name for each in home.library.collections(with_empty=True) if each.name in changeable)
    names = [name.removeprefix(f"{user.id}/") for name in own] if user else own
    collection = st.selectbox(
        "Collection",
        sorted({"default", *names}),
        index=None,
        placeholder="default",
        accept_new_options=True,
        key="into",
        bind="query-params",
        help="Documents are searched and asked within a collection, or in all of them.",
    )
    languages = st.text_input(
        "Languages",
        placeholder="seen on each page",
        key="upload_languages",
        help="Only when the language is recognised wrongly: two-letter codes, for example “el tr”.",
    )
    return uploads.UploadOptions(collection=collection or "default", languages=language_codes(languages or ""))
