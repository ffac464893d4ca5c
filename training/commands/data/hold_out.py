"""`molseek-train data hold-out`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from model.counts import counted
from training.commands.options import Workers
from training.pairs.hold_out import hold_out


def hold_out_command(
    pairs: Annotated[str, typer.Option(metavar="FILE", help="File of pairs; PATH?column=value selects rows.")],
    out: Annotated[Path, typer.Option(metavar="FILE", help="Table to write, with its provenance beside it as .json.")],
    molecules: Annotated[int, typer.Option(min=1, help="Molecules to hold out.")] = 1000,
    workers: Workers = 2,
) -> None:
    """Hold molecules out with all their pairs: the same ones every time, chosen by a hash of the InChIKey.

    Give the table to fit and tune as --held-out, to evaluate as --pairs and as one of its --candidates.
    """
    held = hold_out(pairs, out, molecules, workers)
    typer.echo(f"held out {counted(held.molecules, 'molecule')} with {counted(held.pairs, 'pair')}\nto {out}")
