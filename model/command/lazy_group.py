"""A group of commands that imports the module of one when it is asked for: no help waits for PyTorch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any, ClassVar, NamedTuple

import typer
from typer.core import TyperGroup

from model.command.values import name_values


class LazyCommand(NamedTuple):
    """place: `module:name` of a command's function, or of the `typer.Typer` with its commands.

    summary: what it says of itself first, which the help of the group shows without it.
    """

    place: str
    summary: str


class LazyGroup(TyperGroup):
    """For `typer.Typer(cls=...)`, as a subclass with its own `lazy`. `commands` has them all, each made on demand."""

    lazy: ClassVar[Mapping[str, LazyCommand]] = {}

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.commands = _Made(self.lazy)  # type: ignore[assignment]

    def list_commands(self, ctx: Any) -> list[str]:
        return list(self.lazy)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, command.summary) for name, command in self.lazy.items()])


class _Made(Mapping[str, Any]):
    """The commands of a group by their names."""

    def __init__(self, lazy: Mapping[str, LazyCommand]) -> None:
        self._lazy = lazy
        self._made: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._made:
            self._made[name] = _command(name, self._lazy[name].place)
        return self._made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._lazy)

    def __len__(self) -> int:
        return len(self._lazy)


def _command(name: str, place: str) -> Any:
    module, _, own = place.partition(":")
    found = getattr(import_module(module), own)
    group = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
    group.callback()(lambda: None)  # with one, a command alone is still a command of a group
    if isinstance(found, typer.Typer):
        group.add_typer(found, name=name)
    else:
        group.command(name)(found)
    return typer.main.get_group(name_values(group)).commands[name]
