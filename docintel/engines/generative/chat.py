"""A Generator behind HTTP: chat completions as OpenAI defined them, streamed.

A server that is busy, slow or restarting is asked again, later each time; one that refuses is not. The key goes into a
header and nowhere else.
"""

import base64
import io
import logging
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property

import httpx
import numpy as np
from httpx_sse import EventSource
from numpy.typing import NDArray
from PIL import Image
from pydantic import BaseModel, ValidationError
from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from docintel.errors import DocintelError, EngineUnavailable, PageError
from docintel.markup.tags import has_table_tags
from docintel.runtime import End, Generated, ProgressCallback, Request, ignore_progress, thinking
from docintel.runtime.budget import CELL, fit_size
from docintel.runtime.loops import LoopWatch

log = logging.getLogger(__name__)

MAX_ATTEMPTS = 6
FIRST_WAIT_S, MAX_WAIT_S = 0.5, 30.0
RETRYABLE = frozenset({408, 409, 425, 429, 500, 502, 503, 504})
"""Answers after which the same request may do better."""
CONNECT_TIMEOUT_S = 10.0
PROGRESS_EVERY = 16
"""Pieces between two calls of `on_progress`."""
ENDS: dict[str, End] = {"stop": "end", "length": "length", "eos": "end"}


class _Retryable(Exception):
    """Not now: ask again, after `wait_s` where the server says so."""

    def __init__(self, why: str, wait_s: float | None = None) -> None:
        super().__init__(why)
        self.wait_s = wait_s


class ChatServer:
    """Any number of threads may ask; at most `in_flight` requests are under way."""

    def __init__(self, url: str, *, model: str, key: str, in_flight: int, timeout_s: float) -> None:
        """`timeout_s` is the longest silence. Raises EngineUnavailable for a URL that is none."""
        self._url = _parse_url(url)
        self._model = model
        self._client = httpx.Client(
            headers={"Authorization": f"Bearer {key}"} if key else {},
            timeout=httpx.Timeout(timeout_s, connect=CONNECT_TIMEOUT_S),
            limits=httpx.Limits(max_connections=in_flight),
            follow_redirects=False,
        )
        self._pool = ThreadPoolExecutor(in_flight, thread_name_prefix="endpoint")

    @property
    def name(self) -> str:
        """Raises EngineUnavailable."""
        return f"{self.model}@{self._url.host}"

    @cached_property
    def model(self) -> str:
        """As named, else the first that the server lists. Raises EngineUnavailable."""
        if self._model:
            return self._model
        try:
            answer = self._client.get(f"{self._url}/models")
            answer.raise_for_status()
            return str(answer.json()["data"][0]["id"])
        except (httpx.HTTPError, ValueError, LookupError, TypeError) as error:
            raise EngineUnavailable(
                f"{self._url} lists no models ({type(error).__name__}). Start the server, or set "
                "DOCINTEL_ENDPOINT_MODEL."
            ) from error

    def generate(
        self, requests: Sequence[Request], on_progress: ProgressCallback = ignore_progress
    ) -> list[Generated | DocintelError]:
        answers = [self._pool.submit(self._generate_one, n, request, on_progress) for n, request in enumerate(requests)]
        return [each.result() for each in answers]

    def close(self) -> None:
        self._pool.shutdown(cancel_futures=True)
        self._client.close()

    def _generate_one(self, number: int, request: Request, on_progress: ProgressCallback) -> Generated | DocintelError:
        try:
            return self._generate_with_retries(number, request, on_progress)
        except DocintelError as error:
            return error

    def _generate_with_retries(self, number: int, request: Request, on_progress: ProgressCallback) -> Generated:
        """Asks until the server answers, but not for ever."""
        payload = self._payload(request)
        retrying = Retrying(
            retry=retry_if_exception_type(_Retryable), stop=stop_after_attempt(MAX_ATTEMPTS), wait=_wait, reraise=True
        )
        try:
            return retrying(self._generate_once, number, request, payload, on_progress)
        except _Retryable as error:
            raise DocintelError(
                f"{self._url} did not answer {MAX_ATTEMPTS} times, at last: {error}. The page can be read again."
            ) from error

    def _generate_once(
        self, number: int, request: Request, payload: dict[str, object], on_progress: ProgressCallback
    ) -> Generated:
        began = time.perf_counter()
        try:
            with self._client.stream("POST", f"{self._url}/chat/completions", json=payload) as response:
                self._check(response)
                answer = _Answer(request, is_thinking_model=thinking.is_thinking_model(self.model))
                for chunk in _chunks(response):
                    if answer.append(chunk) or not answer.report(number, on_progress):
                        break
        except httpx.TimeoutException as error:
            raise _Retryable("it was silent for too long") from error
        except (httpx.TransportError, httpx.StreamError) as error:
            raise _Retryable(f"the connection broke ({type(error).__name__})") from error
        if answer.end is None:
            raise _Retryable("the answer broke off")
        return answer.generated(time.perf_counter() - began)

    def _payload(self, request: Request) -> dict[str, object]:
        images = [{"type": "image_url", "image_url": {"url": _data_url(each, request)}} for each in request.images]
        return {
            "model": self.model,
            "messages": [{"role": "user", "content": [*images, {"type": "text", "text": request.text}]}],
            "max_tokens": request.max_new_tokens
            + (thinking.MAX_TOKENS if thinking.is_thinking_model(self.model) else 0),
            "temperature": request.temperature,
            "top_p": request.top_p,
            "seed": request.seed,
            "stream": True,
        }

    def _check(self, response: httpx.Response) -> None:
        """Raises _Retryable for what may pass, DocintelError for what will not."""
        status = response.status_code
        if status == httpx.codes.OK:
            return
        if status in RETRYABLE:
            raise _Retryable(f"it answered {status}", _retry_after(response))
        if response.is_redirect:
            raise EngineUnavailable(f"{self._url} sends on to another address. Name that one, if you trust it.")
        if status in {401, 403}:
            raise EngineUnavailable(f"{self._url} refuses the key ({status}). Set DOCINTEL_ENDPOINT_KEY.")
        if status == httpx.codes.NOT_FOUND:
            raise EngineUnavailable(
                f"{self._url} knows no chat completions, or no model {self.model!r} (404). Addresses often end in /v1."
            )
        response.read()
        raise PageError(f"{self._url} refuses the request ({status}): {_first_words(response.text)}")


