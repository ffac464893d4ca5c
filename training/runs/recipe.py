"""A recipe: a YAML list of `molseek-train` commands that makes one checkpoint, run one after the other.

    inputs:     files that have to be in the data directory
    arguments:  groups of arguments that steps share, as text with {placeholders}
    steps:      commands without `molseek-train`; {data} and {out} are directories, other placeholders are groups
    result:     the checkpoint's directory under {out}

Steps that are done are written down in `{out}/steps.json` with the command as it ran; a step whose command has changed,
and every step after it, is run again.
"""

from __future__ import annotations

import json
import logging
import shlex
import subprocess
import sys
from collections.abc import Callable, Sequence
from importlib import resources
from itertools import takewhile
from pathlib import Path
from time import perf_counter

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from model.files import write_whole
from training.config import ConfigError

log = logging.getLogger(__name__)

_DONE = "steps.json"

Command = list[str]


class Recipe(BaseModel):
    """What a recipe file holds; see the module."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    inputs: tuple[str, ...]
    steps: tuple[str, ...]
    result: str
    arguments: dict[str, str] = {}

    def commands(self, data: Path, out: Path) -> list[Command]:
        """The arguments of every step, in order. ConfigError for a placeholder that stands for nothing."""
        known = {"data": shlex.quote(str(data)), "out": shlex.quote(str(out))}
        try:
            for name, text in self.arguments.items():
                known[name] = text.format_map(known)
            return [shlex.split(step.format_map(known)) for step in self.steps]
        except KeyError as error:
            raise ConfigError(f"the recipe uses {{{error.args[0]}}}, which stands for nothing") from None


def recipe_names() -> list[str]:
    """The recipes that come with the package."""
    folder = resources.files("training") / "recipes"
    return sorted(item.name.removesuffix(".yaml") for item in folder.iterdir() if item.name.endswith(".yaml"))


def load_recipe(name: str) -> Recipe:
    """A recipe by name or path. ConfigError if there is none, or it cannot be understood."""
    try:
        if name in recipe_names():
            text = (resources.files("training") / "recipes" / f"{name}.yaml").read_text(encoding="utf-8")
        elif name.endswith((".yaml", ".yml")):
            text = Path(name).read_text(encoding="utf-8")
        else:
            raise ConfigError(f"no recipe {name!r}; there are {', '.join(recipe_names())}, or name a .yaml file")
        return Recipe.model_validate(yaml.safe_load(text))
    except OSError as error:
        raise ConfigError(f"the recipe {name} cannot be read: {error}") from None
    except (yaml.YAMLError, ValidationError) as error:
        raise ConfigError(f"the recipe {name} cannot be understood: {error}") from None


def run_recipe(recipe: Recipe, data: Path, out: Path, run: Callable[[Command], int] | None = None) -> Path:
    """Run the steps that are not done yet; the directory of the result. A step that was interrupted resumes.

    `run` gives the exit status of one command; by default each is a process of its own, so its memory goes with it.

    Raises:
        ConfigError: an input file is missing, or a step failed.
    """
    missing = [name for name in recipe.inputs if not (data / name).is_file()]
    if missing:
        raise ConfigError(f"{data} lacks {', '.join(missing)}")
    commands = recipe.commands(data, out)
    out.mkdir(parents=True, exist_ok=True)
    finished = _unchanged(_done(out), commands)
    for number, command in enumerate(commands[finished:], start=finished + 1):
        log.info("step %d of %d: molseek-train %s", number, len(commands), shlex.join(command))
        start = perf_counter()
        status = (run or _in_a_process)(command)
        if status != 0:
            raise ConfigError(
                f"step {number} of {len(commands)} ended with status {status}; run the same command again to resume"
            )
        log.info("step %d took %.0f s", number, perf_counter() - start)
        _write_done(out, commands[:number])
    return out / recipe.result


def _unchanged(done: Sequence[Command], commands: Sequence[Command]) -> int:
    """How many of the first commands were run just as they are now."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(done, commands, strict=False)))


def _in_a_process(command: Command) -> int:
    code = "from training.cli import main; main()"
    return subprocess.run([sys.executable, "-c", code, *command], check=False).returncode


def _done(out: Path) -> list[Command]:
    path = out / _DONE
    commands: list[Command] = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else []
    return commands


def _write_done(out: Path, commands: Sequence[Command]) -> None:
    write_whole(out / _DONE, json.dumps(commands, indent=1) + "\n")
