"""Molecules to features, with RDKit in worker processes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import partial

from model.inputs.features import MoleculeFeatures
from model.inputs.molecule_bag import molecule_features
from model.inputs.structure import StructureError, parse_structure
from model.network.encoder import MoleculeFeaturizer
from training.inputs.parallel import map_chunks


def featurize(smiles: Sequence[str], featurizer: MoleculeFeaturizer, workers: int) -> list[MoleculeFeatures | None]:
    """The features of each SMILES, in order; None where it is not a valid structure. 0 workers: in this process."""
    done = map_chunks(partial(_featurize_chunk, featurizer), smiles, workers, "featurise")
    return [features for chunk in done for features in chunk]


def count_features(smiles: Sequence[str], workers: int) -> Counter[str]:
    """In how many of the molecules each bag feature occurs."""
    total: Counter[str] = Counter()
    for counts in map_chunks(_count_chunk, smiles, workers, "count features"):
        total.update(counts)
    return total


def _featurize_chunk(featurizer: MoleculeFeaturizer, chunk: Sequence[str]) -> list[MoleculeFeatures | None]:
    features: list[MoleculeFeatures | None] = []
    for smiles in chunk:
        try:
            features.append(featurizer(parse_structure(smiles)))
        except StructureError:
            features.append(None)
    return features


def _count_chunk(chunk: Sequence[str]) -> Counter[str]:
    total: Counter[str] = Counter()
    for smiles in chunk:
        try:
            total.update(molecule_features(parse_structure(smiles).mol))
        except StructureError:
            continue
    return total
