"""How well a page was read: which letters, and in which order. All three are 0…1, higher is better.

Texts are compared after Unicode NFKC; words broken over lines are made whole; runs of white space are one space, none
between characters that are written without; control and format characters are removed; `⟨?⟩` in what the page says
stands for a word that nobody can read: it is left out, and no pair of characters or run goes across it.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence

from rapidfuzz.distance import Levenshtein

from benchmarks.reading import normalised
from docintel.layout import NO_SPACES

UNREADABLE = "⟨?⟩"
RUN = 8
"""Characters by which a place in a text is recognised."""
DISTANCE = 60
"""In characters, more than a line of a narrow column has."""
SLACK = 15


def folded(text: str) -> str:
    """The text as it is compared."""
    words = normalised(text).split(" ")
    whole = words[0]
    for word in words[1:]:
        tight = whole and word and NO_SPACES.match(whole[-1]) and NO_SPACES.match(word[0])
        whole += word if tight else " " + word
    return whole


def bigram_f1(read: str, truth: str) -> float:
    """Harmonic mean of precision and recall over the multisets of character bigrams, wherever on the page they are.

    chrF (Popović 2015) with pairs only and equal weights. Says how much was recognised; order hardly counts.
    """
    got, wanted = _bigrams([read]), _bigrams(truth.split(UNREADABLE))
    if not got or not wanted:
        return float(got == wanted)
    return 2 * (got & wanted).total() / (got.total() + wanted.total())


def order_similarity(read: str, truth: str) -> float:
    """One less the edit distance (Levenshtein 1966) as a part of the longer text's length.

    The end-to-end figure of OmniDocBench (Ouyang et al. 2024), the other way up. What is misread counts, and so does
    what stands in a wrong place.
    """
    return Levenshtein.normalized_similarity(folded(read), folded(truth.replace(UNREADABLE, " ")))


def sequence_similarity(read: str, truth: str) -> float | None:
    """Of what was recognised, the part that stands in the right order; None where nothing was.

    Runs of eight characters without spaces that each text has once are matched; the longest increasing subsequence
    (Schensted 1961) of their places, as a part of their number. Columns read across give about one by their number.
    """
    ours = _places([read])
    shared = [ours[run] for run in _places(truth.split(UNREADABLE)) if run in ours]
    return _longest_increasing(shared) / len(shared) if shared else None


def _bigrams(pieces: Sequence[str]) -> Counter[str]:
    texts = [folded(piece) for piece in pieces]
    return Counter(text[i : i + 2] for text in texts for i in range(len(text) - 1))


def _places(pieces: Sequence[str]) -> dict[str, int]:
    """Where each run stands that there is once, in order."""
    texts = [folded(piece).replace(" ", "") for piece in pieces]
    runs = [text[i : i + RUN] for text in texts for i in range(len(text) - RUN + 1)]
    counts = Counter(runs)
    return {run: place for place, run in enumerate(runs) if counts[run] == 1}


def _longest_increasing(places: Sequence[int]) -> int:
    ends: list[int] = []
    for place in places:
        at = bisect_left(ends, place)
        ends[at : at + 1] = [place]
    return len(ends)


def kept_together(read: str, articles: Sequence[str]) -> float | None:
    """Of places in an article that are 60 characters apart, the part that stands as far apart in what was read.

    Tells columns that are read across, and articles that run into each other; in which order articles come doesn't
    count, since papers leave that to their readers. None where nothing was recognised.
    """
    ours = _places([read])
    apart = [
        abs(ours[end] - ours[start] - DISTANCE) <= SLACK
        for article in articles
        for start, end in _pairs(folded(article).replace(" ", ""))
        if start in ours and end in ours
    ]
    return sum(apart) / len(apart) if apart else None


def _pairs(text: str) -> list[tuple[str, str]]:
    starts = range(len(text) - RUN - DISTANCE + 1)
    return [(text[i : i + RUN], text[i + DISTANCE : i + DISTANCE + RUN]) for i in starts]
