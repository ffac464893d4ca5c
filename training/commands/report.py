"""`molseek-train report`: a thin shell over `training.report.build`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from training.commands.options import Device, Seed, Workers
from training.report.errors import ReportError


def report_command(
    run: Annotated[Path, typer.Argument(metavar="DIR", help="Directory of a run, or of a checkpoint.")],
    out: Annotated[Path, typer.Option(metavar="FILE", help="The page to write.")],
    pairs: Annotated[str | None, typer.Option(metavar="FILE", help="Held-out pairs to rank and map.")] = None,
    candidates: Annotated[str | None, typer.Option(metavar="FILE", help="Candidate pool.")] = None,
    texts: Annotated[
        list[str] | None,
        typer.Option(metavar="FILE", help="Files of all texts: molecules are also ranked against these; repeatable."),
    ] = None,
    training: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FILE", help="Training pairs; repeatable. Shows how many wrong hits are training molecules."
        ),
    ] = None,
    compare: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Directory that `molseek-train compare` wrote.")
    ] = None,
    png: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Also write every figure to this directory as PNG.")
    ] = None,
    misses: Annotated[int, typer.Option(min=1, help="Wrong first hits to classify, sampled at random.")] = 200,
    cases: Annotated[int, typer.Option(min=0, help="Examples to show for each outcome.")] = 3,
    seed: Seed = 0,
    workers: Workers = 2,
    device: Device = "cpu",
) -> None:
    """Write a self-contained HTML report on a run: curves, embedding space, examples and an error analysis."""
    try:
        from training.report.build import write_report
        from training.report.measure import ReportRequest
    except ModuleNotFoundError as error:
        if error.name not in ("matplotlib", "jinja2"):
            raise
        raise ReportError(f"a report needs {error.name}: pip install -e '.[train]'") from None
    request = ReportRequest(
        run=run,
        pairs=pairs,
        candidates=candidates,
        texts=tuple(texts or ()),
        training=tuple(training or ()),
        compare=compare,
        misses=misses,
        cases=cases,
        seed=seed,
        workers=workers,
        device=device,
    )
    write_report(request, out, png)
    typer.echo(f"wrote {out} ({out.stat().st_size / 1e6:.1f} MB)" + (f" and {png}" if png else ""))
