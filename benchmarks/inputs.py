"""Benchmark inputs: published data if available, else the bundled corpus."""

import csv
import os
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from indexer.examples import example_corpus
from model.inputs.structure import Molecule, StructureError, parse_structure

_FILES = ("chebi20_candidates.tsv", "chebi20_validation.tsv")


@dataclass(frozen=True, slots=True)
class Inputs:
    """SMILES and descriptions, and in words where they come from."""

    smiles: list[str]
    texts: list[str]
    origin: str


def find_data() -> Path | None:
    """The directory of published data files: `MOLSEEK_DATA`, else `../shared/data` beside the repository."""
    directory = Path(os.environ.get("MOLSEEK_DATA", Path(__file__).parents[2] / "shared" / "data"))
    return directory if all((directory / name).is_file() for name in _FILES) else None


def read_inputs(count: int, seed: int = 0) -> Inputs:
    """At most `count` SMILES and as many descriptions, drawn at random with a seed."""
    directory = find_data()
    if directory is None:
        table = example_corpus()
        smiles, texts = _column(table, "smiles"), _column(table, "description")
        origin = "example corpus"
    else:
        smiles = _column(directory / _FILES[0], "smiles")
        texts = _column(directory / _FILES[1], "description")
        origin = "ChEBI-20: molecules from the candidate pool, texts from the validation split"
    draw = random.Random(seed)
    return Inputs(draw.sample(smiles, min(count, len(smiles))), draw.sample(texts, min(count, len(texts))), origin)


def parse_all(smiles: Sequence[str]) -> list[Molecule]:
    """The molecules of those SMILES that are valid."""
    molecules = []
    for text in smiles:
        try:
            molecules.append(parse_structure(text))
        except StructureError:
            continue
    return molecules


def _column(table: Path, name: str) -> list[str]:
    with table.open(encoding="utf-8", newline="") as stream:
        return [row[name] for row in csv.DictReader(stream, delimiter="\t", quoting=csv.QUOTE_NONE) if row[name]]
