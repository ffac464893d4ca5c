"""`molseek-train tune`: a thin shell over `training.categories.tune_checkpoint`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from training.categories.tune_checkpoint import TuneRequest, tune_checkpoint
from training.categories.tuning import TuningSettings
from training.commands.options import Device, HeldOutFiles, Workers

_DEFAULT = TuningSettings()


def tune_command(
    checkpoint: Annotated[str, typer.Option(help="Directory, bundled name or hub id; one network, no ensemble.")],
    pairs: Annotated[list[str], typer.Option(metavar="FILE", help="Pairs it was trained on; repeatable, as for fit.")],
    validation: Annotated[str, typer.Option(metavar="FILE", help="Held-out pairs to measure on, before and after.")],
    candidates: Annotated[str, typer.Option(metavar="FILE", help="Candidate pool to rank for validation.")],
    out: Annotated[Path, typer.Option(metavar="DIR", help="Directory of the run; run again to resume.")],
    held_out: HeldOutFiles = None,
    thesaurus: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Everyday words for classes and roles: lines of a term, a tab, what it means."
        ),
    ] = None,
    steps: Annotated[int, typer.Option(min=1, help="Training steps.")] = _DEFAULT.steps,
    anchor_weight: Annotated[
        float, typer.Option(min=0, help="Weight of the term that keeps the vectors of all other texts in place.")
    ] = _DEFAULT.anchor_weight,
    seed: Annotated[int, typer.Option(min=0, help="Random seed.")] = 0,
    workers: Workers = 2,
    device: Device = "cpu",
) -> None:
    """Teach a trained checkpoint to answer a class, a role or a part alone ("plant metabolite", "a nitrile")."""
    settings = TuningSettings(steps=steps, anchor_weight=anchor_weight, seed=seed)
    request = TuneRequest(
        checkpoint, pairs, validation, candidates, out, settings, workers, device, held_out or (), thesaurus
    )
    tuned = tune_checkpoint(request)
    before, after = tuned.categories
    for kind, values in after.items():
        typer.echo(
            f"{kind}  MAP {before[kind].mean_average_precision:.3f} → {values.mean_average_precision:.3f}  "
            f"precision@10 {before[kind].precision10:.3f} → {values.precision10:.3f}  queries {values.queries:,}"
        )
    typer.echo(f"text2mol MRR {tuned.mrr[0]:.4f} → {tuned.mrr[1]:.4f}; in {out / 'best'}")
