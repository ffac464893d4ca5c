"""What a client is made with, checked where it is given: a wrong value would fail later, and in other words."""

from __future__ import annotations

from numbers import Real
from operator import index
from threading import TIMEOUT_MAX

from molseek_client.errors import MisuseError


def seconds(name: str, value: float) -> float:
    """A time to wait for something. Raises MisuseError."""
    if not isinstance(value, Real) or not 0 < value <= TIMEOUT_MAX:
        raise MisuseError(f"{name} is a number of seconds, more than 0, and this is {value!r}")
    return float(value)


def pause(name: str, value: float) -> float:
    """A time to wait at most: none, or without end. Raises MisuseError."""
    if not isinstance(value, Real) or not value >= 0:
        raise MisuseError(f"{name} is a number of seconds, 0 or more, and this is {value!r}")
    return float(value)


def count(name: str, value: int) -> int:
    """How often, or how many. Raises MisuseError."""
    try:
        number = index(value)
    except TypeError:
        number = 0
    if number < 1:
        raise MisuseError(f"{name} is a whole number, 1 or more, and this is {value!r}")
    return number


def instance(name: str, value: object, kind: type[object], called: str) -> None:
    """Raises MisuseError where a value is given, and is not of this kind."""
    if value is not None and not isinstance(value, kind):
        raise MisuseError(f"{name} is {called}, and this is {value!r}")
