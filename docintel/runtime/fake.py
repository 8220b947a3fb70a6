"""A Generator that says what it is told: for tests of everything around a model."""

from collections.abc import Callable, Sequence

from docintel.errors import DocintelError
from docintel.runtime import Generated, ProgressCallback, Request, ignore_progress

Script = Callable[[Request], "Generated | DocintelError | str"]


class FakeGenerator:
    """Answers each request with `script(request)`; a text alone is an answer that came to its end.

    `asked` keeps every request, batch by batch.
    """

    def __init__(self, script: Script, *, name: str = "fake@1") -> None:
        self._script = script
        self._name = name
        self.asked: list[list[Request]] = []

    @property
    def name(self) -> str:
        return self._name

    def generate(
        self, requests: Sequence[Request], on_progress: ProgressCallback = ignore_progress
    ) -> list[Generated | DocintelError]:
        self.asked.append(list(requests))
        return [self._answer(number, request, on_progress) for number, request in enumerate(requests)]

    def _answer(self, number: int, request: Request, on_progress: ProgressCallback) -> Generated | DocintelError:
        answer = self._script(request)
        if isinstance(answer, DocintelError):
            return answer
        if isinstance(answer, str):
            answer = Generated(answer, "end", num_prompt_tokens=1, num_tokens=len(answer), seconds=0.0)
        is_wanted = on_progress(number, answer.text, answer.num_tokens)
        return answer if is_wanted else Generated("", "cancelled", 1, 0, 0.0)
