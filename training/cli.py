"""`molseek-train`: a thin shell over `training.runs.fit` and `training.evaluation.protocol`."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Annotated

import typer

from model import CheckpointError, load_checkpoint, save_ensemble
from training.commands.average import average_command
from training.commands.calibrate import calibrate_command
from training.commands.categories import categories_command
from training.commands.compare import compare_command
from training.commands.data import DATA_ERRORS, data_app
from training.commands.pcdes import pcdes_command
from training.commands.recipe import recipe_command
from training.commands.report import report_command
from training.commands.reproduce import reproduce_command
from training.commands.rerank import rerank_command
from training.commands.tune import tune_command
from training.config import ConfigError, load_preset
from training.evaluation import EvaluationError, as_json, embed, prepare
from training.evaluation.text_pool import read_text_pool, score_with_pool
from training.inputs.mol2vec import Mol2vecError
from training.loop.allocator import keep_freed_memory
from training.loop.distributed import LostRankError, joined, launched_together, process_name
from training.loop.trainer import DivergedRunError, InterruptedRunError
from training.pairs import read_candidates, read_pairs
from training.pairs.tables import PairFileError
from training.report.errors import ReportError
from training.runs.fit import fit
from training.runs.run_data import RunFiles
from training.runs.starting import load_encoder

app = typer.Typer(help="Train and evaluate text–molecule encoders.", no_args_is_help=True, add_completion=False)

_EXPECTED = (
    CheckpointError,
    ConfigError,
    DivergedRunError,
    EvaluationError,
    InterruptedRunError,
    LostRankError,
    Mol2vecError,
    PairFileError,
    ReportError,
    *DATA_ERRORS,
)
_OF_THE_NETWORK = ("model", "scratch_text", "atom_vectors")
app.add_typer(data_app, name="data")
app.command("average")(average_command)
app.command("calibrate")(calibrate_command)
app.command("categories")(categories_command)
app.command("compare")(compare_command)
app.command("pcdes")(pcdes_command)
app.command("recipe")(recipe_command)
app.command("report")(report_command)
app.command("reproduce")(reproduce_command)
app.command("rerank")(rerank_command)
app.command("tune")(tune_command)


@app.callback()
def _together(context: typer.Context) -> None:
    if context.invoked_subcommand != "fit" and launched_together():
        raise ConfigError(f"torchrun is for fit alone: {context.invoked_subcommand} runs in one process")


@app.command("fit")
def fit_command(
    preset: Annotated[str, typer.Option(help="Preset name or YAML file.")],
    pairs: Annotated[list[str], typer.Option(help="Training pairs; repeatable; 'file.tsv?column=value' selects rows.")],
    validation: Annotated[str, typer.Option(help="Held-out pairs that select the checkpoint.")],
    candidates: Annotated[str, typer.Option(help="The molecules that validation ranks.")],
    out: Annotated[Path, typer.Option(help="Directory of the run; called again, an unfinished run goes on.")],
    overrides: Annotated[list[str] | None, typer.Option("--set", help="path=value, over the preset.")] = None,
    init: Annotated[
        str | None, typer.Option(help="Checkpoint to start from; its network takes the preset's place.")
    ] = None,
    teachers: Annotated[
        list[str] | None, typer.Option("--teacher", help="Checkpoint whose cosines are learned along; repeatable.")
    ] = None,
    notice: Annotated[str | None, typer.Option(help="Licence and attribution of the data, for the model card.")] = None,
    workers: Annotated[int, typer.Option(min=0, help="Processes for RDKit's share.")] = 2,
    device: Annotated[str | None, typer.Option(help="cpu, cuda, … (default: a GPU if there is one)")] = None,
) -> None:
    """Train a preset on pairs and keep the checkpoint that validates best in OUT/best.

    Several GPUs: `torchrun --standalone --nproc-per-node N --no-python molseek-train fit …`.
    """
    if init is not None and (fixed := [one for one in overrides or () if one.startswith(_OF_THE_NETWORK)]):
        raise ConfigError(f"with --init the network is the checkpoint's; it cannot be changed by --set {fixed[0]}")
    config = load_preset(preset, overrides or ())
    files = RunFiles(pairs, validation, candidates, out, init, teachers or (), notice)
    with joined() as world:
        if not world.leads:
            logging.getLogger("training").setLevel(logging.ERROR)  # rank 0 says it all
        position = fit(config, files, workers=workers, device=device, world=world)
    if world.leads:
        typer.echo(f"done: best epoch {position.best_epoch} (text2mol MRR {position.best_score:.4f}) in {out / 'best'}")


@app.command("evaluate")
def evaluate_command(
    checkpoint: Annotated[
        list[str], typer.Option(help="Directory, bundled name or hub id; repeatable: the mean of their cosines.")
    ],
    pairs: Annotated[str, typer.Option(help="The pairs to rank.")],
    candidates: Annotated[str, typer.Option(help="The molecules they are ranked among.")],
    texts: Annotated[
        list[str] | None,
        typer.Option(help="Files of all texts: molecules are also ranked against these; repeatable."),
    ] = None,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the figures here.")] = None,
    device: Annotated[str, typer.Option()] = "cpu",
) -> None:
    """Rank the true counterpart of every text and molecule among all candidates, in both directions."""
    encoder = load_encoder(checkpoint, device)
    prepared = prepare(read_pairs(pairs).pairs, read_candidates(candidates))
    pool = read_text_pool(prepared, texts)
    figures = as_json(score_with_pool(prepared, embed(encoder, prepared), pool, encoder))
    for direction, values in figures.items():
        typer.echo(direction + "  " + "  ".join(f"{name} {_shown(value)}" for name, value in values.items()))
    if json_file is not None:
        json_file.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")


@app.command("ensemble")
def ensemble_command(
    checkpoint: Annotated[list[str], typer.Option(help="Directory, bundled name or hub id; repeat for each member.")],
    out: Annotated[Path, typer.Option(help="Directory of the new checkpoint, which holds copies of its members.")],
    name: Annotated[str, typer.Option(help="Name of the new checkpoint.")] = "ensemble",
) -> None:
    """Make one checkpoint that averages the scores of several, for index and service as any other."""
    save_ensemble(out, checkpoint, name=name)
    typer.echo(f"{len(checkpoint)} members, {load_checkpoint(out).encoder.dim} dimensions, in {out}")


def _shown(value: float | int) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:.3f}"


def main() -> None:
    """Entry point: expected errors are one line on stderr and exit code 1."""
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    logging.getLogger("training").setLevel(logging.INFO)
    keep_freed_memory()
    try:
        app()
    except _EXPECTED as error:
        typer.echo(f"molseek-train{process_name()}: {error}", err=True)
        raise SystemExit(1) from None
