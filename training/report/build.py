"""Build the report of a run."""

from __future__ import annotations

import logging
from pathlib import Path

from model.files import write_whole
from training.report.measure import Findings, ReportRequest, measure
from training.report.page import render_page
from training.report.pictures import pictures_by_section
from training.report.style import Picture

log = logging.getLogger(__name__)


def write_report(request: ReportRequest, out: Path, png: Path | None = None) -> Findings:
    """Measure a run and write the page to `out`; with `png`, also write every picture to that directory.

    The PNGs come with `figures.md`, which has the captions to show with them.

    Raises:
        ReportError, CheckpointError, PairFileError, EvaluationError: something asked for is missing or unreadable.
        OSError: the files cannot be written.
    """
    findings = measure(request)
    log.info("drawing")
    pictures = pictures_by_section(findings)
    out.parent.mkdir(parents=True, exist_ok=True)
    write_whole(out, render_page(findings, pictures, request))
    if png is not None:
        write_pictures([picture for section in pictures.values() for picture in section], png)
    return findings


def write_pictures(pictures: list[Picture], directory: Path) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    blocks = []
    for picture in pictures:
        (directory / f"{picture.name}.png").write_bytes(picture.png())
        blocks.append(f"![{picture.alternative}]({picture.name}.png)\n\n*{picture.title}.* {picture.caption}\n")
    (directory / "figures.md").write_text("\n".join(blocks), encoding="utf-8")
