"""What a call is made with: a function by its name, arguments by pickle, and functions that stay with the owner."""

import inspect
import io
import pickle
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pydantic import validate_call


@dataclass(frozen=True)
class Owned:
    """A function among the arguments of a call that its owner runs when the child calls it.

    The child has no other way out. What it calls with is checked against the function's annotations. A function with a
    parameter `on_event` can tell the child of what happens meanwhile; it is told by what that returns whether the child
    still wants the rest.
    """

    function: Callable[..., Any]


class _Pickler(pickle.Pickler):
    """Functions that the owner keeps are sent as their places in `owned`."""

    def __init__(self, file: io.BytesIO) -> None:
        super().__init__(file)
        self.owned: list[Owned] = []

    def persistent_id(self, obj: Any) -> int | None:
        if not isinstance(obj, Owned):
            return None
        self.owned.append(obj)
        return len(self.owned) - 1


def pickled(args: tuple[Any, ...]) -> tuple[bytes, list[Owned]]:
    """As they are sent, and the functions that stay here."""
    out = io.BytesIO()
    pickler = _Pickler(out)
    pickler.dump(args)
    return out.getvalue(), pickler.owned


def name_of(function: Callable[..., Any]) -> str:
    return f"{real_module(function.__module__)}:{function.__qualname__}"


def real_module(name: str) -> str:
    """The name under which a child can import what runs as the program here."""
    spec = getattr(sys.modules.get(name), "__spec__", None)
    return str(spec.name) if name == "__main__" and spec else name


def has_events(function: Callable[..., Any]) -> bool:
    return "on_event" in inspect.signature(function).parameters


def checked(function: Callable[..., Any]) -> Callable[..., Any]:
    """Raises pydantic's ValidationError where it is called with what is not as annotated."""
    return validate_call(config={"arbitrary_types_allowed": True})(function)
