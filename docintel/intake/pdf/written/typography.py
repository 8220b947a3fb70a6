"""Pure: what typesetters do to letters, undone: the lines of a page as somebody would type them."""

from collections.abc import Sequence

from docintel.intake.pdf.written.glyphs import Glyph
from docintel.intake.pdf.written.initials import with_initials
from docintel.intake.pdf.written.raised import with_marks_attached, with_raised
from docintel.intake.pdf.written.spacing import without_tracking


def as_written(lines: Sequence[list[Glyph]]) -> list[list[Glyph]]:
    """As many lines; of one whose glyphs belong to another nothing is left."""
    return [without_tracking(with_raised(line)) for line in with_marks_attached(with_initials(lines))]
