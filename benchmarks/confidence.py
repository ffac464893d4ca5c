"""How far confidences can be trusted on the bundled corpus, as the service gives them.

python -m benchmarks.confidence [--captions chebi20_validation.tsv] [--before CHECKPOINT] [--checkpoint compact]

Names, descriptions, tags and everyday questions are asked of the bundled corpus; names whose molecule is missing are
asked of a random half of it that lacks them. `--captions`: texts of other make, of which those are asked whose molecule
is in the corpus. `--before`: another calibration of the same network, to compare with. The bundled checkpoint is
calibrated on all of these but the everyday questions; `molseek-train calibrate` prints the figures of cross-fitting.
"""

import argparse
import csv
import random
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.asked import Asked, Hit, asking
from benchmarks.everyday import Question, bundled_sets
from benchmarks.table import Cell, Table, show
from indexer.build import build_release
from indexer.build.options import BuildOptions
from indexer.examples import example_corpus
from training.pairs.structures import inchikeys

_ABOVE = 0.9
_BINS = 10
_FIRST = 10
_COLUMNS = (
    *("asked", "mode", "queries", "exact", "none given", "first right", "mean", "ECE", "first ten: ECE"),
    *("above .9", "right of these"),
)
_Asked = tuple[str, str, Sequence[Question]]


def measure(asked: Asked, sets: Sequence[_Asked], title: str) -> Table:
    """A row a set and mode. exact: share of queries that the corpus has exactly, whose hits have no confidence; none
    given: of those that have none otherwise. What follows is of the others; above .9: of all queries.
    """
    return Table(title, _COLUMNS, [_row(name, mode, questions, asked) for name, mode, questions in sets])


def _row(name: str, mode: str, questions: Sequence[Question], asked: Asked) -> tuple[Cell, ...]:
    found = asked([question.text for question in questions], mode, _FIRST)
    exact = [any(hit.exact for hit in hits) for hits in found]
    given = [bool(hits) and hits[0].confidence is not None for hits in found]
    none = [not one and not two for one, two in zip(exact, given, strict=True)]
    confidences, right = _judged([(q, hits) for q, hits, one in zip(questions, found, given, strict=True) if one])
    shares = name, mode, len(questions), _share(exact), _share(none)
    if not len(confidences):
        return *shares, "", "", "", "", 0.0, ""
    first, truth = confidences[:, 0], right[:, 0]
    sure = first > _ABOVE
    return (
        *shares,
        float(truth.mean()),
        float(first.mean()),
        _ece(first, truth),
        _ece(confidences.ravel(), right.ravel()),
        float(sure.sum() / len(questions)),
        float(truth[sure].mean()) if sure.any() else "",
    )


def _judged(answered: Sequence[tuple[Question, Sequence[Hit]]]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Confidences of the first hits, and whether they are right, (queries, hits) each; 0 where there are fewer."""
    confidences = np.zeros((len(answered), _FIRST))
    right = np.zeros((len(answered), _FIRST), np.bool_)
    for row, (question, hits) in enumerate(answered):
        for place, hit in enumerate(hits):
            confidences[row, place] = hit.confidence or 0.0
            right[row, place] = hit.id in question.accepted
    return confidences, right


def _share(of: Sequence[bool]) -> float:
    return float(np.mean(of))


def _ece(confidences: NDArray[np.float64], right: NDArray[np.bool_]) -> float:
    """Expected calibration error over ten bins."""
    bins = np.minimum((confidences * _BINS).astype(int), _BINS - 1)
    return float(np.abs(np.bincount(bins, confidences - right, minlength=_BINS)).sum() / len(right))


def _captions(source: str) -> list[Question]:
    """The texts whose molecule is in the bundled corpus."""
    own, others = _rows(example_corpus()), _rows(Path(source))
    keys = inchikeys([row["smiles"] for row in (*own, *others)], workers=0)
    ids = {key: row["id"] for row in own if (key := keys[row["smiles"]])}
    return [
        Question(row["description"], frozenset([ids[key]])) for row in others if (key := keys[row["smiles"]]) in ids
    ]


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def _half(path: Path, seed: int) -> list[Question]:
    """Writes a random half of the bundled corpus, and asks for the names of the other half, which nothing answers."""
    lines = example_corpus().read_text(encoding="utf-8").splitlines()
    kept = set(random.Random(seed).sample(range(1, len(lines)), len(lines) // 2))
    path.write_text("\n".join([lines[0], *(lines[row] for row in sorted(kept))]) + "\n", encoding="utf-8")
    name = lines[0].split("\t").index("name")
    return [Question(lines[row].split("\t")[name], frozenset()) for row in range(1, len(lines)) if row not in kept]


def run(checkpoints: Sequence[str], captions: str | None = None, seed: int = 0) -> list[Table]:
    """Two tables a checkpoint; all of them have the same network."""
    asked_for = bundled_sets()
    tags, everyday = asked_for["classes and roles (tags)"], asked_for["everyday questions"]
    sets: list[_Asked] = [
        ("names", "vector", asked_for["names"]),
        ("own descriptions", "vector", asked_for["own descriptions"]),
        ("classes and roles (tags)", "vector", tags),
        ("classes and roles (tags)", "auto", tags),
        ("everyday questions", "auto", everyday),
    ]
    if captions is not None:
        sets += [("captions", mode, _captions(captions)) for mode in ("vector", "auto")]
    tables = []
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        missing = _half(root / "half.tsv", seed)
        for out, molecules in (("whole", "example"), ("half", root / "half.tsv")):
            build_release(BuildOptions(checkpoint=checkpoints[0], molecules=(molecules,), out=root / out))
        for checkpoint in checkpoints:
            with asking(checkpoint, root / "whole") as asked:
                tables.append(measure(asked, sets, f"bundled corpus, {checkpoint}"))
            with asking(checkpoint, root / "half") as asked:
                absent: list[_Asked] = [("names that are missing", mode, missing) for mode in ("vector", "auto")]
                tables.append(measure(asked, absent, f"half of the bundled corpus, {checkpoint}"))
    return tables


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--checkpoint", default="compact")
    parser.add_argument("--before", help="a checkpoint with the calibration to compare with")
    parser.add_argument("--captions", help="table of captions and SMILES")
    parser.add_argument("--seed", type=int, default=0, help="Random seed.")
    options = parser.parse_args()
    checkpoints = [one for one in (options.before, options.checkpoint) if one is not None]
    show("", run(checkpoints, options.captions, options.seed))


if __name__ == "__main__":
    main()
