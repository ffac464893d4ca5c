"""Precision@10 of structural questions in plain words.

python -m benchmarks.structural_questions --checkpoint compact --molecules chebi20_candidates.tsv

The questions stand in `structural_questions.tsv`, each with the SMARTS of all that an answer must have. They were
written by hand, not made from the tables that `molseek-train data structures` and `tune` teach with, and no molecule of
the pool needs a text: the structures say what is true.
"""

from __future__ import annotations

import argparse
import csv
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

import numpy as np
from numpy.typing import NDArray
from rdkit import Chem

from benchmarks.table import Cell, Table
from model.inputs.structure import Molecule, StructureError, parse_structure
from training.pairs import read_structures
from training.runs.starting import load_encoder

log = logging.getLogger(__name__)

_QUESTIONS = Path(__file__).with_suffix(".tsv")
_FIRST = 10


@dataclass(frozen=True, slots=True)
class Question:
    text: str
    patterns: tuple[Chem.Mol, ...]

    def answered_by(self, mol: Chem.Mol) -> bool:
        return all(mol.HasSubstructMatch(pattern) for pattern in self.patterns)


def read_questions(path: Path = _QUESTIONS) -> list[Question]:
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    return [Question(row["question"], tuple(map(Chem.MolFromSmarts, row["smarts"].split()))) for row in rows]


def precision(ranked: NDArray[np.bool_]) -> float:
    """Share of answers among the first ten, or among as many as there are. ranked: bool (pool,), best first."""
    return float(ranked[: min(_FIRST, int(ranked.sum()))].mean())


def measure(checkpoints: Sequence[str], molecules: Sequence[Molecule]) -> Table:
    """A row a question that any molecule answers, and their mean; a column a checkpoint."""
    truth = {
        question.text: np.array([question.answered_by(molecule.mol) for molecule in molecules])
        for question in read_questions()
    }
    asked = {text: answers for text, answers in truth.items() if answers.any()}
    figures: list[list[float]] = []
    for name in checkpoints:
        encoder = load_encoder([name], "cpu")
        scores = encoder.encode_text(list(asked)) @ encoder.encode_molecules(molecules).T
        # What is equally near comes last where it answers: a network that tells nothing apart finds nothing.
        orders = (np.lexsort((answers, -row)) for answers, row in zip(asked.values(), scores, strict=True))
        figures.append([precision(answers[order]) for answers, order in zip(asked.values(), orders, strict=True)])
    rows: list[tuple[Cell, ...]] = [
        (text, int(answers.sum()), *found) for (text, answers), *found in zip(asked.items(), *figures, strict=True)
    ]
    rows.append((f"mean of {len(asked)}", "", *map(fmean, figures)))
    title = f"precision at {_FIRST} (at fewer where fewer answer), pool {len(molecules):,}"
    return Table(title, ("question", "answers", *checkpoints), rows)


def read_molecules(path: str) -> list[Molecule]:
    molecules = []
    for smiles in read_structures(path):
        try:
            molecules.append(parse_structure(smiles))
        except StructureError as error:
            log.warning("left out: %s: %s", smiles[:60], error)
    return molecules


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--checkpoint", action="append", required=True, help="repeatable: a column each")
    parser.add_argument("--molecules", required=True, help="table with a column of SMILES: the pool")
    options = parser.parse_args(arguments)
    print(measure(options.checkpoint, read_molecules(options.molecules)))


if __name__ == "__main__":
    main()
