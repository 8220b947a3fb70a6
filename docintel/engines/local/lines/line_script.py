"""Which script each line is in: how it looks, what our own letters read in it, and what the rest of the page is in."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from docintel.engines.local.geometry import Quad, size
from docintel.engines.local.lines import letters
from docintel.engines.local.lines.line_classifier import SCRIPT_CODES, Scores
from docintel.engines.local.lines.words import ReadLine
from docintel.engines.local.scripts import scripts_of

NUM_SCRIPTS = SCRIPT_CODES.index("Zyyy")
HAN = SCRIPT_CODES.index("Hani")
KNOWN = np.array([code in letters.SCRIPTS for code in SCRIPT_CODES[:NUM_SCRIPTS]])
"""Scripts that our own letters know."""
LOOK, READ, UNREAD, COMMON = 0.75, 0.98, 1.28, 2.5
"""Weights of a line's log-odds: how it looks, how surely it reads as a script, how unsurely as any (which speaks for
scripts that no reader knows), and that documents in a script are common, as in those that are known. The first three
were fitted to drawn lines, worn, in all scripts, with our letters as they were before their last training
(training/line_scripts/telling.py fits them anew); the last was chosen on photographed pages (docs/photographs.md)."""
MIN_HAN_SHARE = 0.15
"""Of a line's letters that are Chinese or Japanese where the line is, whatever Latin stands beside them."""
LEAST = 0.01
"""Added to each of these before its logarithm is taken."""
CLEAR, CLEAR_RARE = 0.5, 0.95
"""Likelihood from which a line that looks as if it were in the page's script, or digits only, needs no reading; and the
same where the page's script is one that no reader knows: what is hard to see looks rare."""
MIN_MARGIN = 3.0
"""Log-odds by which a line must be likelier in another script than the page's to be read as that."""
MIN_SHARE = 1e-3
"""Of a page, that every script may have."""
LONGEST = 30.0
"""Heights from which a line's length counts no more."""

Floats = NDArray[np.float64]
Reader = Callable[[Sequence[int]], Sequence[ReadLine]]
"""What lines say, given their indices."""


def scripts_of_lines(quads: Sequence[Quad], scores: Scores, in_letters: Reader, in_han: Reader) -> list[str]:
    """Each line's script. `scores`: (n, 24) log-probabilities by look. Lines that look unlike the page are read in our
    own letters, those that look Chinese or Japanese by a reader of that too; a line keeps the page's script unless it
    is clearly in another."""
    if not len(quads):
        return []
    looks = scores.astype(np.float64)
    likely = looks[:, :NUM_SCRIPTS].copy()
    lengths = np.array([min(_length(quad), LONGEST) for quad in quads])
    main = int(_shares(np.exp(likely), lengths).argmax())
    fits = np.exp(looks[:, main]) + np.exp(looks[:, NUM_SCRIPTS])
    doubtful = np.flatnonzero(fits < (CLEAR if KNOWN[main] or main == HAN else CLEAR_RARE))
    han = [index for index in doubtful.tolist() if HAN in (main, int(likely[index].argmax()))]
    read_as_han = dict(zip(han, in_han(han), strict=True))
    for index, line in zip(doubtful.tolist(), in_letters(doubtful.tolist()), strict=True):
        likely[index] = told(likely[index], line, read_as_han.get(index))
    shares = _shares(_softmax(likely), lengths)
    main = int(shares.argmax())
    posterior = likely + np.log(np.maximum(shares, MIN_SHARE))
    best = posterior.argmax(axis=1)
    differs = (posterior.max(axis=1) - posterior[:, main] > MIN_MARGIN) & (looks.argmax(axis=1) != NUM_SCRIPTS)
    return [SCRIPT_CODES[own if leaves else main] for own, leaves in zip(best, differs, strict=True)]


def told(looks: Floats, line: ReadLine, as_han: ReadLine | None = None) -> Floats:
    """Log-odds of the scripts for one line, by its look (log-probabilities) and what was read in it."""
    odds: Floats = LOOK * np.log(LEAST + np.exp(looks))
    unsurely = UNREAD * np.log(LEAST + 1 - line.confidence)
    odds += np.where(KNOWN, _by_letters(line), unsurely)
    if as_han:
        surely = as_han.confidence if _holds_han(as_han) else 0.0
        odds[HAN] += READ * np.log(LEAST + surely) + COMMON - unsurely
    return odds


def _holds_han(line: ReadLine) -> bool:
    """Whether some of it is Chinese or Japanese, whose reader reads Latin letters beside it as well."""
    share = shares_of_letters(line)[HAN]
    return bool(share >= MIN_HAN_SHARE)


def _by_letters(line: ReadLine) -> Floats:
    odds: Floats = READ * np.log(LEAST + line.confidence * shares_of_letters(line)) + COMMON
    return odds


def shares_of_letters(line: ReadLine) -> Floats:
    """(23,): each script's part of the letters."""
    counts = scripts_of(line.text)
    return np.array([counts[code] / max(counts.total(), 1) for code in SCRIPT_CODES[:NUM_SCRIPTS]])


def _shares(likely: Floats, lengths: Floats) -> Floats:
    """Each script's part of the page."""
    weighed = (likely * lengths[:, None]).sum(axis=0)
    shares: Floats = weighed / weighed.sum()
    return shares


def _softmax(odds: Floats) -> Floats:
    likely = np.exp(odds - odds.max(axis=1, keepdims=True))
    result: Floats = likely / likely.sum(axis=1, keepdims=True)
    return result


def _length(quad: Quad) -> float:
    across, down = size(quad)
    return across / max(down, 1.0)
