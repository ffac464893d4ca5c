"""The README's picture: sentences, and the first hits that the bundled checkpoint finds in the bundled corpus.

python docs/pictures.py          writes docs/images/search.png
"""

from __future__ import annotations

import csv
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from rdkit.Chem import Draw

from indexer.examples import example_corpus
from model import load_checkpoint, parse_structure

QUERIES = (
    "a steroid hormone with a phenolic A ring",
    "a benzodiazepine used as an anxiolytic",
    "a penicillin",
)
HITS = 4


def main() -> None:
    encoder = load_checkpoint("compact").encoder
    with example_corpus().open(encoding="utf-8", newline="") as file:
        compounds = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    molecules = [parse_structure(compound["smiles"]) for compound in compounds]
    scores = encoder.encode_text(QUERIES) @ encoder.encode_molecules(molecules).T

    figure, axes = plt.subplots(len(QUERIES), HITS, figsize=(11, 8.4), dpi=110)
    for row, query in enumerate(QUERIES):
        for column, hit in enumerate(np.argsort(-scores[row], kind="stable")[:HITS]):
            axis = axes[row, column]
            axis.imshow(Draw.MolToImage(molecules[hit].mol, size=(520, 360)))
            axis.set_axis_off()
            axis.set_title(f"{compounds[hit]['name']}  {scores[row, hit]:.2f}", fontsize=10, y=-0.12)
        axes[row, 0].text(
            0, 1.12, f"“{query}”", transform=axes[row, 0].transAxes, fontsize=12, style="italic", color="#1f4e79"
        )
    figure.subplots_adjust(left=0.02, right=0.98, top=0.94, bottom=0.04, hspace=0.42, wspace=0.06)
    target = Path(__file__).parent / "images" / "search.png"
    target.parent.mkdir(exist_ok=True)
    figure.savefig(target)


if __name__ == "__main__":
    main()
