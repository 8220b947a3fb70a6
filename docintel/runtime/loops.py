"""Answers that only repeat themselves: the first complaint about every model that reads pages.

A penalty on repetition would corrupt tables, whose cells repeat for good reasons. So nothing is changed while tokens
come; an answer that goes on saying the same is ended, and what it said before is kept.
"""

from collections.abc import Callable, Sequence

import numpy as np

MAX_UNIT_LENGTH = 300
"""Tokens that may be repeated as one."""
MIN_REPEATED = 120
"""Tokens that must have come again before anything is called a loop: dotted lines and rules are long."""
MIN_TIMES = 6
MAX_MARKS = 60
"""Equal marks in a row (a line to write on, a dotted leader) after which the row is ended instead of the answer."""
TABLE_FACTOR = 8
"""How many times as much a unit that holds a table's tags may repeat: empty cells do."""


class LoopWatch:
    """Watches one answer as its tokens come."""

    def __init__(self, has_table_tags: Callable[[Sequence[int]], bool]) -> None:
        """`has_table_tags` says of tokens whether tags of rows or cells are among them."""
        self._has_table_tags = has_table_tags
        self._repeated = np.zeros(MAX_UNIT_LENGTH + 1, dtype=np.int64)
        self._last = np.full(MAX_UNIT_LENGTH, -1, dtype=np.int64)
        self._tokens: list[int] = []

    def loop_start(self, token: int) -> int | None:
        """Takes the next token in. Where the repeating began, counted in tokens, if it is a loop by now."""
        self._repeated[1:] = np.where(self._last == token, self._repeated[1:] + 1, 0)
        self._last[1:] = self._last[:-1]
        self._last[0] = token
        self._tokens.append(token)
        for unit in np.nonzero(self._repeated >= MIN_REPEATED)[0].tolist():
            if self._is_loop(unit):
                return max(len(self._tokens) - int(self._repeated[unit]), 0)
        return None

    @property
    def num_equal(self) -> int:
        """How many times the last token has come in a row."""
        return int(self._repeated[1]) + 1

    def _is_loop(self, unit: int) -> bool:
        repeated = int(self._repeated[unit])
        if repeated < MIN_TIMES * unit:
            return False
        if repeated >= TABLE_FACTOR * max(MIN_REPEATED, MIN_TIMES * unit):
            return True
        return not self._has_table_tags(self._tokens[-unit:])
