"""`molseek-train pcdes`: a thin shell over `training.evaluation.pcdes`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from model.counts import counted
from training.commands.options import Checkpoints, Device, JsonFile, Seed, Workers
from training.evaluation import EvaluationError
from training.evaluation.pcdes import PcdesReport, measure, select, whole_split_table
from training.markdown import markdown_table
from training.pairs import FileKind, Pair, read_pairs
from training.pairs.tables import parse_source
from training.runs.starting import load_encoder

_SPLIT = "pcdes_split"


def pcdes_command(
    checkpoint: Checkpoints,
    pairs: Annotated[
        str,
        typer.Option(
            metavar="FILE", help="The test split: 'pairs.tsv?source=pcdes&pcdes_split=test', or the published folder."
        ),
    ],
    trained_on: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FILE", help="Pairs that it was trained on; repeatable. Their molecules are excluded and counted."
        ),
    ] = None,
    draws: Annotated[int, typer.Option(min=1, help="Random sentences to sample from each text.")] = 10,
    seed: Seed = 0,
    json_file: JsonFile = None,
    workers: Workers = 2,
    device: Device = "cpu",
) -> None:
    """Measure a checkpoint by the PCdes protocol: Acc in batches of 64 and Rec@20, by sentence and by paragraph."""
    test = select(_test_pairs(pairs), _read(trained_on) if trained_on else None, workers=workers)
    report = measure(load_encoder(checkpoint, device), test, draws=draws, seed=seed)
    typer.echo(_shown(report))
    if json_file is not None:
        json_file.write_text(report.model_dump_json(indent=2) + "\n", encoding="utf-8")


def _test_pairs(source: str) -> Sequence[Pair]:
    """The test pairs; a file of all splits needs a filter."""
    file = read_pairs(source)
    filtered = any(condition.column == _SPLIT for condition in parse_source(source).filters)
    if file.kind in (FileKind.PCDES, FileKind.OPEN_PAIRS) and not filtered:
        joint = "&" if "?" in source else "?"
        raise EvaluationError(f"{source} holds more than the test split; write {source}{joint}{_SPLIT}=test")
    return file.pairs


def _read(sources: Sequence[str]) -> list[Pair]:
    return [pair for source in sources for pair in read_pairs(source, names=True).pairs]


def _shown(report: PcdesReport) -> str:
    if report.overlap is None:
        overlap = "overlap with the training pairs unknown (--trained-on not given)"
    else:
        overlap = (
            f"{report.overlap:,} left out, of {counted(report.overlap_molecules or 0, 'molecule')} that training saw"
        )
    head = (
        f"{report.pairs:,} of {report.given:,} pairs, {report.sentences:,} sentences; {overlap}; "
        f"{report.unreadable:,} unreadable"
    )
    rows = []
    for level, figures in (("sentence", report.sentence), ("paragraph", report.paragraph)):
        values = (figures.acc_text2mol, figures.rec20_text2mol, figures.acc_mol2text, figures.rec20_mol2text)
        rows.append([level, *(f"{100 * value:.2f}" for value in values)])
    columns = ["level", "text → molecule Acc", "Rec@20", "molecule → text Acc", "Rec@20"]
    return "\n\n".join([head, markdown_table(columns, rows), whole_split_table(report)])