class _Delta(BaseModel):
    """What a piece adds. Servers that part reasoning from the answer put it into one of two fields."""

    content: str | None = None
    reasoning: str | None = None
    reasoning_content: str | None = None


class _Choice(BaseModel):
    delta: _Delta | None = None
    finish_reason: str | None = None


class _Usage(BaseModel):
    prompt_tokens: int | None = None
    completion_tokens: int | None = None


class _Chunk(BaseModel):
    """One server-sent event of a chat completion."""

    choices: list[_Choice] | None = None
    usage: _Usage | None = None
    error: object = None


class _Answer:
    """An answer as it comes in, chunk by chunk."""

    def __init__(self, request: Request, *, is_thinking_model: bool) -> None:
        """A Thinking model's reasoning comes before its answer, or apart where the server parts them."""
        self._is_thinking_model = is_thinking_model
        self._watch = LoopWatch(_has_table_tags) if request.stops_loops else None
        self._reasoning = ""
        self._text = ""
        self._num_pieces = 0
        self._usage = _Usage()
        self.end: End | None = None

    @property
    def _is_open(self) -> bool:
        return self._is_thinking_model and not self._reasoning

    def append(self, chunk: _Chunk) -> bool:
        """Whether there is nothing more to wait for."""
        self._usage = chunk.usage or self._usage
        for choice in chunk.choices or []:
            delta = choice.delta or _Delta()
            reasoning = f"{delta.reasoning or ''}{delta.reasoning_content or ''}"
            piece = delta.content or ""
            self._reasoning += reasoning
            self._text += piece
            self._num_pieces += bool(reasoning or piece)
            self.end = self.end or ENDS.get(choice.finish_reason or "")
            if self._loops(reasoning + piece):
                return True
        return False

    def _loops(self, piece: str) -> bool:
        num_before = len(self._reasoning) + len(self._text) - len(piece)
        for at, character in enumerate(piece, start=num_before + 1):
            start = self._watch.loop_start(ord(character)) if self._watch else None
            if start is not None:
                self._text = self._text[: max(min(start, at) - len(self._reasoning), 0)]
                self.end = "loop"
                return True
        return False

    def report(self, number: int, on_progress: ProgressCallback) -> bool:
        """False: nobody wants the rest."""
        if not self._num_pieces or self._num_pieces % PROGRESS_EVERY:
            return True
        if on_progress(number, thinking.strip_reasoning(self._text, is_open=self._is_open), self._num_pieces):
            return True
        self.end = "cancelled"
        return False

    def generated(self, seconds: float) -> Generated:
        """Tokens as the server counts them; where it doesn't, pieces, which mostly are tokens."""
        return Generated(
            text=self._final_text(),
            end=self.end or "end",
            num_prompt_tokens=self._usage.prompt_tokens or 0,
            num_tokens=self._usage.completion_tokens or self._num_pieces,
            seconds=seconds,
        )

    def _final_text(self) -> str:
        """A Thinking model that came to its end without closing its reasoning: the server has taken that off."""
        is_taken_off = self.end == "end" and thinking.CLOSES not in self._text
        return thinking.strip_reasoning(self._text, is_open=self._is_open and not is_taken_off)


