"""What is typed in the viewer's Edit panel becomes the corrections that were meant."""

from docintel.corrections import applied
from docintel.tables import grid
from docintel.ui.address import ViewerAddress
from docintel.ui.viewer.editing import actions
from docintel.ui.viewer.table_editing import edited
from tests.corrections.pages import TABLE, page


def test_cells_typed_added_and_deleted_in_the_grid_are_the_tables() -> None:
    edits = {
        "edited_rows": {2: {"2": "3.20"}},
        "added_rows": [{"1": "Screws", "2": "01067", "_index": None}],
        "deleted_rows": [1],
    }
    assert grid(edited(TABLE, edits)) == [["Items", "Items"], ["Nails", "3.20"], ["Screws", "01067"]]
    assert edited(TABLE, {"edited_rows": {}, "added_rows": [], "deleted_rows": []}) == TABLE


def test_blocks_move_by_one_and_not_beyond_the_page() -> None:
    shown = page()
    for place, block in enumerate(shown.blocks):
        made = {name: make for name, _, make in actions(shown, block, place)}
        assert (made["Move up"] is None, made["Move down"] is None) == (place == 0, place == len(shown.blocks) - 1)
        for name, by in (("Move up", -1), ("Move down", 1)):
            if make := made[name]:
                assert applied(shown, make(shown)).blocks[place + by] == block


def test_editing_stands_in_the_address() -> None:
    address = ViewerAddress("d", page=2, edit=True)
    assert ViewerAddress.read(address.query()) == address
