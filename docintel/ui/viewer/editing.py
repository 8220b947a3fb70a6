"""The viewer's Edit mode: the chosen block is corrected in a panel beside the page, step by step, with undo."""

from collections.abc import Callable

import streamlit as st

from docintel.corrections import Correction, editing
from docintel.errors import CorrectedMeanwhile, DocintelError
from docintel.home import Home
from docintel.model import Block, BlockLabel, Document, Page, block_by_id
from docintel.ui import text
from docintel.ui.state import Key
from docintel.ui.viewer import table_editing
from docintel.ui.viewer.history import show as show_history


class Editor:
    """Corrections of one page, as it was when it was drawn."""

    def __init__(self, home: Home, document: Document, page: Page) -> None:
        self._home = home
        self.document = document
        self.page = page
        self.newest = home.library.corrections.newest(document.id, page.number)

    def key(self, name: str, block: Block) -> str:
        """Of a widget: what is typed belongs to the block as it was drawn."""
        return f"correct-{name}-{self.document.id}-{self.page.number}-{block.id}-{self.newest}"

    def correct(self, *makes: Callable[[Page], Correction], unsaved: str = "") -> None:
        """One after the other, each of the page as the one before left it. What goes wrong is shown by the next run.

        `unsaved`: what was typed, which is offered again where somebody was faster.
        """
        page, newest, number = self.page, self.newest, self.page.number
        st.session_state.pop(Key.CORRECTION_PROBLEM, None)
        try:
            for make in makes:
                newest = self._home.correcting.correct(self.document.id, number, make(page), expected=newest).seq
                page = self._home.library.page(self.document.id, number)
        except DocintelError as error:
            kept = unsaved if isinstance(error, CorrectedMeanwhile) else ""
            st.session_state[Key.CORRECTION_PROBLEM] = (self.document.id, number, str(error), kept)

    def step(self, *, redo: bool) -> None:
        """Undo, or redo."""
        st.session_state.pop(Key.CORRECTION_PROBLEM, None)
        correcting = self._home.correcting
        try:
            (correcting.redo if redo else correcting.undo)(self.document.id, self.page.number)
        except DocintelError as error:
            st.session_state[Key.CORRECTION_PROBLEM] = (self.document.id, self.page.number, str(error), "")


def show(home: Home, document: Document, page: Page, selected: str) -> None:
    """The panel."""
    editor = Editor(home, document, page)
    with st.container(horizontal=True, key="viewer-editing"):
        st.button("Undo", icon=":material/undo:", shortcut="Alt+Z", on_click=editor.step, kwargs={"redo": False})
        st.button("Redo", icon=":material/redo:", shortcut="Alt+Shift+Z", on_click=editor.step, kwargs={"redo": True})
        show_history(home, document, page.number)
    unsaved = problem(editor)
    block = block_by_id(page, selected)
    if document.state.is_open:
        st.info("This document is being read. It can be corrected when it is ready.")
    elif block is None:
        st.caption("Choose a block on the page or in its text to correct it.")
    else:
        correct_block(editor, block, unsaved)


def problem(editor: Editor) -> str:
    """Says what went wrong; what was typed and not saved."""
    document, number, said, unsaved = st.session_state.get(Key.CORRECTION_PROBLEM, ("", 0, "", ""))
    if (document, number) != (editor.document.id, editor.page.number):
        return ""
    st.error(text.markdown(said), icon=":material/error:")
    if unsaved:
        st.caption("What you typed is still below. Save writes it over the change that is shown.")
    return str(unsaved)


def correct_block(editor: Editor, block: Block, unsaved: str) -> None:
    place = editor.page.blocks.index(block)
    st.markdown(f"**Block {place + 1}** of {len(editor.page.blocks)}")
    with st.form(f"correct-{block.id}", border=False, enter_to_submit=False):
        if block.table is None:
            value = unsaved or block.text
            st.text_area("Text", value, height=180, key=editor.key("text", block), max_chars=editing.MAX_TEXT)
        else:
            table_editing.grid_of(block.table, key=editor.key("table", block))
        labels = list(BlockLabel)
        st.selectbox("Label", labels, labels.index(block.label), format_func=label_name, key=editor.key("label", block))
        st.form_submit_button("Save", type="primary", on_click=save, args=(editor, block), shortcut="Ctrl+Enter")
    if block.table is not None:
        table_editing.columns_of(editor.correct, block.id, block.table, key=editor.key("columns", block))
    with st.container(horizontal=True):
        for name, icon, make in actions(editor.page, block, place):
            st.button(name, icon=icon, disabled=make is None, on_click=editor.correct, args=(make,))


def actions(page: Page, block: Block, place: int) -> list[tuple[str, str, Callable[[Page], Correction] | None]]:
    """Name, icon, and what is done; None: it cannot be here."""
    ids = ["", *(each.id for each in page.blocks)]
    is_last = place + 1 == len(page.blocks)
    up, down = (ids[place - 1] if place else None), (None if is_last else ids[place + 2])
    return [
        ("Merge with next", ":material/merge:", None if is_last else lambda p: editing.merge_with_next(p, block.id)),
        ("Move up", ":material/arrow_upward:", None if up is None else lambda p: editing.move(p, block.id, up)),
        ("Move down", ":material/arrow_downward:", None if down is None else lambda p: editing.move(p, block.id, down)),
        ("Delete", ":material/delete:", lambda p: editing.delete(p, block.id)),
    ]


def label_name(label: BlockLabel) -> str:
    return label.replace("_", " ").capitalize()


def save(editor: Editor, block: Block) -> None:
    """What was changed of the text, or the cells, and the label."""
    makes: list[Callable[[Page], Correction]] = []
    typed = ""
    if block.table is None:
        typed = str(st.session_state[editor.key("text", block)] or "")
        if typed != block.text:
            makes.append(lambda page: editing.set_text(page, block.id, typed))
    else:
        table = table_editing.edited(block.table, st.session_state[editor.key("table", block)])
        if table != block.table:
            makes.append(lambda page: editing.set_table(page, block.id, table))
    label = st.session_state[editor.key("label", block)]
    if label is not block.label:
        makes.append(lambda page: editing.set_label(page, block.id, BlockLabel(label)))
    editor.correct(*makes, unsaved=typed)
