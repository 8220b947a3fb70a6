"""One row a document, one column a field; a cell that is chosen shows where its value stands."""

from collections.abc import Mapping, Sequence

import pandas as pd
import streamlit as st

from docintel.extraction.schema import Extraction, Field, FieldType, Row, Schema, Value
from docintel.library.schemas import Kept
from docintel.model import Citation, Document
from docintel.ui.answers import show_citation
from docintel.ui.text import clean, html, plural

NAME = "Document"
DOUBT = " ?"
LEGEND = "Choose a cell to see where its value stands. Values with a question mark are in doubt: look at them."
YES_NO = {"true": "☑ yes", "false": "☐ no"}


def show(schema: Schema, documents: Sequence[Document], kept: Mapping[str, Kept]) -> None:
    rows = [each for each in documents if each.id in kept]
    if not rows:
        return
    st.html(f'<p class="doc-note">{LEGEND}</p>')
    fields = {label_of(schema, field): field for field in schema.fields}
    data = pd.DataFrame(
        [
            {NAME: clean(each.name)}
            | {label: cell_of(field, kept[each.id].extraction) for label, field in fields.items()}
            for each in rows
        ],
        dtype="str",
    )
    chosen = _chosen_cell(data, f"extracted-{schema.name}", f"Values by the schema {schema.name}")
    if chosen is None or chosen[0] >= len(rows) or chosen[1] not in fields:
        return
    document, field = rows[chosen[0]], fields[chosen[1]]
    extraction = kept[document.id].extraction
    st.html(f'<h4 class="doc-section">{html(field.name)}<span dir="auto">{html(document.name)}</span></h4>')
    if field.fields:
        group(document, field, extraction.rows.get(field.name, ()))
    else:
        places(document, field, extraction.values.get(field.name, ()), key="field")


def label_of(schema: Schema, field: Field) -> str:
    """A field may be called as the column of names is."""
    return f"{field.name} ({schema.name})" if field.name == NAME else field.name


def cell_of(field: Field, extraction: Extraction) -> str:
    if field.fields:
        rows = extraction.rows.get(field.name, ())
        return plural(len(rows), "row") if rows else ""
    return "; ".join(said(field, each) for each in extraction.values.get(field.name, ()))


def said(field: Field, value: Value) -> str:
    shown = YES_NO.get(value.value, "") if field.type is FieldType.YES_NO else value.value or value.text
    return f"{clean(shown)}{f' {value.unit}' if value.unit else ''}{'' if value.is_sure else DOUBT}"


def group(document: Document, field: Field, rows: Sequence[Row]) -> None:
    """The rows of a repeated group, whose cells are chosen as those above."""
    if not rows:
        st.html('<p class="doc-note">No table of this document has these columns.</p>')
        return
    data = pd.DataFrame(
        [{each.name: said(each, row[each.name]) if each.name in row else "" for each in field.fields} for row in rows],
        dtype="str",
    )
    chosen = _chosen_cell(data, f"rows-{document.id}-{field.name}", f"Rows of {field.name}")
    if chosen is None or chosen[0] >= len(rows):
        return
    column = next((each for each in field.fields if each.name == chosen[1]), None)
    value = rows[chosen[0]].get(chosen[1])
    if column:
        places(document, column, (value,) if value else (), key="row")


def places(document: Document, field: Field, values: Sequence[Value], *, key: str) -> None:
    """What was understood, how sure that is, and where it stands: the crop opens the viewer there."""
    if not values:
        st.html('<p class="doc-note">Nothing in this document was found to say it.</p>')
    for number, value in enumerate(values):
        with st.container(key=f"evidence-{key}-{number}", width=420):
            written = f"written “{value.text}”, " if value.text != value.value else ""
            doubt = "sure" if value.is_sure else "in doubt"
            st.html(
                f'<p class="doc-understood"><bdi>{html(said(field, value).removesuffix(DOUBT))}</bdi> · '
                f"{html(written)}{doubt}, right with about {value.probability:.0%}</p>"
            )
            place = value.place
            citation = Citation(
                document_id=document.id,
                name=document.name,
                page_number=place.page_number,
                boxes=place.boxes,
                text=place.quote,
                block_ids=place.block_ids,
            )
            show_citation(citation, f"{key}-{number}", None)


def _chosen_cell(data: pd.DataFrame, key: str, alt: str) -> tuple[int, str] | None:
    """Its row, from 0, and its column's name."""
    event = st.dataframe(
        data, hide_index=True, on_select="rerun", selection_mode="single-cell", key=key, width="stretch", alt=alt
    )
    cells = event["selection"]["cells"]
    return (int(cells[0][0]), str(cells[0][1])) if cells else None
