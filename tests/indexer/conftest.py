"""Builds of small corpora with the tiny checkpoint."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import pytest

from indexer.build import BuildReport, build_release
from indexer.build.options import BuildOptions
from indexer.release import current_release

MOLECULES = """id\tcid\tname\tsmiles\tdescription
M1\t702\tethanol\tCCO\tA primary alcohol used as a solvent.
M2\t996\tphenol\tc1ccccc1O\tA simple phenol with antiseptic properties.
M3\t2244\taspirin\tCC(=O)Oc1ccccc1C(=O)O\tA salicylate ester that relieves pain.
M4\t5950\talanine\tN[C@@H](C)C(=O)O\tAn alpha-amino acid of proteins.
M5\t2519\tcaffeine\tCn1c(=O)c2c(ncn2C)n(C)c1=O\tA purine alkaloid that stimulates.
M6\t5234\tsalt\t[Na+].[Cl-]\tA salt of an alkali metal.
"""

Build = Callable[..., BuildReport]


def current(root: Path) -> Path:
    path = current_release(root)
    assert path is not None
    return path


def rejects_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="\n") as stream:
        return list(csv.DictReader(stream, delimiter="\t", quoting=csv.QUOTE_NONE))


@pytest.fixture
def molecules_file(tmp_path: Path) -> Path:
    """Six molecules with ids, CIDs, names and descriptions."""
    path = tmp_path / "molecules.tsv"
    path.write_text(MOLECULES, encoding="utf-8")
    return path


@pytest.fixture
def build(tiny_checkpoint: Path, tmp_path: Path) -> Build:
    """`build(molecules, descriptions…, out=…, **options)`: a release under `tmp_path / "index"` by default."""

    def run(molecules: Path, /, *descriptions: Path, out: Path = tmp_path / "index", **options: object) -> BuildReport:
        values: dict[str, object] = {"checkpoint": tiny_checkpoint, "molecules": (molecules,), "out": out}
        values |= {"descriptions": descriptions, "max_rejects": 1}  # corpora of tests may be all bad rows
        return build_release(BuildOptions.model_validate(values | options))

    return run
