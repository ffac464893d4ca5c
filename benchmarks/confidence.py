"""How far confidences can be trusted on the bundled corpus: python -m benchmarks.confidence INDEX [--before CHECKPOINT]

First hits by vectors: of names, each where its molecule is in the corpus and where it was left out, of descriptions,
and of tags. `--before`: another calibration of the same network, to compare with. The bundled checkpoint is calibrated
on these names and descriptions (`molseek-train calibrate` prints the figures of cross-fitting), not on the tags.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import molseek
from benchmarks.everyday import Question, bundled_sets
from benchmarks.table import Cell, Table, show
from model import load_checkpoint
from model.checkpoint.calibration import Calibration, text_kind

_ABOVE = 0.9
_BINS = 10
_COLUMNS = ("asked", "queries", "first right", "mean confidence", "ECE", "above .9", "right of these")


def measure(index: molseek.Index, calibration: Calibration, title: str) -> Table:
    """A row a kind of query, with what `calibration` says of its first hits."""
    sets = bundled_sets()
    present, left_out = _by_vector(index, calibration, sets["names"])
    rows = [
        _row("names", *present),
        _row("names, molecule left out", *left_out),
        _row("names, both", *(np.concatenate(parts) for parts in zip(present, left_out, strict=True))),
        _row("own descriptions", *_by_vector(index, calibration, sets["own descriptions"])[0]),
        _row("classes and roles (tags)", *_by_vector(index, calibration, sets["classes and roles (tags)"])[0]),
    ]
    return Table(title, _COLUMNS, rows)


def _row(asked: str, confidences: NDArray[np.float64], right: NDArray[np.bool_]) -> tuple[Cell, ...]:
    sure = confidences > _ABOVE
    bins = np.minimum((confidences * _BINS).astype(int), _BINS - 1)
    off = np.abs(np.bincount(bins, confidences - right, minlength=_BINS)).sum() / len(right)
    of_these = float(right[sure].mean()) if sure.any() else ""
    return asked, len(right), float(right.mean()), float(confidences.mean()), float(off), float(sure.mean()), of_these


def _by_vector(
    index: molseek.Index, calibration: Calibration, questions: Sequence[Question]
) -> tuple[tuple[NDArray[np.float64], NDArray[np.bool_]], tuple[NDArray[np.float64], NDArray[np.bool_]]]:
    """Confidence of each first hit and whether it is right; then the same where the right molecule was left out."""
    ids = {record.id: record.row for record in index.release.records.molecules(range(index.molecule_count))}
    encoder = index.encoder.checkpoint.encoder
    features = encoder.text_featurizer([question.text for question in questions])
    hits = index.release.molecules.search(encoder.encode_text_features(features), 50)
    confidences: list[float] = []
    absent: list[float] = []
    right: list[bool] = []
    for question, read, rows, scores in zip(questions, features, hits.rows, hits.scores, strict=True):
        curve = calibration.of_text(text_kind(question.text))
        wanted = np.isin(rows, [ids[id] for id in question.accepted])
        unknown = np.array([read.unknown])
        confidences.append(curve.confidences(scores[None], unknown)[0, 0])
        absent.append(curve.confidences(scores[None, ~wanted], unknown)[0, 0])
        right.append(bool(wanted[0]))
    return (np.array(confidences), np.array(right)), (np.array(absent), np.zeros(len(right), np.bool_))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("index", type=Path, help="an index of the bundled corpus, such as var/index")
    parser.add_argument("--checkpoint", default="compact")
    parser.add_argument("--before", help="a checkpoint with the calibration to compare with")
    options = parser.parse_args()
    tables = []
    with molseek.open_index(options.index, options.checkpoint) as index:
        for title, checkpoint in (("before", options.before), ("calibration", options.checkpoint)):
            if checkpoint is None:
                continue
            calibration = load_checkpoint(checkpoint).info.calibration
            if calibration is None:
                parser.error(f"{checkpoint} has no calibration; see molseek-train calibrate")
            tables.append(measure(index, calibration, f"{title}, bundled corpus"))
    show("", tables)


if __name__ == "__main__":
    main()
