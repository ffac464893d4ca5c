"""A report, from a run's directory to files."""

from __future__ import annotations

import logging
from pathlib import Path

from model.files import write_whole
from training.report.measure import Findings, ReportRequest, measure
from training.report.page import render_page
from training.report.pictures import (
    cases_picture,
    comparison_pictures,
    confidence_picture,
    kinds_picture,
    recall_picture,
    space_pictures,
    training_pictures,
)
from training.report.style import Picture

log = logging.getLogger(__name__)


def write_report(request: ReportRequest, out: Path, png: Path | None = None) -> Findings:
    """Measure, and write the page to `out` and, where `png` names a directory, every picture into it.

    Beside the PNGs stands `figures.md`: each with its caption, to be taken over where they are shown.

    Raises:
        ReportError, CheckpointError, PairFileError, EvaluationError: something asked for is missing or unreadable.
        OSError: the files cannot be written.
    """
    findings = measure(request)
    log.info("drawing")
    page = render_page(findings, request)
    out.parent.mkdir(parents=True, exist_ok=True)
    write_whole(out, page)
    if png is not None:
        write_pictures(all_pictures(findings), png)
    return findings


def all_pictures(findings: Findings) -> list[Picture]:
    """Every picture that the findings give, in the order of the page; the case page as one picture."""
    pictures = [*training_pictures(findings), *comparison_pictures(findings)]
    answers = findings.answers
    if answers is None:
        return pictures
    pictures.append(recall_picture(answers))
    if answers.confidence is not None:
        pictures.append(confidence_picture(answers, answers.confidence))
    if answers.space is not None:
        pictures += space_pictures(answers, answers.space)
    last = (cases_picture(answers, findings.seed), kinds_picture(answers))
    return pictures + [picture for picture in last if picture is not None]


def write_pictures(pictures: list[Picture], directory: Path) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    blocks = []
    for picture in pictures:
        (directory / f"{picture.name}.png").write_bytes(picture.png())
        blocks.append(f"![{picture.alternative}]({picture.name}.png)\n\n*{picture.title}.* {picture.caption}\n")
    (directory / "figures.md").write_text("\n".join(blocks), encoding="utf-8")
