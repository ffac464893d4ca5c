"""Files and overrides with which a real training run takes about a second."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

TRAIN = (
    ("CCO", "An alcohol used as a solvent."),
    ("CCCO", "A primary alcohol with three carbon atoms."),
    ("c1ccccc1O", "A phenol with antiseptic properties."),
    ("CC(=O)Oc1ccccc1C(=O)O", "A salicylate ester that relieves pain and fever."),
    ("NCC(=O)O", "The simplest amino acid of proteins."),
    ("CC(=O)O", "A carboxylic acid of two carbon atoms."),
    ("CCN", "A primary amine, a base."),
    ("c1ccncc1", "An aromatic amine and a base."),
)
HELD_OUT = (
    ("1", "CCCCO", "A primary alcohol with four carbon atoms."),
    ("2", "N[C@@H](C)C(=O)O", "An amino acid of proteins that is chiral."),
    ("3", "Cc1ccccc1", "An aromatic solvent."),
)
EXTRA = (("4", "CCCN"), ("5", "C1CCCCC1"))

SMALL = (
    "scratch_text={vocabulary_size: 200, hidden_dim: 16, layers: 1, heads: 2}",
    "model.text_encoder={source: scratch, max_tokens: 32}",
    "model.dim=16",
    "model.graph_encoder.input_dim=16",
    "model.graph_encoder.hidden_dim=16",
    "model.graph_encoder.layers=2",
    "model.projector.slots=3",
    "atom_vectors.epochs=1",
    "batch_size=4",
    "epochs=2",
)
"""Overrides that make any preset of a text encoder and a graph encoder tiny."""


@dataclass(frozen=True)
class TinyFiles:
    """8 training pairs of 8 molecules, 3 held-out pairs, 5 candidates (the 3 held-out molecules first)."""

    pairs: str
    validation: str
    candidates: str


def write_tiny_files(folder: Path) -> TinyFiles:
    folder.mkdir(parents=True, exist_ok=True)
    pairs, validation, candidates = (folder / f"{name}.tsv" for name in ("pairs", "validation", "candidates"))
    pairs.write_text("smiles\tdescription\n" + "".join(f"{s}\t{t}\n" for s, t in TRAIN), encoding="utf-8")
    held_out = "".join(f"{i}\t{s}\t{t}\n" for i, s, t in HELD_OUT)
    validation.write_text("cid\tsmiles\tdescription\n" + held_out, encoding="utf-8")
    pool = "".join(f"{i}\t{s}\n" for i, s in [*((i, s) for i, s, _ in HELD_OUT), *EXTRA])
    candidates.write_text("cid\tsmiles\n" + pool, encoding="utf-8")
    return TinyFiles(str(pairs), str(validation), str(candidates))
