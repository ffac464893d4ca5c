"""`molseek-train hubness`: a thin shell over `training.hubness.study`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from training.hubness.study import HubnessRequest, study
from training.hubness.table import as_markdown
from training.report.errors import ReportError


def hubness_command(
    checkpoint: Annotated[str, typer.Option(help="Directory, bundled name or hub id.")],
    pairs: Annotated[list[str], typer.Option(help="Pairs trained on, the bank; repeatable, as for fit.")],
    validation: Annotated[str, typer.Option(help="Held-out pairs that ask and measure.")],
    candidates: Annotated[str, typer.Option(help="The molecules they are ranked among.")],
    json_file: Annotated[Path | None, typer.Option("--json", help="Write all figures here.")] = None,
    png: Annotated[Path | None, typer.Option(help="Write pictures into this directory.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of halves, resampling and lots.")] = 0,
    workers: Annotated[int, typer.Option(min=0, help="Processes for RDKit's share.")] = 2,
    device: Annotated[str, typer.Option(help="Of the encoder.")] = "cpu",
) -> None:
    """Measure which candidates are near everything, and whether a bank of training texts can mend it."""
    if png is not None:
        _drawing()  # before the work, not after it
    found = study(HubnessRequest(checkpoint, pairs, validation, candidates, seed, workers, device))
    typer.echo(as_markdown(found))
    if json_file is not None:
        json_file.write_text(found.model_dump_json(indent=2) + "\n", encoding="utf-8")
    if png is not None:
        from training.hubness.figures import pictures
        from training.report.build import write_pictures

        write_pictures(pictures(found), png)


def _drawing() -> None:
    try:
        import matplotlib  # noqa: F401
    except ModuleNotFoundError:
        raise ReportError("pictures need matplotlib: pip install 'molseek[train]'") from None
