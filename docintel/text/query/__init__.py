"""What people type into the search field: its language, its full-text expression, where its words stand. Pure."""

from docintel.text.query.expression import all_words, conditions
from docintel.text.query.language import SearchQuery, parse

__all__ = ["SearchQuery", "all_words", "conditions", "parse"]
