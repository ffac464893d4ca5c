"""Structures are parsed to the same numbers however they are written; a bad one costs its own row."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from rdkit import Chem

from indexer.build.parsing import Failure, Identity, ParsedMolecule, StructureParser
from model import load_checkpoint
from model.inputs.structure import Molecule, StructureLimits

LIMITS = StructureLimits(max_characters=60, max_atoms=30, max_rings=4)


@pytest.fixture(scope="module")
def parser() -> StructureParser:
    return StructureParser(LIMITS, load_checkpoint("compact").encoder.featurizer)


def parsed(parser: StructureParser, structure: str) -> ParsedMolecule:
    (found,) = parser([structure], whole=True).results
    assert isinstance(found, ParsedMolecule)
    return found


def test_the_same_molecule_gives_the_same_numbers_however_it_is_written(parser: StructureParser) -> None:
    mol = Chem.MolFromSmiles("CC(=O)Oc1ccccc1C(=O)O")
    first = parsed(parser, Chem.MolToSmiles(mol))
    for root in (0, 3, 8, 12):
        other = parsed(parser, Chem.MolToSmiles(mol, rootedAtAtom=root, canonical=False))
        assert (other.identity, other.properties) == (first.identity, first.properties)
        assert other.fingerprint.tobytes() == first.fingerprint.tobytes()
        assert other.pattern.tobytes() == first.pattern.tobytes()
        assert pickle.dumps(other.features) == pickle.dumps(first.features)
    assert first.reproducible
    assert (first.fingerprint.shape, first.pattern.shape, first.fingerprint.dtype) == ((256,), (128,), np.uint8)


@pytest.mark.parametrize(
    ("structure", "code"),
    [
        ("C1CC", "unparsable_structure"),
        ("CC(C)(C)(C)C", "invalid_chemistry"),
        ("C" * 61, "structure_too_long"),
        ("C" * 31, "too_many_atoms"),
        ("C1CC1C1CC1C1CC1C1CC1C1CC1", "too_many_rings"),
        (" ", "empty_structure"),
    ],
)
@pytest.mark.parametrize("whole", [False, True])
def test_a_bad_structure_fails_with_its_code_and_the_others_do_not(
    parser: StructureParser, structure: str, code: str, whole: bool
) -> None:
    batch = parser(["CCO", structure, None, "CCN"], whole)
    first, failure, nothing, last = batch.results
    assert isinstance(failure, Failure) and (failure.code, bool(failure.reason)) == (code, True)
    assert nothing is None
    assert {type(first), type(last)} == {ParsedMolecule if whole else Identity}
    assert batch.parse_seconds > 0 and (batch.featurise_seconds > 0 or not whole)


def test_whatever_a_step_raises_costs_its_own_row() -> None:
    def odd(molecule: Molecule) -> object:
        if molecule.smiles == "CCN":
            raise RuntimeError("Bad\n Conformer Id")
        return None

    first, second = StructureParser(LIMITS, odd)(["CCO", "CCN"], whole=True).results  # type: ignore[arg-type]
    assert isinstance(first, ParsedMolecule)
    expected = "RDKit cannot compute what is needed (RuntimeError: Bad Conformer Id)."
    assert second == Failure("featurisation_failed", expected)


def test_memory_that_runs_out_is_not_the_rows_fault() -> None:
    def greedy(_: Molecule) -> object:
        raise MemoryError

    with pytest.raises(MemoryError):
        StructureParser(LIMITS, greedy)(["CCO"], whole=True)  # type: ignore[arg-type]


def test_what_standardisation_changes_is_kept_as_it_was_given() -> None:
    salt, same = StructureParser(LIMITS, None, "parent")(["[Na+].CC(=O)[O-]", "CC(=O)O"], whole=False).results
    assert isinstance(salt, Identity) and isinstance(same, Identity)
    assert (salt.source_smiles, same.source_smiles) == ("CC(=O)[O-].[Na+]", None)
    assert salt.smiles != salt.source_smiles
