"""A schema made or changed in a grid: a row a field; fields that belong to one repeated group name it."""

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd
import streamlit as st

from docintel.errors import UsageError
from docintel.extraction.files import parse_schema
from docintel.extraction.json_schema import schema_from
from docintel.extraction.schema import Field, FieldType, Schema
from docintel.ui import text
from docintel.ui.resources import home
from docintel.ui.state import Key

COLUMNS = ("name", "type", "description", "group")
CHOOSE = "Choose a collection that is yours first: schemas belong to one."
MAX_PASTED = 100_000


def offer(schema: Schema, collection: str | None, *, is_own: bool) -> None:
    """Buttons to change the schema that is shown and to make one; without a `collection` none can be kept."""
    can_keep = collection is not None
    if st.button("Edit schema", icon=":material/edit:", disabled=not can_keep, help=None if can_keep else CHOOSE):
        edit(collection or "", schema, is_own=is_own)
    if st.button("New schema", icon=":material/add:", disabled=not can_keep, help=None if can_keep else CHOOSE):
        edit(collection or "", None, is_own=False)


@st.dialog("Schema", width="large", icon=":material/dataset:")
def edit(collection: str, schema: Schema | None, *, is_own: bool) -> None:
    """A ready schema that is changed becomes the collection's own."""
    name = st.text_input("Name", schema.name if schema else "", max_chars=80, key="schema_name")
    st.html(
        '<p class="doc-note">A row a field. Describe it as you would ask for it: “What is the invoice number?”. '
        "Columns of a table name their group: “lines”.</p>"
    )
    grid = st.data_editor(
        pd.DataFrame(grid_of(schema) if schema else [], columns=list(COLUMNS), dtype="str"),
        num_rows="dynamic",
        hide_index=True,
        width="stretch",
        key="schema_grid",
        alt="Fields of the schema",
        column_config={
            "name": st.column_config.TextColumn("Name", max_chars=80, required=True),
            "type": st.column_config.SelectboxColumn("Type", options=[str(each) for each in FieldType], default="text"),
            "description": st.column_config.TextColumn("Asked as", max_chars=500, width="large"),
            "group": st.column_config.TextColumn("Group", max_chars=80),
        },
    )
    with st.expander("Or paste JSON Schema"):
        pasted = st.text_area(
            "JSON Schema",
            max_chars=MAX_PASTED,
            key="schema_json",
            help="As a pydantic model gives it: json.dumps(Model.model_json_schema())",
        )
    with st.container(horizontal=True, horizontal_alignment="right"):
        if is_own and schema and st.button("Remove", icon=":material/delete:", help="With what was extracted by it."):
            home().library.schemas.remove(collection, schema.name)
            st.rerun()
        if st.button("Save", type="primary", key="save_schema"):
            save(collection, name, grid.to_dict("records"), pasted)


def save(collection: str, name: str, rows: Iterable[Mapping[Any, Any]], pasted: str) -> None:
    """What cannot be kept is said in the dialog."""
    try:
        made = parse_schema(pasted.encode(), f"{name or 'schema'}.json") if pasted.strip() else schema_of(name, rows)
    except UsageError as error:
        st.html(f'<p class="doc-trouble" role="alert">{text.html(str(error))}</p>')
        return
    home().library.schemas.save(collection, made)
    st.session_state[Key.SCHEMA_MADE] = made.name
    st.rerun()


def grid_of(schema: Schema) -> list[dict[str, str]]:
    """The fields of a group stand below each other and name it."""
    return [row for field in schema.fields for row in _rows_of(field)]


def _rows_of(field: Field) -> list[dict[str, str]]:
    shown = [(each, field.name) for each in field.fields] if field.fields else [(field, "")]
    return [
        {"name": each.name, "type": str(each.type), "description": each.description, "group": group}
        for each, group in shown
    ]


def schema_of(name: str, rows: Iterable[Mapping[Any, Any]]) -> Schema:
    """From the rows of a grid; empty ones are left out. Raises UsageError."""
    fields: dict[tuple[str, str], dict[str, Any]] = {}
    for number, row in enumerate(rows):
        said = {column: _cell(row.get(column)) for column in COLUMNS}
        if not any(said[column] for column in ("name", "description")):
            continue
        field = {"name": said["name"], "type": said["type"] or "text", "description": said["description"]}
        if said["group"]:
            group = fields.setdefault(("group", said["group"]), {"name": said["group"], "type": "list", "fields": []})
            group["fields"].append(field)
        else:
            fields["field", str(number)] = field
    return schema_from({"name": name.strip(), "fields": list(fields.values())})


def _cell(value: object) -> str:
    """An empty one is None or NaN."""
    return value.strip() if isinstance(value, str) else ""
