"""Fills the generated blocks of all pages, the list of commands too, when mkdocs builds the site."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from enum import Enum
from typing import Any

import typer
from mkdocs.exceptions import PluginError

import indexer.cli
import molseek.cli
import service.cli
import training.cli
from docs import generate

_BLOCK = re.compile(r"(<!-- generated: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)
_LINK = re.compile(r"\]\((?![a-z]+:|#)([^)\s#]+)")
_CODE = re.compile(r"```.*?```|`[^`\n]+`", re.DOTALL)  # where C[C@H](N)C is no link
_DOCS = generate.DOCS.resolve()
_APPS = {
    "molseek": molseek.cli.app,
    "molseek-index": indexer.cli.app,
    "molseek-serve": service.cli.cli,
    "molseek-train": training.cli.app,
}


def cli() -> str:
    """Every command with its arguments and options."""
    return "\n\n".join(part for name, app in _APPS.items() for part in _command(name, typer.main.get_command(app)))


def _command(name: str, command: Any) -> Iterator[str]:
    yield f"{'##' if ' ' not in name else '###'} {name}\n\n{(command.help or command.short_help or '').strip()}"
    rows = [
        (
            f"`{', '.join([*parameter.opts, *parameter.secondary_opts])}`",
            getattr(parameter, "help", None) or "",
            _default(parameter.default),
        )
        for parameter in command.params
        if parameter.name != "help"
    ]
    if rows:
        yield generate._table(("option", "meaning", "default"), rows)
    for child, sub in getattr(command, "commands", {}).items():
        yield from _command(f"{name} {child}", sub)


def _default(value: object) -> str:
    """A default as people write it; none for switches that are off."""
    if value in (None, (), [], False) or callable(value):
        return ""
    values = value if isinstance(value, list | tuple) else [value]
    return ", ".join(f"`{each.value if isinstance(each, Enum) else each}`" for each in values)


BLOCKS: dict[str, Callable[[], str]] = {**generate.BLOCKS, "cli": cli}


def on_page_markdown(markdown: str, page: Any, **_: object) -> str:
    """mkdocs calls this with the text of each page. It does not see links to folders, nor to what is outside docs/."""
    for target in _LINK.findall(_CODE.sub("", markdown)):
        file = ((_DOCS / page.file.src_uri).parent / target).resolve()
        if not file.is_file() or not file.is_relative_to(_DOCS):
            raise PluginError(f"{page.file.src_uri} links to {target}, which is no file of the site")
    return _BLOCK.sub(lambda match: f"{match[1]}\n{BLOCKS[match[2]]()}\n{match[3]}", markdown)
