"""From a stretch of a block's text to the boxes of the words that say it."""

from collections.abc import Sequence
from difflib import SequenceMatcher

from docintel.model import BBox, Block, Word

MAX_ALIGNED_CHARACTERS = 20_000
_MIN_ALIGNED_SHARE = 0.6


def words_in(bbox: BBox, words: Sequence[Word]) -> list[Word]:
    """The words whose middle lies in `bbox`, in their order."""
    return [word for word in words if _holds(bbox, word.bbox)]


def boxes_of(block: Block, start: int, end: int, words: Sequence[Word]) -> tuple[BBox, ...]:
    """Boxes of `block.text[start:end]`, one a line; the block's own box where its words are not known.

    `words` are the page's. They are aligned with the text letter by letter, so a word joined over a line end or
    corrected by a reader is still found.
    """
    inside = words_in(block.bbox, words)
    chosen = [inside[index] for index in _covering(block.text, start, end, [word.text for word in inside])]
    return line_boxes(chosen) or (block.bbox,)


def places_of(text: str, words: Sequence[str]) -> list[tuple[int, ...]]:
    """For each of the words, which are in the text's order, the places of its characters in `text`."""
    letters, owners = _letters_of(words)
    places = [place for place, character in enumerate(text) if not character.isspace()]
    found: list[list[int]] = [[] for _ in words]
    for in_text, in_words, size in _matches("".join(text.split()), letters):
        for step in range(size):
            found[owners[in_words + step]].append(places[in_text + step])
    return [tuple(own) for own in found]


def line_boxes(words: Sequence[Word]) -> tuple[BBox, ...]:
    """Words in order → one box for each line of them; of a line that bends or leans, whose box would hold parts of
    others, one for each word."""
    return tuple(box for line in lines_of(words) for box in _boxes_of_line(line))


def lines_of(words: Sequence[Word]) -> list[list[Word]]:
    """Words in order, line by line."""
    lines: list[list[Word]] = []
    top = bottom = 0.0
    for word in words:
        box = word.bbox
        shared = min(bottom, box.y1) - max(top, box.y0)
        if lines and shared > 0.5 * min(bottom - top, box.height):
            lines[-1].append(word)
            top, bottom = min(top, box.y0), max(bottom, box.y1)
        else:
            lines.append([word])
            top, bottom = box.y0, box.y1
    return lines


def _boxes_of_line(words: Sequence[Word]) -> list[BBox]:
    return [word.bbox for word in words] if any(word.polygon for word in words) else [_around(words)]


def _around(words: Sequence[Word]) -> BBox:
    return BBox.around(word.bbox for word in words)


def _holds(bbox: BBox, inner: BBox) -> bool:
    x, y = inner.center
    return bbox.x0 <= x <= bbox.x1 and bbox.y0 <= y <= bbox.y1


def _covering(text: str, start: int, end: int, words: Sequence[str]) -> list[int]:
    """Indexes of the words that say `text[start:end]`; none where text and words are too different to tell."""
    letters, owners = _letters_of(words)
    written = "".join(text.split())
    first = len("".join(text[:start].split()))
    last = first + len("".join(text[start:end].split()))
    matches = _matches(written, letters)
    aligned = [owners[b + k] for a, b, size in matches for k in range(max(first - a, 0), min(size, last - a))]
    return sorted(set(aligned)) if len(aligned) >= _MIN_ALIGNED_SHARE * (last - first) else []


def _matches(written: str, letters: str) -> list[tuple[int, int, int]]:
    """Where two texts agree: start in the one, start in the other, length. None where they are too long to compare."""
    if written == letters:
        return [(0, 0, len(written))]
    if len(written) + len(letters) > MAX_ALIGNED_CHARACTERS:
        return []
    blocks = SequenceMatcher(None, written, letters, autojunk=False).get_matching_blocks()
    return [(block.a, block.b, block.size) for block in blocks]


def _letters_of(words: Sequence[str]) -> tuple[str, list[int]]:
    """All words' characters without white space, and which word each belongs to."""
    bare = ["".join(word.split()) for word in words]
    return "".join(bare), [index for index, word in enumerate(bare) for _ in word]
