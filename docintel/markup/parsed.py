"""What the readers return, and how blocks come into being one after another."""

from dataclasses import dataclass, field

from docintel.model import BBox, Block, BlockLabel, Model, Table, Word

WHOLE_PAGE = BBox(x0=0, y0=0, x1=1, y1=1)
ENDS_EARLY = "The answer ends in the middle."


class Parsed(Model):
    """What an answer says of a page: blocks in the order in which they were said, words where it was asked for them."""

    blocks: tuple[Block, ...] = ()
    words: tuple[Word, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def is_whole(self) -> bool:
        """Whether the answer came to its end."""
        return ENDS_EARLY not in self.notes


@dataclass
class Blocks:
    """Blocks as they are found; each gets its id here."""

    _found: list[Block] = field(default_factory=list)
    _num_unplaced: int = 0

    def add(
        self,
        label: BlockLabel,
        text: str,
        *,
        bbox: BBox | None = None,
        level: int | None = None,
        table: Table | None = None,
    ) -> None:
        """A block without a box is somewhere on the page; one that says nothing counts only as a picture."""
        if not text and table is None and not self._is_new_picture(label, bbox):
            return
        self._num_unplaced += bbox is None
        self._found.append(
            Block(
                id=f"b{len(self._found) + 1}",
                label=label,
                bbox=bbox or WHOLE_PAGE,
                text=text,
                level=level,
                table=table,
            )
        )

    def _is_new_picture(self, label: BlockLabel, bbox: BBox | None) -> bool:
        if label not in {BlockLabel.PICTURE, BlockLabel.CHART} or bbox is None:
            return False
        return not self._found or self._found[-1].bbox != bbox  # an image in a div of its own is one picture

    def parsed(self, *, is_whole: bool) -> Parsed:
        notes = [] if is_whole else [ENDS_EARLY]
        if self._num_unplaced:
            notes.append(f"{self._num_unplaced} of {len(self._found)} blocks came without a place on the page.")
        return Parsed(blocks=tuple(self._found), notes=tuple(notes))
