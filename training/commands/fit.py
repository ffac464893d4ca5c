"""`molseek-train fit`: a thin shell over `training.runs.fit`."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Annotated

import typer

from training.commands.options import HeldOutFiles, Workers
from training.config import ConfigError, load_preset
from training.loop.distributed import joined
from training.runs.fit import fit
from training.runs.run_data import RunFiles

_OF_THE_NETWORK = ("model", "scratch_text", "atom_vectors")


def fit_command(
    preset: Annotated[str, typer.Option(help="Preset name or YAML file.")],
    pairs: Annotated[
        list[str],
        typer.Option(metavar="FILE", help="Training pairs; repeatable; 'file.tsv?column=value' selects rows."),
    ],
    validation: Annotated[str, typer.Option(metavar="FILE", help="Held-out pairs to select the checkpoint by.")],
    candidates: Annotated[str, typer.Option(metavar="FILE", help="Candidate pool to rank for validation.")],
    out: Annotated[Path, typer.Option(metavar="DIR", help="Directory of the run; run again to resume.")],
    overrides: Annotated[
        list[str] | None, typer.Option("--set", metavar="PATH=VALUE", help="path=value override of the preset.")
    ] = None,
    init: Annotated[
        str | None,
        typer.Option(metavar="CHECKPOINT", help="Checkpoint to start from; its network replaces the preset's."),
    ] = None,
    teachers: Annotated[
        list[str] | None, typer.Option("--teacher", metavar="CHECKPOINT", help="Checkpoint to distil from; repeatable.")
    ] = None,
    held_out: HeldOutFiles = None,
    notice: Annotated[
        str | None, typer.Option(metavar="TEXT", help="Licence and attribution of the data, for the model card.")
    ] = None,
    workers: Workers = 2,
    device: Annotated[str | None, typer.Option(help="cpu, cuda, … (default: a GPU if there is one)")] = None,
) -> None:
    """Train a preset on pairs and keep the checkpoint that validates best in OUT/best.

    Several GPUs: `torchrun --standalone --nproc-per-node N --no-python molseek-train fit …`.
    """
    if init is not None and (fixed := [one for one in overrides or () if one.startswith(_OF_THE_NETWORK)]):
        raise ConfigError(f"with --init the network is the checkpoint's; it cannot be changed by --set {fixed[0]}")
    config = load_preset(preset, overrides or ())
    files = RunFiles(pairs, validation, candidates, out, init, teachers or (), notice, held_out=held_out or ())
    with joined() as world:
        if not world.leads:
            logging.getLogger("training").setLevel(logging.ERROR)  # rank 0 says it all
        position = fit(config, files, workers=workers, device=device, world=world)
    if world.leads:
        typer.echo(f"done: best epoch {position.best_epoch} (text2mol MRR {position.best_score:.4f}) in {out / 'best'}")
