"""`molseek-train average`: a thin shell over `training.averaging`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from training.averaging import average_checkpoints


def average_command(
    checkpoint: Annotated[
        list[str], typer.Option(help="Directory, bundled name or hub id; repeat for each, all of one origin.")
    ],
    out: Annotated[Path, typer.Option(help="Directory of the new checkpoint.")],
    share: Annotated[
        list[float] | None, typer.Option(help="Weight of each checkpoint, in their order (default: all alike).")
    ] = None,
    name: Annotated[str | None, typer.Option(help="Name of the new checkpoint (default: that of the first).")] = None,
) -> None:
    """Make one network of the mean weights of several that were trained on from the same start; it costs what one does.

    Nothing is measured: see `evaluate`, and `calibrate` or `tune` for its confidences.
    """
    average_checkpoints(checkpoint, out, shares=share, name=name)
    typer.echo(f"mean of {len(checkpoint)} networks, in {out}")
