"""Which script each line of a page is in: by the eye, and by reading where the eye is unsure."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from docintel.engines.local.geometry import Quad, size
from docintel.engines.local.lines.line_classifier import SCRIPT_CODES, LineScores
from docintel.engines.local.lines.words import ReadLine
from docintel.engines.local.scripts import scripts_of

MIN_SCRIPT_MARGIN = 4.0
"""Log-odds by which a line must look more like another script than the page's to be read as that."""
MIN_ASPECT = 2.5
"""A line less wide than this many heights is read in the page's script."""
ALONE = 0.9
"""How likely another script must be for a line that is the only one of its page in that script."""
MAX_LENGTH = 30.0
"""Heights of a line that count, at most."""
SURE = 0.6
"""How likely the likeliest script must be for a page not to be read for it."""
MIN_LIKELY = 0.05
"""Scripts less likely are not tried."""
MAX_TRIED = 3
NUM_READ = 5
"""Lines that are read in each script that is tried."""
LETTERS = SCRIPT_CODES[: SCRIPT_CODES.index("Zyyy")]

ReadAs = Callable[[str, Sequence[Quad]], Sequence[ReadLine]]
"""What lines say if they are in a script."""


def scripts_of_lines(quads: Sequence[Quad], scores: LineScores, read_as: ReadAs | None = None) -> list[str]:
    """Each line's script: the page's, unless the line clearly looks like another. Where the page's is not clear, its
    longest lines are read as what they may be."""
    if not len(quads):
        return []
    likely = likely_scripts(quads, scores)
    main = max(likely, key=lambda code: likely[code])
    if read_as is not None and likely[main] < SURE:
        main = _script_by_reading(quads, likely, read_as)
    clear = [_clear_script(line, _length(quad)) for line, quad in zip(scores.scripts, quads, strict=True)]
    chances = np.exp(scores.scripts)
    return [
        own
        if own and _differs(line, own, main) and (clear.count(own) > 1 or chance[SCRIPT_CODES.index(own)] > ALONE)
        else main
        for own, line, chance in zip(clear, scores.scripts, chances, strict=True)
    ]


def likely_scripts(quads: Sequence[Quad], scores: LineScores) -> dict[str, float]:
    """How likely each script is to be the page's: the lines' mean, longer ones counting more."""
    weights = np.array([min(_length(quad), MAX_LENGTH) for quad in quads])
    letters = np.exp(scores.scripts[:, : len(LETTERS)])
    sums = (letters * weights[:, None]).sum(axis=0)
    return dict(zip(LETTERS, map(float, sums / max(float(sums.sum()), 1e-9)), strict=True))


def _script_by_reading(quads: Sequence[Quad], likely: Mapping[str, float], read_as: ReadAs) -> str:
    """Latin letters are always tried: RapidOCR, which reads them, is quick. It is sure of itself where it is wrong too,
    so its confidence counts squared."""
    first = sorted(likely, key=lambda code: -likely[code])[:MAX_TRIED]
    tried = [code for code in first if likely[code] > MIN_LIKELY]
    longest = sorted(quads, key=lambda quad: -size(quad)[0])[:NUM_READ]
    readable = {
        code: _readable(code, read_as(code, longest)) * max(likely[code], MIN_LIKELY) ** 0.5
        for code in dict.fromkeys((*tried, "Latn"))
    }
    return max(readable, key=lambda code: readable[code])


def _readable(code: str, lines: Sequence[ReadLine]) -> float:
    """Mean confidence, as far as the letters are of the script."""
    return float(np.mean([_confidence(code, line) for line in lines]))


def _confidence(code: str, line: ReadLine) -> float:
    counts = scripts_of(line.text)
    own = counts[code] / max(sum(counts.values()), 1)
    return own * (line.confidence**2 if code in ("Latn", "Hani") else line.confidence)


def _clear_script(scores: NDArray[np.float32], length: float) -> str | None:
    own = SCRIPT_CODES[int(scores.argmax())]
    return own if own in LETTERS and length > MIN_ASPECT else None


def _differs(scores: NDArray[np.float32], own: str, main: str) -> bool:
    return float(scores[SCRIPT_CODES.index(own)] - scores[SCRIPT_CODES.index(main)]) > MIN_SCRIPT_MARGIN


def _length(quad: Quad) -> float:
    across, down = size(quad)
    return across / max(down, 1.0)
