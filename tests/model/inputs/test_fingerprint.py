"""Tanimoto similarities are RDKit's."""

from __future__ import annotations

import numpy as np
from rdkit import DataStructs
from rdkit.Chem import rdFingerprintGenerator

from model import parse_structure
from model.inputs.fingerprint import morgan_fingerprint, tanimoto
from tests.support.tiny import SMILES

OTHERS = ("C", "CCCCCCCC", "c1ccc2ccccc2c1", "OC[C@H]1OC(O)[C@H](O)[C@@H](O)[C@@H]1O", "[Na+].[Cl-]", "N#N")


def test_similarities_equal_rdkits() -> None:
    mols = [parse_structure(smiles).mol for smiles in (*SMILES, *OTHERS)]
    packed = np.stack([morgan_fingerprint(mol) for mol in mols])
    assert (packed.shape, packed.dtype) == ((len(mols), 256), np.uint8)
    generator = rdFingerprintGenerator.GetMorganGenerator(radius=2, fpSize=2048)
    vectors = [generator.GetFingerprint(mol) for mol in mols]
    for query, vector in zip(packed, vectors, strict=True):
        similarities = tanimoto(query, packed)
        assert similarities.dtype == np.float32
        np.testing.assert_allclose(similarities, DataStructs.BulkTanimotoSimilarity(vector, vectors), rtol=0, atol=1e-7)


def test_bits_are_where_rdkit_has_them() -> None:
    mol = parse_structure("CC(=O)Oc1ccccc1C(=O)O").mol
    bits = np.flatnonzero(np.unpackbits(morgan_fingerprint(mol)))
    generator = rdFingerprintGenerator.GetMorganGenerator(radius=2, fpSize=2048)
    assert bits.tolist() == list(generator.GetFingerprint(mol).GetOnBits())


def test_empty_fingerprints_are_not_similar() -> None:
    nothing = np.zeros(256, np.uint8)
    assert tanimoto(nothing, np.stack([nothing, nothing + 1])).tolist() == [0, 0]


def test_no_fingerprints_give_no_similarities() -> None:
    assert tanimoto(np.zeros(256, np.uint8), np.zeros((0, 256), np.uint8)).shape == (0,)
