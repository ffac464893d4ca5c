"""`molseek-train categories`: a thin shell over `training.categories.evaluation`."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from training.categories.evaluation import as_json, evaluate_categories
from training.commands.options import Checkpoints, Device, JsonFile, Workers
from training.pairs import read_pairs
from training.runs.starting import load_encoder


def categories_command(
    checkpoint: Checkpoints,
    pairs: Annotated[
        str, typer.Option(metavar="FILE", help="Held-out pairs; their texts say which molecules are correct answers.")
    ],
    least: Annotated[int, typer.Option(min=1, help="Minimum number of molecules in a category.")] = 10,
    workers: Workers = 0,
    json_file: JsonFile = None,
    device: Device = "cpu",
) -> None:
    """Rank molecules for queries that name only a class, a role or a substructure."""
    held_out = read_pairs(pairs).pairs
    figures = evaluate_categories(load_encoder(checkpoint, device), held_out, least=least, workers=workers)
    for kind, values in figures.items():
        typer.echo(
            f"{kind}  hits@1 {values.hits1:.3f}  precision@10 {values.precision10:.3f}  "
            f"R-precision {values.r_precision:.3f}  MAP {values.mean_average_precision:.3f}  "
            f"queries {values.queries:,}  pool {values.pool:,}"
        )
    if json_file is not None:
        json_file.write_text(json.dumps(as_json(figures), indent=2) + "\n", encoding="utf-8")
