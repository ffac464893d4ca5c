"""What the help of a command calls the values of its options: `--port N`, where typer would say `<int range>`."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import typer
from typer.models import ParameterInfo

_NAMES = {int: "N", float: "X", Path: "PATH"}


def name_values(app: typer.Typer) -> typer.Typer:
    """`app`, whose commands name the values that have no `metavar` of their own: by type, a text by its option."""
    for function in _commands(app):
        # Kept, where they were only written: read once more, they would be others, without what is set here.
        function.__annotations__ = get_type_hints(function, include_extras=True)
        for name, hint in function.__annotations__.items():
            for given in getattr(hint, "__metadata__", ()):
                if isinstance(given, ParameterInfo) and given.metavar is None:
                    given.metavar = _named(_one(get_args(hint)[0]), name)
    return app


def _commands(app: typer.Typer) -> Iterator[Any]:
    if app.registered_callback is not None:
        yield app.registered_callback.callback
    yield from (command.callback for command in app.registered_commands)
    for group in app.registered_groups:
        if group.typer_instance is not None:
            yield from _commands(group.typer_instance)


def _one(kind: Any) -> Any:
    """The type of one value: of `list[int] | None`, int."""
    if get_origin(kind) in (Union, UnionType):
        kind = next(each for each in get_args(kind) if each is not NoneType)
    return get_args(kind)[0] if get_origin(kind) in (list, tuple) else kind


def _named(kind: Any, option: str) -> str | None:
    if kind is bool:
        return None
    if get_origin(kind) is Literal:
        return "|".join(map(str, get_args(kind)))
    if isinstance(kind, type) and issubclass(kind, Enum):
        return "|".join(str(each.value) for each in kind)
    return _NAMES.get(kind) or option.strip("_").replace("_", "-").upper()
