"""`molseek-train hubness` and `biases`: thin shells over `training.hubness.study` and `.biases`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from training.config import ConfigError
from training.hubness.biases import NEIGHBOURS, WEIGHT, BiasRequest, Side, make_biases
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


def biases_command(
    checkpoint: Annotated[str, typer.Option(help="The checkpoint of the index.")],
    pairs: Annotated[list[str], typer.Option(help="Pairs trained on, the bank; repeatable, as for fit.")],
    side: Annotated[Side, typer.Option(help="Which side of the index.")],
    vectors: Annotated[Path, typer.Option(help="Its vectors: DIR/current/molecules.npy or descriptions.npy.")],
    out: Annotated[Path, typer.Option(help="The .npy to write, for molseek-index build --bias.")],
    neighbours: Annotated[int, typer.Option(min=1, help="Nearest bank queries of a row.")] = NEIGHBOURS,
    weight: Annotated[float, typer.Option(min=0, help="Of their mean cosine.")] = WEIGHT,
    workers: Annotated[int, typer.Option(min=0, help="Processes for RDKit's share.")] = 2,
    device: Annotated[str, typer.Option(help="Of the encoder.")] = "cpu",
) -> None:
    """Make the biases of an index whose corpus holds none of the training data, so that hubs stand back in it."""
    if out.suffix != ".npy":
        raise ConfigError(f"{out} is no .npy")
    request = BiasRequest(checkpoint, pairs, side, vectors, neighbours, weight, workers, device)
    biases = make_biases(request)
    np.save(out, biases, allow_pickle=False)
    typer.echo(f"{len(biases):,} biases from {biases.min():.3f} to {biases.max():.3f} in {out}")
