"""The page: findings and pictures in one self-contained HTML file."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
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
from training.report.relation import DEFINITIONS
from training.report.style import Picture

_TEXT_CHARACTERS = 900
_EXAMPLES = 2
_SECTIONS = ("training", "comparison", "recall", "confidence", "space", "kinds")


@dataclass(frozen=True, slots=True)
class Image:
    """A picture ready for the page; source: a data URI."""

    name: str
    title: str
    caption: str
    alternative: str
    source: str


def render_page(findings: Findings, pictures: Mapping[str, Sequence[Picture]], request: ReportRequest) -> str:
    """Render the page with the pictures of each section inlined; cases are text and drawings instead."""
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
    return environment.get_template("report.html.j2").render(
        findings=findings,
        answers=answers,
        errors=errors,
        rankings={name: label for name, (label, _) in DIRECTIONS.items()}
        | {"mol2text_all": "molecule → text, all texts"},
        **{section: _images(pictures.get(section, ())) for section in _SECTIONS},
        where_it_holds=WHERE_IT_HOLDS,
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
    """The first misses of each kind in the order of the sample, which depends on the seed."""
    found = {kind.relation.value: errors.of(kind.relation)[:_EXAMPLES] for kind in errors.kinds}
    return {name: misses for name, misses in found.items() if misses}


def _command(request: ReportRequest) -> str:
    """The command that reproduces this page, with file names instead of paths."""
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
