"""The README's picture: sentences, and the first hits of each in the bundled corpus, with their confidence.

python docs/pictures.py var/index     writes docs/images/search.png, from the index that `make index` builds
"""

from __future__ import annotations

import sys
from pathlib import Path

import matplotlib.pyplot as plt
from rdkit import Chem
from rdkit.Chem import Draw

import molseek

QUERIES = (
    "a steroid hormone with a phenolic A ring",
    "a benzodiazepine used as an anxiolytic",
    "blood thinner",
)
HITS = 3


def main(directory: str) -> None:
    figure, axes = plt.subplots(len(QUERIES), HITS, figsize=(10, 8.2), dpi=110)
    with molseek.open_index(directory, checkpoint="compact") as index:
        for row, query in zip(axes, QUERIES, strict=True):
            for axis, hit in zip(row, index.search_text(query, k=HITS), strict=True):
                axis.imshow(Draw.MolToImage(Chem.MolFromSmiles(hit.smiles), size=(560, 360)))
                axis.set_axis_off()
                axis.set_title(f"{hit.name}  {hit.confidence:.0%}", fontsize=11, y=-0.12)
            row[0].text(0, 1.12, f"“{query}”", transform=row[0].transAxes, fontsize=13, style="italic", color="#1f4e79")
    figure.subplots_adjust(left=0.02, right=0.98, top=0.94, bottom=0.04, hspace=0.38, wspace=0.06)
    figure.savefig(Path(__file__).parent / "images" / "search.png")


if __name__ == "__main__":
    main(sys.argv[1])
