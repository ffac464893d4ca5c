"""Fills the generated blocks of all pages when mkdocs builds the site: `python -m mkdocs build` in the root."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, get_args

import typer
from mkdocs.exceptions import PluginError
from pydantic import BaseModel

import indexer.cli
import molseek.cli
import service.cli
import training.cli
from docs import generate
from indexer.build import BuildOptions
from indexer.corpus.rows import RejectCode
from indexer.engines import AUTO
from indexer.engines.milvus_settings import MilvusSettings
from indexer.release.manifest import Manifest

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
            "" if parameter.default in (None, ()) or callable(parameter.default) else f"`{parameter.default}`",
        )
        for parameter in command.params
        if parameter.name != "help"
    ]
    if rows:
        yield generate._table(("option", "meaning", "default"), rows)
    for child, sub in getattr(command, "commands", {}).items():
        yield from _command(f"{name} {child}", sub)


def milvus() -> str:
    """Every variable of the Milvus engine."""
    fields = MilvusSettings.model_fields.items()
    rows = [
        (f"`MOLSEEK_MILVUS_{name.upper()}`", f"`{field.default}`", field.description or "") for name, field in fields
    ]
    return str(generate._table(("variable", "default", "meaning"), rows))


def _fields(model: type[BaseModel], **defaults: str) -> str:
    """Every key of a model. defaults: those that a command sets, where they are not the model's."""
    rows = [
        (
            f"`{name}`",
            f"`{_type(field.annotation)}`",
            "required" if field.is_required() else f"`{defaults.get(name, field.default)}`",
        )
        for name, field in model.model_fields.items()
    ]
    return str(generate._table(("key", "type", "default"), rows))


def _type(annotation: object) -> str:
    """A type as people read it: without the modules of its parts."""
    written = annotation.__name__ if isinstance(annotation, type) else str(annotation)
    return re.sub(r"\b(?:\w+\.)+", "", written).replace(" | ", " or ")


def rejects() -> str:
    """The codes of rejects.tsv."""
    return "".join(f"- `{code}`\n" for code in get_args(RejectCode))


BLOCKS: dict[str, Callable[[], str]] = {
    **generate.BLOCKS,
    "cli": cli,
    "milvus": milvus,
    "build": lambda: _fields(BuildOptions, index=f"engine='faiss' kind='{AUTO}' parameters={{}}"),
    "manifest": lambda: _fields(Manifest),
    "rejects": rejects,
}


def on_page_markdown(markdown: str, page: Any, **_: object) -> str:
    """mkdocs calls this with the text of each page. It does not see links to folders, nor to what is outside docs/."""
    for target in _LINK.findall(_CODE.sub("", markdown)):
        file = ((_DOCS / page.file.src_uri).parent / target).resolve()
        if not file.is_file() or not file.is_relative_to(_DOCS):
            raise PluginError(f"{page.file.src_uri} links to {target}, which is no file of the site")
    return _BLOCK.sub(lambda match: f"{match[1]}\n{BLOCKS[match[2]]()}\n{match[3]}", markdown)
