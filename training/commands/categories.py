"""`molseek-train categories`: a thin shell over `training.categories.asked`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from training.categories.asked import as_json, ask_categories
from training.pairs import read_pairs
from training.runs.starting import load_encoder


def categories_command(
    checkpoint: Annotated[
        list[str], typer.Option(help="Directory, bundled name or hub id; repeat to average their cosines.")
    ],
    pairs: Annotated[str, typer.Option(help="Held-out pairs; their texts say which molecules are correct answers.")],
    least: Annotated[int, typer.Option(min=1, help="Minimum number of molecules in a category.")] = 10,
    workers: Annotated[int, typer.Option(min=0, help="RDKit worker processes; 0 uses this process.")] = 0,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the figures here.")] = None,
    device: Annotated[str, typer.Option()] = "cpu",
) -> None:
    """Rank molecules for queries that name only a class, a role or a substructure."""
    held_out = read_pairs(pairs).pairs
    figures = ask_categories(load_encoder(checkpoint, device), held_out, least=least, workers=workers)
    for kind, values in figures.items():
        typer.echo(
            f"{kind}  hits@1 {values.hits1:.3f}  precision@10 {values.precision10:.3f}  "
            f"R-precision {values.r_precision:.3f}  MAP {values.mean_average_precision:.3f}  "
            f"queries {values.queries:,}  pool {values.pool:,}"
        )
    if json_file is not None:
        json_file.write_text(json.dumps(as_json(figures), indent=2) + "\n", encoding="utf-8")
