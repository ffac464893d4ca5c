"""`molseek-train compare`: a thin shell over `training.runs.compare`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from training.config import ConfigError
from training.runs.compare import CompareRequest, compare, parse_external


def compare_command(
    validation: Annotated[str, typer.Option(help="Held-out pairs that select and measure the checkpoints.")],
    candidates: Annotated[str, typer.Option(help="The molecules that they are ranked among.")],
    out: Annotated[Path, typer.Option(help="Directory of runs and table; called again, it goes on.")],
    preset: Annotated[list[str] | None, typer.Option(help="Preset name or YAML file; repeatable.")] = None,
    pairs: Annotated[list[str] | None, typer.Option(help="Training pairs; repeatable, as for fit.")] = None,
    seeds: Annotated[str, typer.Option(help="Seeds, separated by commas; every preset is trained with each.")] = "0",
    overrides: Annotated[
        list[str] | None, typer.Option("--set", help="path=value, over every preset: the encoder they share.")
    ] = None,
    external: Annotated[
        list[str] | None,
        typer.Option(help="NAME=texts.npz,molecules.npz: embeddings of another system; repeatable."),
    ] = None,
    ensemble: Annotated[bool, typer.Option(help="Add the score-average of all runs as a system.")] = False,
    workers: Annotated[int, typer.Option(min=0, help="Processes for RDKit's share.")] = 2,
    device: Annotated[str | None, typer.Option(help="cpu, cuda, … (default: a GPU if there is one)")] = None,
) -> None:
    """Train and evaluate presets on the same data, and print the table of all of them."""
    if preset and not pairs:
        raise ConfigError("--pairs is needed to train presets")
    request = CompareRequest(
        presets=preset or (),
        seeds=_numbers(seeds),
        pairs=pairs or (),
        validation=validation,
        candidates=candidates,
        out=out,
        overrides=overrides or (),
        externals=[parse_external(one) for one in external or ()],
        ensemble=ensemble,
        workers=workers,
        device=device,
    )
    typer.echo(compare(request).as_markdown())


def _numbers(text: str) -> list[int]:
    try:
        numbers = [int(part) for part in text.split(",")]
    except ValueError:
        raise ConfigError(f"seeds are whole numbers separated by commas, not {text!r}") from None
    if min(numbers) < 0:
        raise ConfigError("a seed is 0 or more")
    return numbers
