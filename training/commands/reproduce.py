"""`molseek-train reproduce`: a thin shell over `training.reproduce`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated

import typer

from training.config import ConfigError
from training.reproduce.files import find_files, write_slice
from training.reproduce.settings import SMALL, Settings
from training.rerank.frequent import MINIMUM_SUPPORT
from training.runs.compare_request import parse_external


def reproduce_command(
    out: Annotated[
        Path, typer.Option(metavar="DIR", help="Directory of runs, tables and figures; run again to resume.")
    ],
    data: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Directory with ChEBI-20, and PCdes and Text2Mol's vectors if there."),
    ] = None,
    slice_of: Annotated[
        str | None,
        typer.Option(
            "--slice", metavar="FILE", help="File of pairs to sample, with small encoders, instead of --data."
        ),
    ] = None,
    rows: Annotated[int, typer.Option(min=20, help="Pairs of the slice.")] = 300,
    table: Annotated[list[str] | None, typer.Option(help="I, II or III; repeatable.")] = None,
    figure: Annotated[list[int] | None, typer.Option(help="3, 4 (with --t5), 5 or 6; repeatable.")] = None,
    t5: Annotated[
        str | None, typer.Option(metavar="MODEL", help="For figure 4: hub id or path of a T5, such as MolT5.")
    ] = None,
    query: Annotated[
        list[str] | None, typer.Option(metavar="ID", help="Id of a test pair for figure 6; repeatable.")
    ] = None,
    external: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=FILE,FILE",
            help="For Table I, NAME=texts.npz,molecules.npz: embeddings of another system; repeatable.",
        ),
    ] = None,
    seeds: Annotated[str, typer.Option(metavar="N,N", help="Seeds of each single system, separated by commas.")] = "0",
    overrides: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="PATH=VALUE", help="path=value override applied to every preset."),
    ] = None,
    workers: Annotated[int, typer.Option(min=0, help="RDKit worker processes.")] = 2,
    device: Annotated[str | None, typer.Option(help="cpu, cuda, … (default: a GPU if there is one)")] = None,
) -> None:
    """Reproduce tables and figures of the paper, the published figures beside ours (default: all of them)."""
    if (data is None) == (slice_of is None):
        raise ConfigError("name the data with --data, or a file to take a slice of with --slice")
    files = find_files(data) if data is not None else write_slice(str(slice_of), out / "data", rows=rows)
    settings = Settings(
        files=files,
        out=out,
        seeds=[int(seed) for seed in seeds.split(",")],
        overrides=[*(SMALL if slice_of else ()), *(overrides or ())],
        workers=workers,
        device=device,
    )
    made = _makers(settings, query or (), external or (), t5, small=slice_of is not None)
    requested = [f"table-{one}" for one in table or ()] + [f"figure-{one}" for one in figure or ()]
    unknown = [one for one in requested if one not in made]
    if unknown:
        raise ConfigError(f"unknown: {unknown[0]}; choose from {', '.join(made)}")
    for name in requested or made:
        text = made[name]()
        (out / f"{name}.md").write_text(text, encoding="utf-8")
        typer.echo(f"## {name}\n\n{text}")


def _makers(
    settings: Settings, queries: Sequence[str], external: Sequence[str], t5: str | None, *, small: bool
) -> dict[str, Callable[[], str]]:
    from training.reproduce import captions, figures, pcdes_table, tables  # seconds of imports that --help is spared

    externals = [parse_external(one) for one in external]
    support = 0.02 if small else MINIMUM_SUPPORT
    makers: dict[str, Callable[[], str]] = {
        "table-I": lambda: tables.table_1(settings, externals, minimum_support=support),
        "table-II": lambda: tables.table_2(settings),
        "table-III": lambda: pcdes_table.table_3(settings),
        "figure-3": lambda: figures.figure_3(settings),
        "figure-5": lambda: figures.figure_5(settings),
        "figure-6": lambda: figures.figure_6(settings, queries),
    }
    if t5 is not None:
        makers["figure-4"] = lambda: captions.figure_4(settings, t5, epochs=2 if small else 10)
    return makers
