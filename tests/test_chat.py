"""docintel.engines.generative.chat against a real server that behaves and misbehaves as it is told."""

import base64
import io
import json
import logging
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

import numpy as np
import pytest
from PIL import Image

from docintel.engines.generative import chat
from docintel.engines.generative.chat import ChatServer
from docintel.errors import DocintelError, EngineUnavailable
from docintel.runtime import Generated, Request

Answer = Callable[["Handler", dict[str, Any]], None]
PAGE = Request("qwenvl html", (np.full((64, 96, 3), 255, dtype=np.uint8),), min_tokens=4, max_tokens=64)


class Handler(BaseHTTPRequestHandler):
    answers: ClassVar[list[Answer]] = []
    seen: ClassVar[list[dict[str, Any]]] = []
    keys: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        self.send(200, json.dumps({"data": [{"id": "listed-model"}]}))

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        Handler.seen.append(body)
        Handler.keys.append(self.headers.get("Authorization", ""))
        answer = Handler.answers.pop(0) if Handler.answers else says("done")
        answer(self, body)

    def send(self, status: int, body: str, **headers: str) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body.encode())))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_args: Any) -> None:
        pass


def event(text: str = "", finish: str | None = None, *, name: str = "content") -> str:
    return f"data: {json.dumps({'choices': [{'delta': {name: text}, 'finish_reason': finish}]})}\n\n"


def says(*texts: str, finish: str | None = "stop") -> Answer:
    body = "".join(map(event, texts)) + (event(finish=finish) if finish else "") + "data: [DONE]\n\n"
    return lambda handler, _body: handler.send(200, body, Content_Type="text/event-stream")


def parts(reasoning: list[str], texts: list[str], *, name: str) -> Answer:
    """As servers say it that part a model's reasoning from its answer."""
    events = [*(event(each, name=name) for each in reasoning), *map(event, texts), event(finish="stop")]
    return lambda handler, _body: handler.send(200, "".join(events), Content_Type="text/event-stream")


def status(code: int, body: str = "no", **headers: str) -> Answer:
    return lambda handler, _body: handler.send(code, body, **headers)


def hangs(handler: Handler, _body: dict[str, Any]) -> None:
    time.sleep(1.5)
    handler.close_connection = True


def cuts(handler: Handler, _body: dict[str, Any]) -> None:
    handler.send_response(200)
    handler.send_header("Content-Type", "text/event-stream")
    handler.send_header("Content-Length", "100000")
    handler.end_headers()
    handler.wfile.write(event("half an ans").encode())
    handler.close_connection = True


def nonsense(handler: Handler, _body: dict[str, Any]) -> None:
    handler.send(200, "data: {nonsense\n\n", Content_Type="text/event-stream")


def misshapen(handler: Handler, _body: dict[str, Any]) -> None:
    handler.send(200, 'data: {"choices": ["x"]}\n\n', Content_Type="text/event-stream")


