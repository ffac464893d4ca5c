"""`molseek-train average`: a thin shell over `training.averaging`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from model import load_checkpoint, save_checkpoint
from model.storage import StoragePrecision
from training.averaging import average_networks, record_of
from training.config import ConfigError


def average_command(
    checkpoint: Annotated[
        list[str], typer.Option(help="Directory, bundled name or hub id; repeat for each, all of one origin.")
    ],
    out: Annotated[Path, typer.Option(help="Directory of the new checkpoint.")],
    share: Annotated[
        list[float] | None, typer.Option(help="Weight of each checkpoint, in their order (default: all alike).")
    ] = None,
    name: Annotated[str | None, typer.Option(help="Name of the new checkpoint (default: that of the first).")] = None,
    storage: Annotated[StoragePrecision, typer.Option(help="How weights are stored.")] = "float32",
) -> None:
    """Make one network of the mean weights of several that were trained on from the same start; it costs what one does.

    Nothing is measured: see `evaluate`, and `calibrate` or `tune` for its confidences.
    """
    loaded = [load_checkpoint(one) for one in checkpoint]
    shares = share or [1.0] * len(loaded)
    try:
        network = average_networks(loaded, shares)
    except ValueError as error:
        raise ConfigError(str(error)) from None
    record = record_of(loaded, shares)
    save_checkpoint(out, network, name=name or loaded[0].name, training=record, precision=storage)
    typer.echo(f"mean of {len(loaded)} networks, in {out}")
