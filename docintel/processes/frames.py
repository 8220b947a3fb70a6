"""What processes say to each other: frames of JSON and of the bytes that stand beside it. Reading one executes nothing.

A frame is the length of its JSON, the length of its bytes, the JSON, the bytes. Where a value holds bytes, its JSON
says where among them they are.
"""

import json
import os
import select
import struct
import time
from typing import Any

HEAD = struct.Struct("!IQ")
MAX_JSON_BYTES = 64 * 1024**2
MAX_FRAME_BYTES = 512 * 1024**2
PIECE_BYTES = 1024**2
PLACE = "$bytes"


class FrameError(Exception):
    """What came is no frame, or a longer one than there may be."""


class TooLate(Exception):
    """The deadline came before the whole frame."""


def send(descriptor: int, value: Any, *, deadline: float | None = None) -> None:
    """`value`: what JSON knows, and bytes. Raises TooLate, OSError where nobody reads any more."""
    parts: list[bytes] = []
    place = 0

    def placed(data: object) -> dict[str, list[int]]:
        nonlocal place
        if not isinstance(data, bytes | bytearray | memoryview):
            raise TypeError(f"{type(data).__name__} cannot be sent")
        parts.append(bytes(data))
        place += len(parts[-1])
        return {PLACE: [place - len(parts[-1]), place]}

    text = json.dumps(value, default=placed, separators=(",", ":")).encode("utf-8", "surrogatepass")
    if len(text) > MAX_JSON_BYTES or place > MAX_FRAME_BYTES:
        raise FrameError("what is to be sent is too long")
    for data in (HEAD.pack(len(text), place), text, *parts):
        _write(descriptor, data, deadline)


def receive(descriptor: int, *, deadline: float | None = None) -> Any:
    """The next frame's value. Raises TooLate, FrameError, EOFError where the other side is gone, OSError."""
    json_bytes, num_bytes = HEAD.unpack(_read(descriptor, HEAD.size, deadline))
    if json_bytes > MAX_JSON_BYTES or num_bytes > MAX_FRAME_BYTES:
        raise FrameError("the frame is too long")
    text, data = _read(descriptor, json_bytes, deadline), _read(descriptor, num_bytes, deadline)
    try:
        return json.loads(text.decode("utf-8", "surrogatepass"), object_hook=lambda found: _bytes_in(found, data))
    except (ValueError, RecursionError) as error:
        raise FrameError("the frame makes no sense") from error


def receive_all(descriptor: int, *, deadline: float) -> bytes:
    """What comes until the other side is gone. Raises TooLate, FrameError where it is too much, OSError."""
    read = bytearray()
    while True:
        _wait(descriptor, select.POLLIN, deadline)
        piece = os.read(descriptor, PIECE_BYTES)
        if not piece:
            return bytes(read)
        read += piece
        if len(read) > MAX_FRAME_BYTES:
            raise FrameError("it is too long")


def _bytes_in(found: dict[str, Any], data: bytes) -> Any:
    """An object of JSON as it is, or the bytes that it stands for."""
    match found:
        case {"$bytes": [int() as start, int() as end]} if len(found) == 1 and 0 <= start <= end <= len(data):
            return data[start:end]
        case _:
            return found


def _read(descriptor: int, size: int, deadline: float | None) -> bytes:
    read = bytearray(size)
    view = memoryview(read)
    while view:
        _wait(descriptor, select.POLLIN, deadline)
        try:
            count = os.readv(descriptor, [view])
        except BlockingIOError:
            continue
        if count == 0:
            raise EOFError
        view = view[count:]
    return bytes(read)


def _write(descriptor: int, data: bytes, deadline: float | None) -> None:
    view = memoryview(data)
    while view:
        _wait(descriptor, select.POLLOUT, deadline)
        try:
            view = view[os.write(descriptor, view) :]
        except BlockingIOError:
            continue


def _wait(descriptor: int, event: int, deadline: float | None) -> None:
    poll = select.poll()
    poll.register(descriptor, event)
    timeout_s = None if deadline is None else max(deadline - time.monotonic(), 0.0)
    if not poll.poll(None if timeout_s is None else timeout_s * 1_000):
        raise TooLate
