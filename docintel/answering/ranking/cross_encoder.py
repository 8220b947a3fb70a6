"""How well candidates answer, each read together with the question and with what stands around it.

The network began as multilingual-e5-small and learned from questions (`training/cross_encoder`). Its score is about 0
where a candidate is as likely to answer as nothing is.
"""

import lzma
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

from docintel.answering.ranking.candidates import Candidate, texts_of
from docintel.answering.ranking.features import Floats

WEIGHTS = Path(__file__).with_name("cross_encoder.onnx")
PIECES = Path(__file__).with_name("word_pieces.json.xz")
MAX_TEXT = 200
"""Characters of what is around a candidate."""
BEGIN, END, BAR = 0, 1, 2
"""Tokens: before all, after each part, between the texts around."""
_THREADS = 2
_TOGETHER = 4
"""Candidates of about the same length."""


class Parts(NamedTuple):
    """What is read of a candidate: what it says, then what is around it; empty where there is none."""

    said: str
    heading: str = ""
    near: str = ""
    above: str = ""
    line: str = ""
    below: str = ""


def parts_of(candidate: Candidate) -> Parts:
    texts = texts_of(candidate)
    line = "" if texts.line in texts.whole else texts.line
    return Parts(
        said=texts.whole,
        heading=candidate.found.context.headings[:MAX_TEXT],
        near=candidate.evidence.near[:MAX_TEXT],
        above=texts.line_above[:MAX_TEXT],
        line=line[:MAX_TEXT],
        below=texts.line_below[:MAX_TEXT],
    )


class CrossEncoder:
    """`weights`: a network from tokens (n, length) and lengths (n,) to scores (n,), which says in its metadata how many
    tokens of the question and of each part it reads; `pieces`: a tokenizer of the package tokenizers, xz-compressed."""

    def __init__(self, weights: Path = WEIGHTS, pieces: Path = PIECES) -> None:
        import onnxruntime
        from tokenizers import Tokenizer

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads, options.inter_op_num_threads = _THREADS, 1
        options.log_severity_level = 3
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # others need the cores too
        self._session = onnxruntime.InferenceSession(str(weights), options, providers=["CPUExecutionProvider"])
        limits = self._session.get_modelmeta().custom_metadata_map["limits"]
        self._limits = [int(each) for each in limits.split()]
        self._tokenizer = Tokenizer.from_str(lzma.decompress(pieces.read_bytes()).decode())

    def scores(self, question: str, candidates: Sequence[Parts]) -> Floats:
        """(candidates,); the higher, the likelier to answer."""
        if not candidates:
            return np.zeros(0, dtype=np.float32)
        rows = self.tokens(question, candidates)
        scores = np.zeros(len(rows), dtype=np.float32)
        order = np.argsort([len(row) for row in rows])
        for start in range(0, len(rows), _TOGETHER):
            chosen = order[start : start + _TOGETHER]
            scores[chosen] = self._run([rows[number] for number in chosen])
        return scores

    def _run(self, rows: Sequence[Sequence[int]]) -> Floats:
        lengths = np.array([len(row) for row in rows])
        tokens = np.zeros((len(rows), lengths.max()), dtype=np.int64)
        for number, row in enumerate(rows):
            tokens[number, : len(row)] = row
        return np.asarray(self._session.run(None, {"tokens": tokens, "lengths": lengths})[0])

    def tokens(self, question: str, candidates: Sequence[Parts]) -> list[list[int]]:
        """Of each candidate, as the network reads it."""
        texts = list(dict.fromkeys([question, *(part for each in candidates for part in each)]))
        encoded = self._tokenizer.encode_batch_fast(texts, add_special_tokens=False)
        ids = dict(zip(texts, (each.ids for each in encoded), strict=True))
        return [self._row([ids[question], *(ids[part] for part in each)]) for each in candidates]

    def _row(self, parts: Sequence[Sequence[int]]) -> list[int]:
        question, said, *around = (part[:limit] for part, limit in zip(parts, self._limits, strict=True))
        row = [BEGIN, *question, END, *said, END]
        for number, part in enumerate(around):
            row += [BAR, *part] if number else part
        return [*row, END]


@cache
def learned_cross_encoder() -> CrossEncoder:
    """The one that comes with docintel."""
    return CrossEncoder()
