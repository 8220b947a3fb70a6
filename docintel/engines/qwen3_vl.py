"""Qwen3-VL, in the process that owns the model (docintel.runtime)."""

from collections.abc import Callable

from docintel.engines import INSTRUCT_IS_BETTER, Engine
from docintel.engines import open_engine as open_by_name
from docintel.engines.generative import GenerativeEngine, PromptOptions
from docintel.engines.generative.turning import is_hard, turn_of
from docintel.runtime import Generator, checkpoints
from docintel.runtime.process.client import RemoteGenerator
from docintel.settings import Settings

ANSWER_TIMEOUT_S = 3.0


def open_engine(settings: Settings) -> GenerativeEngine:
    """Nothing is loaded here. The engine raises EngineLoading while its process does, EngineUnavailable without one."""
    return engine_with(page_generator(settings), settings, lambda: open_by_name("local", settings))


def engine_with(generator: Generator, settings: Settings, fallback: Callable[[], Engine]) -> GenerativeEngine:
    return GenerativeEngine(
        "qwen3-vl", generator, fallback, PromptOptions.of(settings), turn_of=turn_of, is_hard=is_hard
    )


def page_generator(settings: Settings) -> RemoteGenerator:
    return RemoteGenerator(settings.home)


def answering_model(settings: Settings) -> RemoteGenerator:
    """A person waits: one that is still being loaded says so soon."""
    return RemoteGenerator(settings.home, timeout_s=ANSWER_TIMEOUT_S)


def describe(settings: Settings) -> str:
    """Which weights would be used, on what. Raises EngineUnavailable."""
    model = checkpoints.resolve_model(settings.qwen3_vl_model)
    is_here = checkpoints.is_available(model)
    where = "GPU" if checkpoints.has_gpu() and settings.qwen3_vl_device != "cpu" else "CPU"
    parts = [
        f"{model} on the {where}",
        *([] if is_here else ["to be downloaded at first use"]),
        *([INSTRUCT_IS_BETTER] if checkpoints.is_thinking_model(model) else []),
    ]
    return ", ".join(parts)
