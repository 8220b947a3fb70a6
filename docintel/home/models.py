"""What takes long to load, opened when it is first needed."""

from functools import cached_property
from typing import TYPE_CHECKING

from docintel.engines import answering_context, answering_model
from docintel.library import Library

if TYPE_CHECKING:
    from docintel.answering import Answerer, GenerativeAnswerer
    from docintel.embedding import Embedder


class Models:
    """What takes long to load: once a process, for all views of a home."""

    def __init__(self, library: Library) -> None:
        self._settings = library.settings
        self._library = library

    @cached_property
    def embedder(self) -> "Embedder":
        from docintel.embedding import open_embedder

        return open_embedder(self._settings, used=self._library.embedding_models)

    def use(self, embedder: "Embedder") -> None:
        """From now on this one embeds."""
        vars(self)["embedder"] = embedder
        for name in ("answerer", "looker"):  # that have the one before
            vars(self).pop(name, None)

    @cached_property
    def answerer(self) -> "Answerer":
        from docintel.answering import ExtractiveAnswerer

        return self.looker or ExtractiveAnswerer(self.embedder)

    @cached_property
    def looker(self) -> "GenerativeAnswerer | None":
        """The answerer that shows pages to a model, where there is one. Raises EngineUnavailable."""
        from docintel.answering import ExtractiveAnswerer, GenerativeAnswerer

        generator = answering_model(self._settings)
        if generator is None:
            return None
        return GenerativeAnswerer(
            generator, ExtractiveAnswerer(self.embedder), context=answering_context(self._settings)
        )
