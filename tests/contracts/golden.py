"""What was recorded, and how it is compared with what is now: something may be added, nothing taken away or changed."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).with_name("golden")


def read(name: str) -> Any:
    path = FOLDER / name
    text = path.read_text(encoding="utf-8")
    return json.loads(text) if path.suffix == ".json" else text


def write(name: str, value: Any) -> None:
    path = FOLDER / name
    path.parent.mkdir(exist_ok=True)
    text = json.dumps(value, indent=1, ensure_ascii=False) + "\n" if path.suffix == ".json" else value
    path.write_text(text, encoding="utf-8")


def broken(recorded: Any, now: Any, place: str = "") -> Iterator[str]:
    """What is no longer as it was, a line each; new keys of an object are allowed (so words are kept as such keys)."""
    if isinstance(recorded, Mapping) and isinstance(now, Mapping):
        for key, value in recorded.items():
            inner = f"{place} → {key}" if place else str(key)
            if key in now:
                yield from broken(value, now[key], inner)
            else:
                yield f"{inner}: gone (it was {_short(value)})"
    elif isinstance(recorded, list) and isinstance(now, list) and len(recorded) == len(now):
        for number, (was, is_now) in enumerate(zip(recorded, now, strict=True)):
            yield from broken(was, is_now, f"{place}[{number}]")
    elif recorded != now or type(recorded) is not type(now):
        yield f"{place}: was {_short(recorded)}, is {_short(now)}"


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 300 else f"{text[:300]}…"
