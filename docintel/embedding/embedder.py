"""Text → vectors: what an embedder promises, and the one over sentence-transformers."""

from collections import deque
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate
from threading import Lock
from typing import TYPE_CHECKING, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from docintel.embedding.source import ModelSource, SimilarityScale, loaded

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

BATCH_SIZES = {"cpu": 8}
"""Texts encoded side by side, of about the same length: on a CPU what fills short ones up costs more than it gives."""
BATCH_SIZE = 32
"""On any other device."""
MAX_TOGETHER = 64
"""Texts of callers that wait, encoded in one go."""
MAX_REMEMBERED = 4_096
"""Vectors: 8 MiB of the embedded model's."""
Kind = Literal["query", "document"]


class Embedder(Protocol):
    """Vectors of unit length, so that a dot product is the cosine.

    `model` names the model and its revision: vectors of different models are never compared. `knows` says whether
    the model was made for a language (ISO 639-1); a language that is not known by name, or none, it does not know.
    Raises EngineUnavailable where the model is not installed or damaged.
    """

    @property
    def model(self) -> str: ...

    @property
    def dimension(self) -> int: ...

    @property
    def languages(self) -> frozenset[str] | None:
        """ISO 639-1 codes of what it knows; None: every language."""

    @property
    def scale(self) -> SimilarityScale:
        """What its similarities mean."""

    def knows(self, language: str | None) -> bool: ...

    def passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """(n, dimension), a row for each of `texts`."""

    def query(self, text: str) -> NDArray[np.float32]:
        """(dimension,)"""


@dataclass(eq=False)
class _Request:
    """Texts that a thread waits for the vectors of."""

    texts: list[str]
    vectors: Future[NDArray[np.float32]] = field(default_factory=Future)


class SentenceEmbedder:
    """An Embedder over a sentence-transformers model; loads at the first text, safe to share between threads.

    Threads that wait while another's texts are encoded are served together, by the first of them.
    """

    def __init__(self, source: ModelSource) -> None:
        self._source = source
        self._waiting: dict[Kind, deque[_Request]] = {"query": deque(), "document": deque()}
        self._encoding, self._remembering = Lock(), Lock()
        self._latest: dict[tuple[Kind, str], NDArray[np.float32]] = {}

    @property
    def model(self) -> str:
        return self._source.model

    @property
    def dimension(self) -> int:
        if self._source.dimension is not None:
            return self._source.dimension
        return int(self._loaded.get_embedding_dimension() or 0)

    @property
    def languages(self) -> frozenset[str] | None:
        return self._source.languages

    @property
    def scale(self) -> SimilarityScale:
        return self._source.scale

    def knows(self, language: str | None) -> bool:
        if not language:
            return False
        return self._source.languages is None or language in self._source.languages

    def passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        if not texts:
            return np.zeros((0, self.dimension), dtype=np.float32)
        return self._encode(texts, "document")

    def query(self, text: str) -> NDArray[np.float32]:
        vector: NDArray[np.float32] = self._encode([text], "query")[0]
        return vector

    def _encode(self, texts: Sequence[str], kind: Kind) -> NDArray[np.float32]:
        """Remembers the latest: a question is embedded once, and so is a line that questions come back to."""
        known = {text: vector for text in texts if (vector := self._latest.get((kind, text))) is not None}
        new = [text for text in dict.fromkeys(texts) if text not in known]
        if new:
            made = dict(zip(new, self._encode_anew(new, kind), strict=True))
            self._remember(kind, made)
            known |= made
        return np.stack([known[text] for text in texts])

    def _encode_anew(self, texts: Sequence[str], kind: Kind) -> NDArray[np.float32]:
        request = _Request([text.encode("utf-8", "replace").decode("utf-8") for text in texts])
        self._waiting[kind].append(request)
        with self._encoding:
            while not request.vectors.done():
                self._encode_waiting(kind)
        return request.vectors.result()

    def _encode_waiting(self, kind: Kind) -> None:
        """Encodes what waits, the longest waiting first, at most `MAX_TOGETHER` texts or one request."""
        waiting = self._waiting[kind]
        together = [waiting.popleft()]
        while waiting and sum(len(each.texts) for each in (*together, waiting[0])) <= MAX_TOGETHER:
            together.append(waiting.popleft())
        try:
            vectors = self._vectors_of([text for each in together for text in each.texts], kind)
        except BaseException as error:
            for each in together:
                each.vectors.set_exception(error)
            raise
        ends = accumulate(len(each.texts) for each in together)
        for each, end in zip(together, ends, strict=True):
            each.vectors.set_result(vectors[end - len(each.texts) : end])

    def _vectors_of(self, texts: list[str], kind: Kind) -> NDArray[np.float32]:
        model = self._loaded
        encode, prompt = (
            (model.encode_query, self._source.query_prompt)
            if kind == "query"
            else (model.encode_document, self._source.passage_prompt)
        )
        size = BATCH_SIZES.get(model.device.type, BATCH_SIZE)
        vectors = encode(texts, prompt=prompt, batch_size=size, normalize_embeddings=True, show_progress_bar=False)
        return np.ascontiguousarray(vectors, dtype=np.float32)

    def _remember(self, kind: Kind, vectors: Mapping[str, NDArray[np.float32]]) -> None:
        with self._remembering:
            for text, vector in vectors.items():
                self._latest[kind, text] = vector.copy()  # alone: not a view that keeps its whole batch
            while len(self._latest) > MAX_REMEMBERED:
                del self._latest[next(iter(self._latest))]

    @cached_property
    def _loaded(self) -> "SentenceTransformer":
        return loaded(self._source)
