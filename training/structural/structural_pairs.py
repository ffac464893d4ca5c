"""Pairs of molecules and rule-based captions of their structures.

Written as one table, `smiles` and `description`, which `molseek-train fit --pairs` takes.
"""

from __future__ import annotations

import random
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

from model.inputs.structure import parse_structure
from training.inputs.parallel import map_chunks
from training.pairs import read_structures
from training.pairs.made_pairs import origin_of, write_made_pairs
from training.pairs.structures import inchikeys
from training.structural.captions import structural_caption


@dataclass(frozen=True, slots=True)
class StructuralPairsSummary:
    """molecules: distinct ones (InChIKey) that were found and are structures; held_out: left out of them for being
    held out; plain: too few parts for a caption; captions: rows written.
    """

    molecules: int
    held_out: int
    plain: int
    captions: int

    def __str__(self) -> str:
        return (
            f"{self.molecules:,} molecules; {self.held_out:,} left out because they are held out, "
            f"{self.plain:,} because they have few parts\n{self.captions:,} captions written"
        )


def make_structural_pairs(
    pairs: Sequence[str],
    out: Path,
    *,
    molecules: Sequence[str] = (),
    held_out: Collection[str] = (),
    captions: int = 1,
    seed: int = 0,
    workers: int = 1,
) -> StructuralPairsSummary:
    """Write captions for the molecules in some files.

    Args:
        pairs: training files; what they train on may be described in other words, too.
        molecules: files of further molecules, which nobody needs to have described.
        held_out: InChIKeys of molecules that are not to be taken from `molecules` (`held_out_keys`).
        captions: of each molecule, all different in what they tell.
        seed: of the wording. A molecule's depends on it and the molecule alone.
        workers: RDKit worker processes; 0: this process.

    Raises:
        PairFileError: a file cannot be read or has no structure column.
        OSError: `out` cannot be written; what was there stays.
    """
    trained = [smiles for source in pairs for smiles in read_structures(source)]
    further = [smiles for source in molecules for smiles in read_structures(source)]
    keys = inchikeys([*trained, *further], workers=workers)
    forbidden = frozenset(held_out) - {keys[smiles] for smiles in trained}
    smiles_of: dict[str, str] = {}
    for smiles in (*trained, *further):
        if key := keys[smiles]:
            smiles_of.setdefault(key, smiles)
    allowed = [(key, smiles) for key, smiles in smiles_of.items() if key not in forbidden]
    describe = partial(_describe, captions, seed)
    described = [texts for chunk in map_chunks(describe, allowed, workers, "describe") for texts in chunk]
    rows = [(smiles, text) for (_, smiles), texts in zip(allowed, described, strict=True) for text in texts]
    summary = StructuralPairsSummary(
        molecules=len(smiles_of),
        held_out=len(smiles_of) - len(allowed),
        plain=sum(not texts for texts in described),
        captions=len(rows),
    )
    sources = [origin_of(source) for source in (*pairs, *molecules)]
    record = asdict(summary) | {"captions_of_each": captions, "seed": seed, "sources": sources}
    write_made_pairs(out, ("smiles", "description"), rows, record)
    return summary


def _describe(captions: int, seed: int, molecules: Sequence[tuple[str, str]]) -> list[list[str]]:
    return [_captions(key, smiles, captions, seed) for key, smiles in molecules]


def _captions(key: str, smiles: str, count: int, seed: int) -> list[str]:
    mol = parse_structure(smiles).mol  # a structure: it has a key
    rng = random.Random(f"{seed} {key}")
    made = (structural_caption(mol, rng) for _ in range(count))
    return list(dict.fromkeys(text for text in made if text))
