"""Text → vectors, by sentence-transformers. Nothing heavy is imported before the first text is embedded."""

from collections.abc import Collection
from dataclasses import replace

from docintel.embedding import packaged
from docintel.embedding.embedder import Embedder, SentenceEmbedder
from docintel.embedding.named import named
from docintel.embedding.source import ModelSource, SimilarityScale
from docintel.settings import Settings

__all__ = ["Embedder", "ModelSource", "SentenceEmbedder", "SimilarityScale", "keeps_earlier_default", "open_embedder"]

EMBEDDED, ENGLISH = "embedded", "english"
"""What the setting `embedding_model` calls the multilingual default, and the English model of earlier releases."""


def open_embedder(settings: Settings, *, used: Collection[str] = ()) -> SentenceEmbedder:
    """The embedder that `settings.embedding_model` names. Raises EngineUnavailable where it is not to be had.

    `used` are the models that a home's collections belong to: see `keeps_earlier_default`.
    """
    name = ENGLISH if keeps_earlier_default(settings, used) else settings.embedding_model
    source = _source(name)
    languages = frozenset(settings.embedding_languages)
    return SentenceEmbedder(replace(source, languages=languages) if languages else source)


def keeps_earlier_default(settings: Settings, used: Collection[str]) -> bool:
    """Whether a home goes on with the English model of earlier releases until it is reindexed."""
    return settings.embedding_model == EMBEDDED and packaged.ENGLISH in used and packaged.MULTILINGUAL not in used


def _source(name: str) -> ModelSource:
    if name == EMBEDDED:
        return packaged.multilingual()
    return packaged.english() if name == ENGLISH else named(name)
