"""The cache and the model as a reading process has them: its worker is asked, which docintel.workers.page_services
answers."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from docintel.errors import DocintelError
from docintel.processes import results
from docintel.runtime import Generated, ProgressCallback, Request, ignore_progress


@dataclass(frozen=True)
class EntriesByCall:
    """The cache's entries: see docintel.pipeline.cache.Bytes."""

    exists: Callable[[str], bool]
    read: Callable[[str], bytes]
    delete: Callable[[str], None]

    def write(self, key: str, data: bytes) -> None:
        raise NotImplementedError("entries are kept by the worker, with their page")


@dataclass(frozen=True)
class GeneratorByCall:
    ask_name: Callable[[], str]
    ask: Callable[..., Any]

    @property
    def name(self) -> str:
        return self.ask_name()

    def generate(
        self, requests: Sequence[Request], on_progress: ProgressCallback = ignore_progress
    ) -> list[Generated | DocintelError]:
        return [_answer_of(each) for each in self.ask(list(map(_said_request, requests)), on_event=on_progress)]


def _said_request(request: Request) -> dict[str, Any]:
    images = [{"shape": list(each.shape), "pixels": np.ascontiguousarray(each).data} for each in request.images]
    return {field.name: getattr(request, field.name) for field in fields(Request)} | {"images": images}


def _answer_of(said: Any) -> Generated | DocintelError:
    return Generated(**said) if isinstance(said, dict) else results.error_of(said)
