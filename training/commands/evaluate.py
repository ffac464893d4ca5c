"""`molseek-train evaluate`: a thin shell over `training.evaluation.protocol`."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from training.commands.options import Checkpoints, Device, JsonFile
from training.evaluation import as_json, embed, prepare
from training.evaluation.text_pool import read_text_pool, score_with_pool
from training.pairs import read_candidates, read_pairs
from training.runs.starting import load_encoder


def evaluate_command(
    checkpoint: Checkpoints,
    pairs: Annotated[str, typer.Option(metavar="FILE", help="The pairs to rank.")],
    candidates: Annotated[list[str], typer.Option(metavar="FILE", help="Candidate pool; repeat to combine several.")],
    texts: Annotated[
        list[str] | None,
        typer.Option(metavar="FILE", help="Files of all texts: molecules are also ranked against these; repeatable."),
    ] = None,
    json_file: JsonFile = None,
    device: Device = "cpu",
) -> None:
    """Rank the true counterpart of every text and molecule among all candidates, in both directions."""
    encoder = load_encoder(checkpoint, device)
    prepared = prepare(read_pairs(pairs).pairs, [one for pool in candidates for one in read_candidates(pool)])
    pool = read_text_pool(prepared, texts)
    figures = as_json(score_with_pool(prepared, embed(encoder, prepared), pool, encoder))
    for direction, values in figures.items():
        typer.echo(direction + "  " + "  ".join(f"{name} {_shown(value)}" for name, value in values.items()))
    if json_file is not None:
        json_file.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")


def _shown(value: float | int) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:.3f}"
