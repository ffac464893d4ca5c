"""`molseek-train calibrate`: a thin shell over `training.runs.calibration`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from model import bundled_checkpoints, load_checkpoint
from model.checkpoint.calibration import DirectionCalibration, KindCalibration
from training.commands.options import Device, Workers
from training.config import ConfigError
from training.runs.calibration import calibrate_checkpoint
from training.runs.validation import HeldOut


def calibrate_command(
    checkpoint: Annotated[str, typer.Option(help="Directory, bundled name or hub id.")],
    pairs: Annotated[str, typer.Option(metavar="FILE", help="Held-out pairs to fit confidences to.")],
    candidates: Annotated[str, typer.Option(metavar="FILE", help="Candidate pool.")],
    corpus: Annotated[
        str | None,
        typer.Option(
            metavar="FILE", help="Table of molecules with names and descriptions of another kind, to fit to as well."
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Directory of the new checkpoint; default: update CHECKPOINT in place."),
    ] = None,
    workers: Workers = 2,
    device: Device = "cpu",
) -> None:
    """Fit a checkpoint's confidences: the probability that each hit is the molecule described."""
    if out is None and not Path(checkpoint).is_dir() and checkpoint not in bundled_checkpoints():
        raise ConfigError(f"{checkpoint} is not a directory that can be written to; give --out")
    loaded = load_checkpoint(checkpoint, device)
    held_out = HeldOut.read(pairs, candidates).validation(loaded.encoder.featurizer, workers)
    calibration = calibrate_checkpoint(
        loaded, held_out.prepared, pairs, features=held_out.features, corpus=corpus, out=out
    )
    typer.echo("cross-fitted on the queries:")
    typer.echo(_shown("text2mol", calibration.text2mol))
    typer.echo(_shown("mol2text", calibration.mol2text))
    if calibration.corpus is not None:
        own = calibration.corpus
        typer.echo(f"descriptions of {own.file}  first hits: ECE {own.first.ece:.3f}  queries {own.descriptions:,}")
        if own.structures is not None:
            typer.echo(f"structures of {own.file}  first hits: ECE {own.structures.ece:.3f}")
    for kind, fitted in calibration.kinds:
        typer.echo(_shown_kind(kind, fitted))
    typer.echo(f"in {out or loaded.path}")


def _shown(direction: str, of: DirectionCalibration) -> str:
    first, hits = of.first, of.hits
    return (
        f"{direction}  first hits: ECE {first.ece:.3f}  Brier {first.brier:.3f}  log-loss {first.log_loss:.3f}"
        f"  first {of.curve.neighbours}: ECE {hits.ece:.3f}  Brier {hits.brier:.3f}  log-loss {hits.log_loss:.3f}"
        f"  first hit where the molecule is absent: {of.absent:.2f}  queries {of.queries:,}  pool {of.pool:,}"
    )


def _shown_kind(kind: str, of: KindCalibration) -> str:
    return (
        f"{kind}  first hits: ECE {of.first.ece:.3f}  Brier {of.first.brier:.3f}  log-loss {of.first.log_loss:.3f}"
        f"  first {of.curve.neighbours}: ECE {of.hits.ece:.3f}  queries {of.queries:,}  pool {of.pool:,}"
    )
