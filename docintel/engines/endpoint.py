"""An OpenAI-compatible server (vLLM, SGLang, `transformers serve`) as an engine."""

from collections.abc import Callable

from docintel.engines import INSTRUCT_IS_BETTER, Engine
from docintel.engines import open_engine as open_by_name
from docintel.engines.generative import GenerativeEngine, PromptOptions
from docintel.engines.generative.chat import ChatServer
from docintel.engines.generative.turning import is_hard, turn_of
from docintel.runtime import Generator, thinking
from docintel.settings import Settings


def open_engine(settings: Settings) -> GenerativeEngine:
    """Raises EngineUnavailable where no server is named, or it cannot be reached."""
    return engine_with(page_generator(settings), settings, lambda: open_by_name("local", settings))


def engine_with(generator: Generator, settings: Settings, fallback: Callable[[], Engine]) -> GenerativeEngine:
    return GenerativeEngine(
        "endpoint", generator, fallback, PromptOptions.of(settings), turn_of=turn_of, is_hard=is_hard
    )


def page_generator(settings: Settings) -> ChatServer:
    """Raises EngineUnavailable."""
    return server(settings)


def server(settings: Settings) -> ChatServer:
    """Raises EngineUnavailable."""
    return ChatServer(
        settings.endpoint_url,
        model=settings.endpoint_model,
        key=settings.endpoint_key,
        in_flight=settings.endpoint_in_flight,
        timeout_s=settings.endpoint_timeout_s,
    )


def answering_model(settings: Settings) -> ChatServer:
    """Raises EngineUnavailable."""
    return server(settings)


def describe(settings: Settings) -> str:
    """Raises EngineUnavailable."""
    name = server(settings).name
    return f"{name}, {INSTRUCT_IS_BETTER}" if thinking.is_thinking_model(name) else name
