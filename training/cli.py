"""`molseek-train`: its commands (one file each in `training.commands`), with expected errors as one line.

What they need takes seconds to import, so that this module imports none of it.
"""

from __future__ import annotations

import logging
from typing import ClassVar

import typer

from model.command.lazy_group import LazyCommand, LazyGroup
from model.command.output import written_output
from model.command.values import name_values
from training.loop.allocator import keep_freed_memory


class _Commands(LazyGroup):
    lazy: ClassVar = {
        "average": LazyCommand(
            "training.commands.average:average_command",
            "Average the weights of several checkpoints fine-tuned from the same start; the result costs as much as "
            "one.",
        ),
        "calibrate": LazyCommand(
            "training.commands.calibrate:calibrate_command",
            "Fit a checkpoint's confidences: the probability that each hit is the molecule described.",
        ),
        "caption": LazyCommand(
            "training.commands.caption:caption_app",
            "Caption molecules with a T5 that sees a checkpoint's embedding, as the paper's figure 4 shows.",
        ),
        "categories": LazyCommand(
            "training.commands.categories:categories_command",
            "Rank molecules for queries that name only a class, a role or a substructure.",
        ),
        "compare": LazyCommand(
            "training.commands.compare:compare_command",
            "Train and evaluate presets on the same data, and print the table of all of them.",
        ),
        "data": LazyCommand(
            "training.commands.data:data_app",
            "Fetch published data sets, convert ChEBI releases to pairs and corpora, hold molecules out, make pairs "
            "from names and structures.",
        ),
        "ensemble": LazyCommand(
            "training.commands.ensemble:ensemble_command",
            "Combine several checkpoints into one that averages their scores.",
        ),
        "evaluate": LazyCommand(
            "training.commands.evaluate:evaluate_command",
            "Rank the true counterpart of every text and molecule among all candidates, in both directions.",
        ),
        "fit": LazyCommand(
            "training.commands.fit:fit_command",
            "Train a preset on pairs and keep the checkpoint that validates best in OUT/best.",
        ),
        "pcdes": LazyCommand(
            "training.commands.pcdes:pcdes_command",
            "Measure a checkpoint by the PCdes protocol: Acc in batches of 64 and Rec@20, by sentence and by "
            "paragraph.",
        ),
        "recipe": LazyCommand(
            "training.commands.recipe:recipe_command",
            "Run every step of a recipe, from data files to the finished checkpoint.",
        ),
        "report": LazyCommand(
            "training.commands.report:report_command",
            "Write a self-contained HTML report on a run: curves, embedding space, examples and an error analysis.",
        ),
        "reproduce": LazyCommand(
            "training.commands.reproduce:reproduce_command",
            "Reproduce tables and figures of the paper, the published figures beside ours (default: all of them).",
        ),
        "rerank": LazyCommand(
            "training.commands.rerank:rerank_command",
            "Rerank the first hits of a system by association rules, as Text2Mol's MLP+Atten and MLP+FPG.",
        ),
        "tune": LazyCommand(
            "training.commands.tune:tune_command",
            'Teach a trained checkpoint to answer a class, a role or a part alone ("plant metabolite", "a nitrile").',
        ),
    }


app = typer.Typer(
    cls=_Commands,
    help="Train and evaluate text–molecule encoders.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,  # help is plain text: as markup, 'molseek[names]' would lose its brackets
    pretty_exceptions_enable=False,
)


@app.callback()
def _together(context: typer.Context) -> None:
    from training.config import ConfigError
    from training.loop.distributed import launched_together

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
        except Exception as error:
            from training.commands.errors import EXPECTED
            from training.loop.distributed import process_name

            if not isinstance(error, EXPECTED):
                raise
            typer.echo(f"molseek-train{process_name()}: {error}", err=True)
            raise SystemExit(1) from None


if __name__ == "__main__":
    main()
