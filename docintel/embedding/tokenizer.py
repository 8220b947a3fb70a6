"""Text → token ids by a SentencePiece unigram model (Kudo and Richardson, EMNLP 2018).

The model file's own table of replacements is applied here, longest match first as SentencePiece does: Hugging Face's
normalizer of such tables takes letter and marks at once, and loses marks in Thai and Arabic. Its `Unigram` then finds
the most probable segmentation.
"""

import re
import struct
from pathlib import Path

SPACE = "▁"
"""Stands for a space, and before the first word."""
UNKNOWN = 0
_MAY_CHANGE = re.compile(r"[ -~]?[^ -~]+")


class SentencePieceTokenizer:
    """The tokenizer of a model file that normalises by a table, as `nmt_nfkc` does.

    Control pieces are not found in texts: a document may well say `<s>`.
    """

    def __init__(self, path: Path) -> None:
        from tokenizers.models import Unigram
        from transformers.utils import sentencepiece_model_pb2_new as sentencepiece

        model = sentencepiece.ModelProto.FromString(path.read_bytes())  # type: ignore[attr-defined]
        pieces = [
            (piece.piece if piece.type == piece.NORMAL else f"\0{piece.piece}", piece.score) for piece in model.pieces
        ]
        self._unigram = Unigram(pieces, unk_id=UNKNOWN, byte_fallback=False)
        self._normalizer = Normalizer(model.normalizer_spec.precompiled_charsmap)

    def ids(self, text: str) -> list[int]:
        """Never empty. Each character that no piece has is an `UNKNOWN` of its own."""
        written = self._normalizer.normalized(text)
        if not written:
            return [UNKNOWN]
        tokens = self._unigram.tokenize(SPACE + written.replace(" ", SPACE))
        return [id for token in tokens for id in [token.id] * (len(token.value) if token.id == UNKNOWN else 1)]


class Normalizer:
    """Replaces what a compiled table lists, the longest match first, and makes runs of spaces one.

    The table is the size of a double-array trie (darts-clone), the trie, and its values: strings that end with a zero
    byte. Printable ASCII is never replaced, except as the letter under a mark.
    """

    def __init__(self, table: bytes) -> None:
        size = struct.unpack_from("<I", table)[0] if table else 0
        self._units = struct.unpack_from(f"<{size // 4}I", table, 4) if table else ()
        self._values = table[4 + size :]

    def normalized(self, text: str) -> str:
        replaced = _MAY_CHANGE.sub(lambda found: self._replaced(found.group()), text) if self._units else text
        return re.sub(" +", " ", replaced).strip(" ")

    def _replaced(self, text: str) -> str:
        written, data, start = bytearray(), text.encode("utf-8", "replace"), 0
        while start < len(data):
            end, value = self._longest_match(data, start)
            if not end:
                end = start + 1
                while end < len(data) and data[end] & 0xC0 == 0x80:
                    end += 1
            written += data[start:end] if value is None else self._values[value : self._values.index(0, value)]
            start = end
        return written.decode("utf-8")

    def _longest_match(self, data: bytes, start: int) -> tuple[int, int | None]:
        """Where the longest listed text from `start` ends, and where its replacement is; 0 and None: nothing."""
        units = self._units
        node, found = _offset(units[0]), (0, None)
        for at in range(start, len(data)):
            node ^= data[at]
            unit = units[node]
            if unit & 0x800000FF != data[at]:
                break
            node ^= _offset(unit)
            if unit & 0x100:  # a value: the node's child 0
                found = at + 1, units[node] & 0x7FFFFFFF
        return found


def _offset(unit: int) -> int:
    return (unit >> 10) << ((unit & 0x200) >> 6)
