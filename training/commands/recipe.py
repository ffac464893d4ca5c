"""`molseek-train recipe`: all commands that make one checkpoint, run as one."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated

import typer

from training.runs.recipe import load_recipe, run_recipe


def recipe_command(
    recipe: Annotated[str, typer.Argument(help="Recipe name (compact) or YAML file.")],
    data: Annotated[Path, typer.Option(metavar="DIR", help="Directory with the recipe's input files.")],
    out: Annotated[Path, typer.Option(metavar="DIR", help="Directory for every step's output; rerun to resume.")],
    show: Annotated[bool, typer.Option("--show", help="Print the commands without running them.")] = False,
) -> None:
    """Run every step of a recipe, from data files to the finished checkpoint."""
    loaded = load_recipe(recipe)
    if show:
        for command in loaded.commands(data, out):
            typer.echo(f"molseek-train {shlex.join(command)}")
        return
    typer.echo(f"done: {run_recipe(loaded, data, out)}")
