"""Tokens of a text, for what compares texts token by token."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class Tokens(NamedTuple):
    """`ids` (n,) of the model's tokens, `states` (n, dimension): what the model makes of each where it stands."""

    ids: NDArray[np.int64]
    states: NDArray[np.float32]
