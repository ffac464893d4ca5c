"""`molseek-train data structures`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from training.commands.options import Seed, Workers
from training.pairs.hold_out import held_out_keys
from training.structural.structural_pairs import make_structural_pairs


def structures_command(
    out: Annotated[Path, typer.Option(metavar="FILE", help="Table to write, with its provenance beside it as .json.")],
    pairs: Annotated[
        list[str] | None,
        typer.Option(metavar="FILE", help="Training file; PATH?column=value selects rows; repeatable."),
    ] = None,
    molecules: Annotated[
        list[str] | None,
        typer.Option(metavar="FILE", help="Table of further molecules with a column of SMILES; repeatable."),
    ] = None,
    held_out: Annotated[
        list[str] | None,
        typer.Option(metavar="FILE", help="File of molecules to exclude from --molecules; repeatable."),
    ] = None,
    captions: Annotated[int, typer.Option(min=1, max=100, help="Captions per molecule.")] = 1,
    seed: Seed = 0,
    workers: Workers = 2,
) -> None:
    """Make training pairs from structures: rule-based captions of rings, groups and elements."""
    if not (pairs or molecules):
        raise typer.BadParameter("name training files with --pairs, or others with --molecules.")
    summary = make_structural_pairs(
        pairs or (),
        out,
        molecules=molecules or (),
        held_out=held_out_keys(held_out or ()),
        captions=captions,
        seed=seed,
        workers=workers,
    )
    typer.echo(f"{summary}\nto {out}")
