"""Sums, counts and comparisons over several documents, computed from what each of them states.

`asked` tells what a question wants computed, `stating` what each document gives, `computed` makes the answer of it.
"""

from docintel.answering.aggregates.asked import Aggregate, Operation, asked_aggregate
from docintel.answering.aggregates.computed import answer_over_documents

__all__ = ["Aggregate", "Operation", "answer_over_documents", "asked_aggregate"]
