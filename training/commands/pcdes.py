"""`molseek-train pcdes`: a thin shell over `training.evaluation.pcdes`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from training.evaluation import EvaluationError
from training.evaluation.pcdes import PcdesReport, measure, select
from training.pairs import FileKind, Pair, read_pairs
from training.pairs.tables import parse_source
from training.runs.starting import load_encoder

_SPLIT = "pcdes_split"


def pcdes_command(
    checkpoint: Annotated[
        list[str], typer.Option(help="Directory, bundled name or hub id; repeat to average their cosines.")
    ],
    pairs: Annotated[
        str, typer.Option(help="The test split: 'pairs.tsv?source=pcdes&pcdes_split=test', or the published folder.")
    ],
    trained_on: Annotated[
        list[str] | None,
        typer.Option(help="What the checkpoint was trained on; repeatable. Its molecules are excluded and counted."),
    ] = None,
    draws: Annotated[int, typer.Option(min=1, help="Random sentences sampled from each text.")] = 10,
    seed: Annotated[int, typer.Option(min=0, help="Random seed.")] = 0,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the figures here.")] = None,
    workers: Annotated[int, typer.Option(min=0, help="RDKit worker processes; 0 uses this process.")] = 2,
    device: Annotated[str, typer.Option()] = "cpu",
) -> None:
    """Measure a checkpoint by the PCdes protocol: Acc in batches of 64 and Rec@20, by sentence and by paragraph."""
    test = select(_test_pairs(pairs), _read(trained_on) if trained_on else None, workers=workers)
    report = measure(load_encoder(checkpoint, device), test, draws=draws, seed=seed)
    typer.echo(_shown(report))
    if json_file is not None:
        json_file.write_text(report.model_dump_json(indent=2) + "\n", encoding="utf-8")


def _test_pairs(source: str) -> Sequence[Pair]:
    """The pairs asked for; of a file that has all splits, one must have been asked for."""
    file = read_pairs(source)
    asked = any(condition.column == _SPLIT for condition in parse_source(source).filters)
    if file.kind in (FileKind.PCDES, FileKind.OPEN_PAIRS) and not asked:
        joint = "&" if "?" in source else "?"
        raise EvaluationError(f"{source} holds more than the test split; write {source}{joint}{_SPLIT}=test")
    return file.pairs


def _read(sources: Sequence[str]) -> list[Pair]:
    return [pair for source in sources for pair in read_pairs(source, names=True).pairs]


def _shown(report: PcdesReport) -> str:
    if report.overlap is None:
        overlap = "overlap with the training pairs unknown (--trained-on not given)"
    else:
        overlap = f"{report.overlap:,} left out whose {report.overlap_molecules:,} molecules were trained on"
    lines = [
        f"{report.pairs:,} of {report.given:,} pairs, {report.sentences:,} sentences; {overlap}; "
        f"{report.unreadable:,} unreadable",
        "",
        "| level | text → molecule Acc | Rec@20 | molecule → text Acc | Rec@20 |",
        "|---|---:|---:|---:|---:|",
    ]
    for level, figures in (("sentence", report.sentence), ("paragraph", report.paragraph)):
        values = (figures.acc_text2mol, figures.rec20_text2mol, figures.acc_mol2text, figures.rec20_mol2text)
        lines.append(f"| {level} | " + " | ".join(f"{100 * value:.2f}" for value in values) + " |")
    lines += ["", "| among the whole split | R@1 | R@10 | MRR | pool |", "|---|---:|---:|---:|---:|"]
    for way, whole in report.whole.items():
        shares = " | ".join(f"{whole[name]:.3f}" for name in ("hits@1", "hits@10", "mrr"))
        lines.append(f"| {way} | {shares} | {whole['pool']:,} |")
    return "\n".join(lines)
