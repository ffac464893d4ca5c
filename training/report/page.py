"""The page: findings and pictures set into one HTML file that needs nothing else."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass

import numpy
import rdkit
import torch
from jinja2 import Environment, PackageLoader, StrictUndefined

from model.checkpoint.calibration import WHERE_IT_HOLDS
from training.report.cases import FAR, NEAR
from training.report.drawing import structure_svg
from training.report.error_analysis import REMEDIES, ErrorAnalysis, Miss
from training.report.figures_training import DIRECTIONS
from training.report.measure import Findings, ReportRequest
from training.report.pictures import (
    comparison_pictures,
    confidence_picture,
    kinds_picture,
    recall_picture,
    space_pictures,
    training_pictures,
)
from training.report.relation import DEFINITIONS
from training.report.style import Picture

_TEXT_CHARACTERS = 900
_EXAMPLES = 2


@dataclass(frozen=True, slots=True)
class Image:
    """A picture ready for the page; source: a data URI."""

    name: str
    title: str
    caption: str
    alternative: str
    source: str


def render_page(findings: Findings, request: ReportRequest) -> str:
    """The whole page, pictures inlined."""
    environment = Environment(
        loader=PackageLoader("training.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["structure"] = lambda smiles: _data_uri(structure_svg(smiles).encode())
    environment.filters["shortened"] = _shortened
    answers = findings.answers
    errors = answers.errors if answers else None
    kinds = kinds_picture(answers) if answers else None
    return environment.get_template("report.html.j2").render(
        findings=findings,
        answers=answers,
        errors=errors,
        rankings={name: label for name, (label, _) in DIRECTIONS.items()}
        | {"mol2text_all": "molecule → text, all texts"},
        training=_images(training_pictures(findings)),
        comparison=_images(comparison_pictures(findings)),
        recall=_images([recall_picture(answers)]) if answers else [],
        confidence=_images([confidence_picture(answers, answers.confidence)]) if answers and answers.confidence else [],
        where_it_holds=WHERE_IT_HOLDS,
        space=_images(space_pictures(answers, answers.space)) if answers and answers.space else [],
        kinds=_images([kinds]) if kinds else [],
        examples=_examples(errors) if errors else {},
        remedy=REMEDIES[errors.largest.relation] if errors else "",
        definitions={relation.value: text for relation, text in DEFINITIONS.items()},
        near=NEAR,
        far=FAR,
        command=_command(request),
        versions=f"RDKit {rdkit.__version__}, PyTorch {torch.__version__}, NumPy {numpy.__version__}",
    )


def _images(pictures: Sequence[Picture]) -> list[Image]:
    return [
        Image(picture.name, picture.title, picture.caption, picture.alternative, _data_uri(picture.svg()))
        for picture in pictures
    ]


def _examples(errors: ErrorAnalysis) -> dict[str, list[Miss]]:
    """The first misses of each kind in the order of the sample, which the seed drew."""
    found = {kind.relation.value: errors.of(kind.relation)[:_EXAMPLES] for kind in errors.kinds}
    return {name: misses for name, misses in found.items() if misses}


def _command(request: ReportRequest) -> str:
    """The command that makes this page again, with file names for paths: pages are passed on."""
    parts = ["molseek-train report", request.run.resolve().name]
    for option, value in (("--pairs", request.pairs), ("--candidates", request.candidates)):
        parts += [option, _name(value)] if value else []
    for source in request.training:
        parts += ["--training", _name(source)]
    if request.compare:
        parts += ["--compare", request.compare.resolve().name]
    if request.misses != 200:
        parts += ["--misses", str(request.misses)]
    if request.seed:
        parts += ["--seed", str(request.seed)]
    return " ".join([*parts, "--out report.html"])


def _name(source: str) -> str:
    path, mark, selector = source.partition("?")
    name = path.rstrip("/").rpartition("/")[2] + mark + selector
    return f"'{name}'" if mark else name


def _shortened(text: str) -> str:
    return text if len(text) <= _TEXT_CHARACTERS else text[: _TEXT_CHARACTERS - 2].rsplit(" ", 1)[0] + " …"


def _data_uri(svg: bytes) -> str:
    return "data:image/svg+xml;base64," + base64.b64encode(svg).decode("ascii")
