"""Which of the things that documents say answers a question, learned from pages with questions.

`candidates` are what the pages say that may answer, `features` numbers about each of them and the question, `ranker`
the networks that say how likely each is to answer, and how likely it is that none does. The likeliest are read with the
question by `cross_encoder`, and ranked once more.
"""

from docintel.answering.ranking.candidates import MAX_CANDIDATES, MIN_CANDIDATES, Candidate, candidates_on
from docintel.answering.ranking.ranking import MAX_READ, Ranked, Ranking, Scanned, can_rank, rank, scan

__all__ = [
    "MAX_CANDIDATES",
    "MAX_READ",
    "MIN_CANDIDATES",
    "Candidate",
    "Ranked",
    "Ranking",
    "Scanned",
    "can_rank",
    "candidates_on",
    "rank",
    "scan",
]
