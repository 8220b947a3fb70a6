"""Pure: a line that holds right-to-left text, from the order of its glyphs on paper to the order in which it is read.

MuPDF turns single runs round, but leaves punctuation, brackets, marks and ligatures where they fall. Here the line is
rebuilt from where its glyphs stand: clusters (a glyph, its marks, the other letters of its ligature) from right to
left, then numbers and Latin words turned back (after the Unicode Bidirectional Algorithm, UAX #9, rules W1–W7 and N1,
as far as the picture of a line can be undone).
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import replace

from docintel.intake.pdf.written.glyphs import Glyph, is_sign

NARROW = 0.05
"""A glyph narrower than this part of its height has no width of its own."""
SAME_PLACE = 0.1
"""Two glyphs meet when they are nearer than this part of their height."""
APART = 0.25
"""Glyphs of one word are nearer to each other than this part of their height."""
ALEFS = frozenset("اأإآٱ")
LAM = "ل"
MIRRORED = {"(": ")", ")": "(", "[": "]", "]": "[", "{": "}", "}": "{", "«": "»", "»": "«"}
OPENING = frozenset("([{«")
LEFT_TO_RIGHT_RUN = re.compile(r"(?:N[NCS]*)?L(?:[LNCSTOW]*[LN])?|N+(?:CN+)*")
"""Latin words with what stands between them, and numbers with their separators, in classes of `_class_of`."""
LEFT_TO_RIGHT_RUN_IN_HEBREW = re.compile(r"(?:N[NCS]*)?L(?:[LNCSTOW]*[LN])?|T?N+(?:[CS]N+)*T?")
"""Beside Arabic letters a hyphen parts two numbers, and a per cent sign stands by itself; beside Hebrew ones they
belong to the number (UAX #9, W2, W4, W5)."""
RIGHT_TO_LEFT_RUN = re.compile(r"R(?:[RNCSTOW]*R)?")
CLASSES = {"R": "R", "AL": "R", "L": "L", "EN": "N", "AN": "N", "CS": "C", "ES": "S", "ET": "T", "WS": "W", "NSM": "W"}
Cluster = list[Glyph]


def is_right_to_left(glyphs: Sequence[Glyph]) -> bool:
    return any(_class_of(glyph) == "R" for glyph in glyphs)


def logical(glyphs: Sequence[Glyph]) -> list[Glyph]:
    """The glyphs of one horizontal line in reading order."""
    written = [cluster for cluster in _clusters(glyphs) if not cluster[0].is_gap or not cluster[0].text.isspace()]
    from_the_right = _with_gaps(sorted(written, key=lambda cluster: -_place(cluster)))
    turned = LEFT_TO_RIGHT_RUN if _is_arabic(glyphs) else LEFT_TO_RIGHT_RUN_IN_HEBREW
    if _is_mostly_latin(glyphs):
        ordered = _with_turned(from_the_right[::-1], RIGHT_TO_LEFT_RUN, inside=turned)
    else:
        ordered = _with_turned(from_the_right, turned)
    return _with_brackets_paired([glyph for cluster in ordered for glyph in cluster])


def _with_turned(
    clusters: list[Cluster], run: re.Pattern[str], *, inside: re.Pattern[str] | None = None
) -> list[Cluster]:
    """The clusters with every run of the other direction turned round, and the runs `inside` those turned back."""
    classes = "".join(_class_of(cluster[0]) for cluster in clusters)
    ordered: list[Cluster] = []
    end = 0
    for found in run.finditer(classes):
        back = clusters[found.start() : found.end()][::-1]
        ordered += clusters[end : found.start()] + (_with_turned(back, inside) if inside else back)
        end = found.end()
    return ordered + clusters[end:]


def _with_gaps(from_the_right: list[Cluster]) -> list[Cluster]:
    """A space wherever paper shows one that nobody wrote. MuPDF's own guesses stood in the order of its runs."""
    spaced: list[Cluster] = []
    for cluster in from_the_right:
        box = cluster[0].box
        if spaced and spaced[-1][0].box[0] - box[2] > APART * (box[3] - box[1]):
            spaced.append([Glyph(" ", (box[2], box[1], box[2], box[3]), is_gap=True)])
        spaced.append(cluster)
    return spaced


def _clusters(glyphs: Sequence[Glyph]) -> list[Cluster]:
    """Glyphs with the marks and ligature letters that have no width of their own, base first."""
    clusters: list[Cluster] = []
    place = 0
    while place < len(glyphs):
        glyph = glyphs[place]
        after = _narrow_from(glyphs, place + 1)
        if _is_narrow(glyph):
            group = _narrow_from(glyphs, place)
            place += len(group)
            if clusters and _belongs_to(clusters[-1], group):
                clusters[-1].extend(sorted(group, key=_is_mark))
            elif place < len(glyphs) and _ends_at(glyphs[place], group[0]):
                clusters.append([glyphs[place], *group[::-1]])
                place += 1
            else:
                clusters.append(group[::-1])
        elif glyph.is_gap and after and _meet(after[0].box[0], glyph.box[0], glyph):
            clusters.append([replace(after[-1], box=glyph.box), *after[:-1][::-1]])
            place += 1 + len(after)
        else:
            clusters.append([glyph])
            place += 1
    return clusters


def _narrow_from(glyphs: Sequence[Glyph], start: int) -> Cluster:
    """The glyphs without width that stand at one place, from `start` on."""
    group: Cluster = []
    for place in range(start, len(glyphs)):
        glyph = glyphs[place]
        if not _is_narrow(glyph) or (group and not _meet(glyph.box[0], group[0].box[0], glyph)):
            break
        group.append(glyph)
    return group


def _belongs_to(cluster: Cluster, group: Cluster) -> bool:
    """Marks stand on the glyph before them, an alef after a lam is the rest of their ligature."""
    if not _meet(cluster[0].box[0], group[0].box[0], cluster[0]):
        return False
    is_rest = cluster[0].text == LAM and any(glyph.text in ALEFS for glyph in group)
    return is_rest or all(map(_is_mark, group))


def _is_mark(glyph: Glyph) -> bool:
    return is_sign(glyph.text)


def _ends_at(glyph: Glyph, mark: Glyph) -> bool:
    return not glyph.text.isspace() and _meet(glyph.box[2], mark.box[0], glyph)


def _is_narrow(glyph: Glyph) -> bool:
    return glyph.width < NARROW * (glyph.box[3] - glyph.box[1]) and not glyph.text.isspace()


def _meet(x: float, other: float, glyph: Glyph) -> bool:
    return abs(x - other) < SAME_PLACE * (glyph.box[3] - glyph.box[1])


def _place(cluster: Cluster) -> float:
    return (cluster[0].box[0] + cluster[0].box[2]) / 2


def _class_of(glyph: Glyph) -> str:
    return CLASSES.get(unicodedata.bidirectional(glyph.text[:1] or " "), "O")


def _is_arabic(glyphs: Sequence[Glyph]) -> bool:
    return any(unicodedata.bidirectional(glyph.text[:1] or " ") == "AL" for glyph in glyphs)


def _is_mostly_latin(glyphs: Sequence[Glyph]) -> bool:
    classes = [_class_of(glyph) for glyph in glyphs]
    return classes.count("L") > 2 * classes.count("R")


def _with_brackets_paired(glyphs: list[Glyph]) -> list[Glyph]:
    """Some programs write the bracket that is seen, others the one that is meant: the first one has to open."""
    brackets = [glyph.text for glyph in glyphs if glyph.text in MIRRORED]
    if not brackets or brackets[0] in OPENING or brackets[-1] not in OPENING:
        return glyphs
    return [replace(glyph, text=MIRRORED.get(glyph.text, glyph.text)) for glyph in glyphs]