def no_stream(handler: Handler, _body: dict[str, Any]) -> None:
    handler.send(200, "<html>Starting</html>", Content_Type="text/html")


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setattr(chat, "_BACKOFF", lambda _state: 0.01)
    Handler.answers, Handler.seen, Handler.keys = [], [], []
    running = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    running.daemon_threads = True
    thread = threading.Thread(target=running.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{running.server_port}/v1"
    running.shutdown()
    running.server_close()


@pytest.fixture
def client(server: str) -> Iterator[ChatServer]:
    opened = ChatServer(server, model="m", key="s3cret", in_flight=4, timeout_s=1.0)
    yield opened
    opened.close()


def answers(client: ChatServer, *planned: Answer) -> Generated | DocintelError:
    Handler.answers = list(planned)
    [answer] = client.generate([PAGE])
    return answer


def test_an_answer_is_put_together_from_its_pieces(client: ChatServer) -> None:
    answer = answers(client, says("<p data-bbox='1 2 3 4'>", "Größe", "</p>"))
    assert isinstance(answer, Generated)
    assert (answer.text, answer.end) == ("<p data-bbox='1 2 3 4'>Größe</p>", "end")


def test_events_end_at_line_feeds_only(client: ChatServer) -> None:
    """A JSON string may hold other characters that some libraries take for ends of lines."""
    body = json.dumps(
        {"choices": [{"delta": {"content": "one\u2028two\x85"}, "finish_reason": "stop"}]}, ensure_ascii=False
    )
    comment = ": the server is busy\r\n\r\n"

    def streams(handler: Handler, _body: dict[str, Any]) -> None:
        handler.send(200, f"{comment}data: {body}\r\n\r\ndata: [DONE]\r\n\r\n", Content_Type="text/event-stream")

    answer = answers(client, streams)
    assert isinstance(answer, Generated)
    assert answer.text == "one\u2028two\x85"


def test_the_page_is_sent_at_the_size_that_the_model_sees_and_the_key_in_a_header(client: ChatServer) -> None:
    answers(client, says("x"))
    [body] = Handler.seen
    image, text = body["messages"][0]["content"]
    picture = Image.open(io.BytesIO(base64.b64decode(image["image_url"]["url"].partition(",")[2])))
    assert picture.size == (96, 64)
    assert text["text"] == "qwenvl html"
    assert Handler.keys == ["Bearer s3cret"]
    assert "s3cret" not in json.dumps(body)


@pytest.mark.parametrize(
    "trouble",
    [
        *(hangs, cuts, nonsense, misshapen, no_stream, says("x", finish=None)),
        *(status(429, Retry_After="0"), status(500), status(503)),
    ],
)
def test_trouble_that_passes_is_waited_out(client: ChatServer, trouble: Answer) -> None:
    answer = answers(client, trouble, trouble, says("at last"))
    assert isinstance(answer, Generated)
    assert answer.text == "at last"
    assert len(Handler.seen) == 3


@pytest.mark.parametrize("trouble", [cuts, status(429), status(500)])
def test_trouble_that_stays_fails_the_page_with_its_reason(client: ChatServer, trouble: Answer) -> None:
    answer = answers(client, *[trouble] * chat.MAX_ATTEMPTS)
    assert isinstance(answer, DocintelError)
    assert "did not answer 6 times" in str(answer)
    assert len(Handler.seen) == chat.MAX_ATTEMPTS


@pytest.mark.parametrize(
    ("code", "told"),
    [
        (401, "DOCINTEL_ENDPOINT_KEY"),
        (403, "DOCINTEL_ENDPOINT_KEY"),
        (404, "/v1"),
        (400, "too many images"),
        (301, "sends on"),
    ],
)
def test_a_refusal_is_not_asked_again(client: ChatServer, code: int, told: str) -> None:
    answer = answers(client, status(code, "too many images", Location="http://elsewhere.example/"))
    assert isinstance(answer, DocintelError)
    assert told in str(answer)
    assert len(Handler.seen) == 1


def test_one_page_of_many_fails_alone_and_all_are_answered_in_order(client: ChatServer) -> None:
    def by_text(handler: Handler, body: dict[str, Any]) -> None:
        text = body["messages"][0]["content"][-1]["text"]
        answer = status(400, "bad page") if text == "page 3" else says(text)
        answer(handler, body)

    Handler.answers = [by_text] * 12
    found = client.generate([Request(f"page {n}", PAGE.images, min_tokens=4, max_tokens=64) for n in range(12)])
    assert [each.text if isinstance(each, Generated) else "failed" for each in found] == [
        "failed" if n == 3 else f"page {n}" for n in range(12)
    ]


def test_a_loop_is_cut_while_it_is_told(client: ChatServer) -> None:
    answer = answers(client, says("The page says: ", *["na "] * 400, finish=None))
    assert isinstance(answer, Generated)
    assert answer.end == "loop"
    assert answer.text.startswith("The page says: ")
    assert len(answer.text) < 30


def test_an_answer_that_nobody_wants_ends(client: ChatServer) -> None:
    Handler.answers = [says(*["word "] * 100)]
    [answer] = client.generate([PAGE], lambda _number, _text, _count: False)
    assert isinstance(answer, Generated)
    assert answer.end == "cancelled"


def test_an_answer_that_reaches_its_limit_says_so(client: ChatServer) -> None:
    answer = answers(client, says("half", finish="length"))
    assert isinstance(answer, Generated)
    assert answer.end == "length"


@pytest.fixture
def thinker(server: str) -> Iterator[ChatServer]:
    opened = ChatServer(server, model="Qwen/Qwen3-VL-8B-Thinking", key="", in_flight=1, timeout_s=1.0)
    yield opened
    opened.close()


THOUGHT = ["The page ", "seems to say ", *(f"{n}, " for n in range(40))]
ANSWER = ["<p>", *(f"{n} " for n in range(40)), "</p>"]


@pytest.mark.parametrize(
    "answer",
    [
        says(*THOUGHT, "</think>\n\n", *ANSWER),
        says("<think>", *THOUGHT, "</think>\n\n", *ANSWER),
        parts(THOUGHT, ANSWER, name="reasoning_content"),
        parts(THOUGHT, ANSWER, name="reasoning"),
    ],
)
def test_what_a_model_thinks_is_no_part_of_its_answer(thinker: ChatServer, answer: Answer) -> None:
    Handler.answers = [answer]
    told: list[tuple[str, int]] = []

    def heard(_number: int, text: str, count: int) -> bool:
        told.append((text, count))
        return True

    [found] = thinker.generate([PAGE], heard)
    assert isinstance(found, Generated)
    assert found.text == "".join(ANSWER)
    assert told[0] == ("", 16)
    assert told[-1][0]
    assert all("".join(ANSWER).startswith(text) for text, _ in told)


def test_a_model_whose_reasoning_the_server_keeps_is_read_whole(thinker: ChatServer) -> None:
    answer = answers(thinker, says(*ANSWER))
    assert isinstance(answer, Generated)
    assert answer.text == "".join(ANSWER)


def test_reasoning_that_breaks_off_or_goes_round_is_no_answer(thinker: ChatServer) -> None:
    for trouble, end in (
        (says(*THOUGHT, finish="length"), "length"),
        (says(*["wait "] * 400, finish=None), "loop"),
        (parts(["wait "] * 400, [], name="reasoning"), "loop"),
    ):
        answer = answers(thinker, trouble)
        assert isinstance(answer, Generated)
        assert (answer.text, answer.end) == ("", end)


def test_a_thinking_model_may_take_more_tokens(thinker: ChatServer, client: ChatServer) -> None:
    answers(thinker, says("x"))
    answers(client, says("x"))
    thinking, plain = (body["max_tokens"] for body in Handler.seen)
    assert plain == PAGE.max_new_tokens
    assert thinking > plain


def test_without_a_model_the_first_that_is_listed_is_asked(server: str) -> None:
    client = ChatServer(server, model="", key="", in_flight=1, timeout_s=1.0)
    assert client.name == "listed-model@127.0.0.1"
    client.close()


@pytest.mark.parametrize(
    "url", ["", "ftp://host/v1", "file:///etc/passwd", "gpu-host", "http://", "http://me:pass@host/v1"]
)
def test_an_address_that_is_none_is_told(url: str) -> None:
    with pytest.raises(EngineUnavailable):
        ChatServer(url, model="m", key="", in_flight=1, timeout_s=1.0)


def test_the_key_is_in_no_log(client: ChatServer, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        answers(client, status(500), status(401))
    assert "s3cret" not in caplog.text
