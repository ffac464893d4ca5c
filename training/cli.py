"""`molseek-train`: its commands (one file each in `training.commands`), with expected errors as one line."""

from __future__ import annotations

import logging

import typer

from model import CheckpointError
from model.command.output import written_output
from model.command.values import name_values
from training.commands.average import average_command
from training.commands.calibrate import calibrate_command
from training.commands.caption import caption_app
from training.commands.categories import categories_command
from training.commands.compare import compare_command
from training.commands.data import DATA_ERRORS, data_app
from training.commands.ensemble import ensemble_command
from training.commands.evaluate import evaluate_command
from training.commands.fit import fit_command
from training.commands.pcdes import pcdes_command
from training.commands.recipe import recipe_command
from training.commands.report import report_command
from training.commands.reproduce import reproduce_command
from training.commands.rerank import rerank_command
from training.commands.tune import tune_command
from training.config import ConfigError
from training.evaluation import EvaluationError
from training.inputs.mol2vec import Mol2vecError
from training.loop.allocator import keep_freed_memory
from training.loop.distributed import LostRankError, launched_together, process_name
from training.loop.trainer import DivergedRunError, InterruptedRunError
from training.pairs.tables import PairFileError
from training.report.errors import ReportError

app = typer.Typer(
    help="Train and evaluate text–molecule encoders.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,  # help is plain text: as markup, 'molseek[names]' would lose its brackets
    pretty_exceptions_enable=False,
)
app.add_typer(caption_app, name="caption")
app.add_typer(data_app, name="data")
app.command("average")(average_command)
app.command("calibrate")(calibrate_command)
app.command("categories")(categories_command)
app.command("compare")(compare_command)
app.command("ensemble")(ensemble_command)
app.command("evaluate")(evaluate_command)
app.command("fit")(fit_command)
app.command("pcdes")(pcdes_command)
app.command("recipe")(recipe_command)
app.command("report")(report_command)
app.command("reproduce")(reproduce_command)
app.command("rerank")(rerank_command)
app.command("tune")(tune_command)

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


@app.callback()
def _together(context: typer.Context) -> None:
    if context.invoked_subcommand != "fit" and launched_together():
        raise ConfigError(f"torchrun is only for fit; {context.invoked_subcommand} runs in one process")


def main() -> None:
    """Entry point: expected errors are one line on stderr and exit code 1."""
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    logging.getLogger("training").setLevel(logging.INFO)
    keep_freed_memory()
    with written_output("molseek-train"):
        try:
            name_values(app)()
        except _EXPECTED as error:
            typer.echo(f"molseek-train{process_name()}: {error}", err=True)
            raise SystemExit(1) from None


if __name__ == "__main__":
    main()