def _has_table_tags(characters: Sequence[int]) -> bool:
    return has_table_tags("".join(map(chr, characters)))


def _parse_url(url: str) -> httpx.URL:
    """Raises EngineUnavailable."""
    if not url:
        raise EngineUnavailable("No server is named. Set DOCINTEL_ENDPOINT_URL, such as http://gpu-host:8000/v1.")
    try:
        parsed = httpx.URL(url.rstrip("/"))
    except (httpx.InvalidURL, ValueError) as error:
        raise EngineUnavailable(
            "DOCINTEL_ENDPOINT_URL is no address. It looks like http://gpu-host:8000/v1."
        ) from error
    if parsed.scheme not in {"http", "https"} or not parsed.host:
        raise EngineUnavailable("DOCINTEL_ENDPOINT_URL must begin with http:// or https:// and name a host.")
    if parsed.userinfo:
        raise EngineUnavailable("DOCINTEL_ENDPOINT_URL holds a password. Put the key into DOCINTEL_ENDPOINT_KEY.")
    return parsed


def _data_url(image: NDArray[np.uint8], request: Request) -> str:
    """PNG at the size that the model will see: more pixels would only travel."""
    height, width = fit_size(
        image.shape[0],
        image.shape[1],
        cell=CELL,
        min_tokens=request.min_tokens,
        max_tokens=request.max_tokens,
        scale=request.scale,
    )
    picture = Image.fromarray(image)
    if picture.size != (width, height):
        picture = picture.resize((width, height), Image.Resampling.BICUBIC)
    out = io.BytesIO()
    picture.save(out, "PNG", compress_level=1)
    return f"data:image/png;base64,{base64.b64encode(out.getvalue()).decode('ascii')}"


def _chunks(response: httpx.Response) -> Iterator[_Chunk]:
    """Until the server says that it is done; raises _Retryable for what is no chunk."""
    for event in EventSource(response).iter_sse():
        if event.data == "[DONE]":
            return
        if not event.data:
            continue
        try:
            chunk = _Chunk.model_validate_json(event.data)
        except ValidationError as error:
            raise _Retryable("it answered nonsense") from error
        if chunk.error:
            raise _Retryable("it answered with an error")
        yield chunk


def _wait(state: RetryCallState) -> float:
    """Seconds: as the server says, else longer each time and never in step with others."""
    error = state.outcome.exception() if state.outcome else None
    wait_s = error.wait_s if isinstance(error, _Retryable) else None
    return min(wait_s if wait_s is not None else _BACKOFF(state), MAX_WAIT_S)


_BACKOFF = wait_random_exponential(multiplier=FIRST_WAIT_S, max=MAX_WAIT_S)


def _retry_after(response: httpx.Response) -> float | None:
    seconds = response.headers.get("Retry-After", "")
    return float(seconds) if seconds.isascii() and seconds.isdecimal() and len(seconds) < 6 else None


def _first_words(text: str) -> str:
    return " ".join(text.split())[:200] or "no reason given"
