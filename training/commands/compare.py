"""`molseek-train compare`: a thin shell over `training.runs.compare`."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

from training.commands.options import Workers
from training.config import ConfigError
from training.runs.compare import compare
from training.runs.compare_request import CompareRequest, parse_ensemble, parse_external, parse_preset


class Average(Enum):
    """What an ensemble averages."""

    RANKS = "ranks"
    COSINES = "cosines"


def compare_command(
    validation: Annotated[str, typer.Option(metavar="FILE", help="Held-out pairs to select the checkpoints by.")],
    candidates: Annotated[str, typer.Option(metavar="FILE", help="Candidate pool.")],
    out: Annotated[Path, typer.Option(metavar="DIR", help="Directory of runs and table; run again to resume.")],
    preset: Annotated[
        list[str] | None,
        typer.Option(help="Preset name or YAML file, optionally with its own seeds: NAME=0,1; repeatable."),
    ] = None,
    pairs: Annotated[
        list[str] | None, typer.Option(metavar="FILE", help="Training pairs; repeatable, as for fit.")
    ] = None,
    seeds: Annotated[
        str, typer.Option(metavar="N,N", help="Comma-separated seeds for presets without seeds of their own.")
    ] = "0",
    test: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="Pairs to measure each selected checkpoint on (default: VALIDATION)."),
    ] = None,
    texts: Annotated[
        list[str] | None,
        typer.Option(metavar="FILE", help="Files of all texts: molecules are also ranked against these; repeatable."),
    ] = None,
    keep_overlap: Annotated[
        bool,
        typer.Option(
            "--keep-overlap", help="Keep training pairs of held-out molecules, where a published split has both."
        ),
    ] = False,
    overrides: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="PATH=VALUE", help="path=value override applied to every preset."),
    ] = None,
    external: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=FILE,FILE", help="NAME=texts.npz,molecules.npz: embeddings of another system; repeatable."
        ),
    ] = None,
    ensemble: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=PRESETS",
            help="NAME=PRESET,PRESET (or NAME=all): an ensemble of all their runs as one more system; repeatable.",
        ),
    ] = None,
    average: Annotated[Average, typer.Option(help="What ensembles average.")] = Average.RANKS,
    workers: Workers = 2,
    device: Annotated[str | None, typer.Option(help="cpu, cuda, … (default: a GPU if there is one)")] = None,
) -> None:
    """Train and evaluate presets on the same data, and print the table of all of them."""
    if preset and not pairs:
        raise ConfigError("--pairs is needed to train presets")
    presets = [parse_preset(one) for one in preset or ()]
    request = CompareRequest(
        presets=[name for name, _ in presets],
        own_seeds={name: own for name, own in presets if own is not None},
        seeds=_numbers(seeds),
        pairs=pairs or (),
        validation=validation,
        candidates=candidates,
        out=out,
        overrides=overrides or (),
        externals=[parse_external(one) for one in external or ()],
        ensembles=[parse_ensemble(one, average.value) for one in ensemble or ()],
        test=test,
        texts=texts or (),
        keep_overlap=keep_overlap,
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
