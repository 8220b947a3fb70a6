"""What a function of a child returns or raises, as plain data and back. Its type is the one that the function names, as
its caller knows it: what comes is checked against that, and nothing that a child says chooses a class."""

from collections.abc import Callable
from functools import cache
from typing import Any, get_type_hints

from pydantic import TypeAdapter, ValidationError

from docintel import errors
from docintel.errors import DamagedPage, DocintelError

MAX_MESSAGE = 2_000
ANYTHING: TypeAdapter[Any] = TypeAdapter(Any)


class Unexpected(Exception):
    """A child returned what its function cannot return."""


def plain(value: Any) -> Any:
    """A value that holds models as one of plain data."""
    return ANYTHING.dump_python(value, warnings=False)


def dumped(function: Callable[..., Any], value: Any) -> Any:
    return _adapter(function).dump_python(value, warnings=False)


def loaded(function: Callable[..., Any], data: Any) -> Any:
    """Raises Unexpected."""
    try:
        return _adapter(function).validate_python(data)
    except ValidationError as error:
        raise Unexpected(f"what {function.__name__} returned is not what it returns") from error


@cache
def _adapter(function: Callable[..., Any]) -> TypeAdapter[Any]:
    named = get_type_hints(function).get("return", Any)
    return ANYTHING if named is Any else TypeAdapter(named)


def said_of(error: DocintelError) -> list[str]:
    return [type(error).__name__, str(error)]


def error_of(said: Any) -> DocintelError:
    """Raises Unexpected."""
    match said:
        case [str() as name, str() as message]:
            return _classes().get(name, DocintelError)(message[:MAX_MESSAGE])
        case _:
            raise Unexpected("what was raised is no error")


@cache
def _classes() -> dict[str, type[DocintelError]]:
    """Errors by name; all that are made of a message alone."""
    return {
        name: each
        for name, each in vars(errors).items()
        if isinstance(each, type) and issubclass(each, DocintelError) and not issubclass(each, DamagedPage)
    }
