"""The options of a build: an options file, flags over it, `--set path=value` over both."""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, get_args

import typer
import yaml
from pydantic import ValidationError

from indexer.build.options import BuildOptions
from indexer.commands.arguments import size
from indexer.corpus.rows import FieldName
from indexer.engines import AUTO, IndexSpec, engine_for

# Where a flag of another name belongs among the options.
_PATHS = {
    "engine": "index.engine",
    "kind": "index.kind",
    "precision": "index.parameters.precision",
    "milvus_uri": "milvus.uri",
}

Values = dict[str, Any]


def read_options(config: Path | None, flags: Mapping[str, Any], overrides: Sequence[str]) -> BuildOptions:
    """The options of a build, checked. Paths are relative to the working directory; values of `overrides` are YAML.

    Raises:
        typer.BadParameter: an option that there is not, or a value that it cannot have.
    """
    values = _read(config) if config is not None else {}
    for flag, value in flags.items():
        if flag == "memory":
            values["memory"] = size("--memory", value)
        elif flag == "column":
            pairs = _pairs("--column", value, "FIELD=NAME", get_args(FieldName))
            values["columns"] = {**_get(values, "columns"), **pairs}
        elif flag == "index_option":
            for name, text in _pairs("--index-option", value, "NAME=VALUE").items():
                _set(values, f"index.parameters.{name}", int(text) if text.isdecimal() else text)
        elif flag != "tag":
            _set(values, _PATHS.get(flag, flag), value)
    for override in overrides:
        path, separator, text = override.partition("=")
        if not separator or not path.strip():
            raise typer.BadParameter(f"--set {override}: expected PATH=VALUE, such as index.kind=hnsw")
        try:
            _set(values, path.strip(), yaml.safe_load(text))
        except yaml.YAMLError:
            raise typer.BadParameter(f"--set {override}: the value is not valid YAML") from None
    if "tag" in flags:
        values["tags"] = _tags([str(file) for file in values.get("molecules", ())], flags["tag"])
    _set(values, "index.kind", _get(values, "index").get("kind", AUTO))
    values.setdefault("progress", sys.stderr.isatty())
    try:
        options = BuildOptions.model_validate(values)
    except ValidationError as error:
        raise typer.BadParameter("; ".join(map(_problem, error.errors()))) from None
    _check_index(options.index)
    return options


def _read(path: Path) -> Values:
    try:
        values = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise typer.BadParameter(f"--config {path} cannot be read: {error}") from None
    if not isinstance(values, dict):
        raise typer.BadParameter(f"--config {path}: expected options by name, such as 'checkpoint: compact'")
    return values


def _get(values: Values, name: str) -> Values:
    found = values.get(name)
    return found if isinstance(found, dict) else {}


def _set(values: Values, path: str, value: object) -> None:
    """Set a dotted path, making the mappings on its way; validation refuses unknown names afterwards."""
    *parents, name = path.split(".")
    for parent in parents:
        below = _get(values, parent)
        values[parent] = values = below
    values[name] = value


def _problem(problem: Any) -> str:
    path = ".".join(str(part) for part in problem["loc"])
    if problem["type"] == "missing":
        return f"--{path} is missing (or '{path}:' in the file of --config)"
    return f"{path}: {problem['msg']}" if path else str(problem["msg"])


def _check_index(spec: IndexSpec) -> None:
    """A wrong engine, kind or parameter is found before anything costly is done."""
    try:
        engine = engine_for(spec)
        if spec.kind != AUTO:
            engine.resolve(spec, 0, 1)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


def _pairs(flag: str, given: Sequence[str], form: str, known: Sequence[str] = ()) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for pair in given:
        name, equals, value = pair.partition("=")
        complete = bool(name and (equals if known else value))  # `--column tags=` is for no column of tags
        if not complete or name in pairs or (known and name not in known):
            among = f", {form.partition('=')[0]} one of {', '.join(known)}" if known else ", such as lists=1024"
            raise typer.BadParameter(f"{flag} {pair}: expected {form}{among}; each once")
        pairs[name] = value
    return pairs


def _tags(files: Sequence[str], given: Sequence[str]) -> list[list[str]]:
    """The tags of each file of molecules, in the order of the files."""
    tags: dict[str, list[str]] = {file: [] for file in files}
    for one in given:
        file = max((file for file in files if one.startswith(f"{file}=")), key=len, default=None)
        if file is None and "=" in one:
            raise typer.BadParameter(f"--tag {one}: FILE is not as given to --molecules: {', '.join(files)}")
        for name in tags if file is None else (file,):
            tags[name].append(one if file is None else one[len(file) + 1 :])
    return [tags[file] for file in files]
