"""`molseek-train ensemble`: a thin shell over `model.save_ensemble`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from model import load_checkpoint, save_ensemble
from model.counts import counted


def ensemble_command(
    checkpoint: Annotated[list[str], typer.Option(help="Directory, bundled name or hub id; repeat for each member.")],
    out: Annotated[
        Path, typer.Option(metavar="DIR", help="Directory of the new checkpoint, which holds copies of its members.")
    ],
    name: Annotated[str, typer.Option(help="Name of the new checkpoint.")] = "ensemble",
) -> None:
    """Combine several checkpoints into one that averages their scores."""
    save_ensemble(out, checkpoint, name=name)
    typer.echo(f"{counted(len(checkpoint), 'member')}, {load_checkpoint(out).encoder.dim} dimensions, in {out}")
