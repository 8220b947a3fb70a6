"""Facts that people ask of a business document first: who issued it, its date, its number, its sums.

Real documents leave labels out or word them anew, so nothing is looked up: a page's candidates are found by their form
(`candidates`), and small networks that learned from sampled pages say which of them is which fact (`scorer`).
"""

from docintel.answering.facts.asked import asked_fact, says_more
from docintel.answering.facts.finding import StatedFact, not_stated, stated_fact
from docintel.answering.facts.scorer import Fact

__all__ = ["Fact", "StatedFact", "asked_fact", "not_stated", "says_more", "stated_fact"]
