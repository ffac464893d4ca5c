"""`molseek-train average`: a thin shell over `training.runs.averaging`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from model.counts import counted
from training.commands.options import Workers
from training.config import ConfigError
from training.runs.averaging import average_checkpoints
from training.runs.validation import SCORE, HeldOut


def average_command(
    checkpoint: Annotated[
        list[str], typer.Option(help="Directory, bundled name or hub id; repeat for each, all of one origin.")
    ],
    out: Annotated[Path, typer.Option(metavar="DIR", help="Directory of the new checkpoint.")],
    share: Annotated[
        list[float] | None, typer.Option(help="Weight of each checkpoint, in the same order (default: equal).")
    ] = None,
    name: Annotated[str | None, typer.Option(help="Name of the new checkpoint (default: that of the first).")] = None,
    validation: Annotated[
        str | None, typer.Option(metavar="FILE", help="Held-out pairs to measure on and fit confidences to.")
    ] = None,
    candidates: Annotated[
        str | None, typer.Option(metavar="FILE", help="Candidate pool to rank for validation.")
    ] = None,
    workers: Workers = 2,
) -> None:
    """Average the weights of several checkpoints fine-tuned from the same start; the result costs as much as one.

    Without held-out pairs nothing is measured, and the checkpoint has no confidences.
    """
    if (validation is None) != (candidates is None):
        raise ConfigError("--validation and --candidates are given together, or neither")
    held_out = HeldOut.read(validation, candidates) if validation is not None and candidates is not None else None
    figures = average_checkpoints(checkpoint, out, shares=share, name=name, held_out=held_out, workers=workers)
    if figures:
        typer.echo(f"text2mol MRR {figures[SCORE]:.4f}, mol2text MRR {figures['mol2text/mrr']:.4f}")
    typer.echo(f"mean of {counted(len(checkpoint), 'network')}, in {out}")
