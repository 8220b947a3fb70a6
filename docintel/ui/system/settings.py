"""The settings that can be changed here. They are kept in the home; what the environment names stands above them."""

from collections.abc import Mapping
from typing import Any, NamedTuple, get_args

import streamlit as st

from docintel.engines import OPENERS
from docintel.home import Home
from docintel.library.people import audit
from docintel.settings import Settings
from docintel.ui.resources import reopen
from docintel.ui.state import Key

FIXED = "set by the environment"
COLUMNS = 3


class Field(NamedTuple):
    """A setting as people know it."""

    name: str
    label: str
    advice: str = ""


GROUPS: dict[str, tuple[Field, ...]] = {
    "Reading": (
        Field("engine", "Engine", "auto takes Qwen3-VL where a GPU and full-size weights are, else local."),
        Field("languages", "Languages", "Codes such as de, fr. Empty: seen on each page."),
        Field("dpi", "Resolution of PDF pages", "Dots per inch."),
        Field("jobs", "Pages read side by side", "0: one for each processor core."),
        Field("workers", "Worker processes"),
        Field("page_timeout_s", "Longest time for a page", "Seconds."),
        Field("stop_after_failures", "Failures in a row that pause", "0: never."),
    ),
    "How models read": (
        Field("read_mode", "Mode", "page: at once. regions: each part that the layout shows."),
        Field("read_words", "Boxes of lines or words", "Asked for in a second question."),
        Field(
            "compare_readings",
            "Compare with the local engine",
            "auto: photographs, handwriting, small or blurred print.",
        ),
        Field("read_new_tokens", "Longest answer", "Tokens."),
        Field("read_min_tokens", "Least visual tokens", "Each 32×32 pixels of the page: smaller pages are scaled up."),
        Field("read_max_tokens", "Most visual tokens", "4,096 for dense pages."),
    ),
    "Qwen3-VL": (
        Field("qwen3_vl_model", "Weights", "A folder, a hub id such as Qwen/Qwen3-VL-4B-Instruct, or small."),
        Field("qwen3_vl_revision", "Revision", "Of a hub id. Empty: the newest."),
        Field("qwen3_vl_device", "Device", "auto, cpu, cuda, cuda:1; spread uses all cards."),
        Field("qwen3_vl_dtype", "Number format"),
        Field("qwen3_vl_context", "Context", "Tokens of a question and its answer."),
        Field("qwen3_vl_batch", "Answered together"),
    ),
    "Server": (
        Field("endpoint_url", "Address", "OpenAI-compatible, such as http://gpu-host:8000/v1."),
        Field("endpoint_model", "Model", "Empty: the first that the server lists."),
        Field("endpoint_in_flight", "Requests side by side"),
        Field("endpoint_timeout_s", "Longest silence", "Seconds. The key stands in DOCINTEL_ENDPOINT_KEY only."),
    ),
}


def show(home: Home) -> None:
    """A form of them all; saving begins anew with them."""
    if st.session_state.pop(Key.SETTINGS_KEPT, False):
        st.success("The settings are kept. Reading goes on with them.", icon=":material/check:")
    if not home.is_owner:
        st.info("Another process reads into this home. It takes new settings when it is started again.")
    fixed, said = Settings.fixed(), {}
    with st.form("settings", border=False):
        for title, fields in GROUPS.items():
            st.html(f'<h3 class="doc-section">{title}</h3>')
            with st.grid(COLUMNS, min_column_width=220, key=f"settings-{title.replace(' ', '-').lower()}") as places:
                for field in fields:
                    with places.cell():
                        said[field.name] = widget(field, home.settings, is_fixed=field.name in fixed)
        st.caption("Pages that are being read when you save go back to the queue; reading goes on with what you set.")
        is_asked = st.form_submit_button("Save", type="primary")
    if is_asked:
        change(home, {name: value for name, value in said.items() if name not in fixed})


def widget(field: Field, settings: Settings, *, is_fixed: bool) -> Any:
    """The field for a setting, and what stands in it. Nothing is checked here: Settings says what is wrong."""
    value, choices = getattr(settings, field.name), choices_of(field.name, settings)
    shared: dict[str, Any] = {"key": f"setting-{field.name}", "help": field.advice or None, "disabled": is_fixed}
    label = f"{field.label} · {FIXED}" if is_fixed else field.label
    if choices:
        return st.selectbox(label, choices, index=choices.index(value), **shared)
    if isinstance(value, int | float):
        return st.number_input(label, value=value, format="%g" if isinstance(value, float) else None, **shared)
    return st.text_input(label, value=as_shown(value), **shared)


def choices_of(name: str, settings: Settings) -> list[str]:
    """What a setting may be, where that is a short list."""
    if name == "engine":
        return list(dict.fromkeys(("auto", *(each for each in OPENERS if each != "fake"), settings.engine)))
    return [str(each) for each in get_args(Settings.model_fields[name].annotation) if isinstance(each, str)]


def change(home: Home, said: Mapping[str, Any]) -> None:
    """Keeps what was said and opens the home anew. Raises DocintelError; then nothing has changed."""
    changed = {name: value for name, value in said.items() if as_shown(getattr(home.settings, name)) != value}
    if not changed:
        st.toast("Nothing was changed")
        return
    home.settings.keep(changed)
    with home.library.store.write() as tx:
        audit.record(tx, user=home.library.user, action="changed settings", detail=settings_named(changed))
    with st.spinner("What is being read goes back to the queue; reading goes on in a moment…"):
        reopen()
    st.session_state[Key.SETTINGS_KEPT] = True
    st.rerun()


def settings_named(changed: Mapping[str, Any]) -> str:
    """Names and new values, for the audit trail; no key is among what can be changed here."""
    return ", ".join(f"{name} = {as_shown(value)}" for name, value in changed.items())


def as_shown(value: Any) -> Any:
    return ", ".join(value) if isinstance(value, tuple) else value
