"""Inputs of every form become vectors, or an error that says which input is wrong."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from rdkit import Chem

import molseek


@pytest.fixture(scope="module")
def encoder(tiny_checkpoint: Path) -> molseek.Encoder:
    return molseek.load(tiny_checkpoint)


def test_a_bare_string_is_one_input(encoder: molseek.Encoder) -> None:
    assert encoder.encode_text("an alcohol").shape == (1, encoder.dim)
    assert encoder.encode_molecules("CCO").shape == (1, encoder.dim)
    np.testing.assert_array_equal(encoder.encode_text("an alcohol"), encoder.encode_text(["an alcohol"]))


def test_every_form_of_a_structure_gives_one_vector(encoder: molseek.Encoder) -> None:
    mol = Chem.MolFromSmiles("OCC")
    forms = ["CCO", "InChI=1S/C2H6O/c1-2-3/h3H,2H2,1H3", Chem.MolToMolBlock(mol), mol]
    vectors = encoder.encode_molecules(forms)
    np.testing.assert_allclose(vectors, np.repeat(vectors[:1], 4, axis=0), atol=1e-6)
    np.testing.assert_array_equal(encoder.encode_molecules(mol), encoder.encode_molecules([mol]))


def test_many_inputs_are_encoded_in_order(encoder: molseek.Encoder) -> None:
    smiles = ["C" * length for length in range(1, 80)]
    together = encoder.encode_molecules(smiles)
    np.testing.assert_allclose(together[70], encoder.encode_molecules(smiles[70])[0], atol=1e-5)
    assert np.linalg.norm(together, axis=1) == pytest.approx(1, abs=1e-5)


def test_no_inputs_give_no_vectors(encoder: molseek.Encoder) -> None:
    assert encoder.encode_text([]).shape == encoder.encode_molecules([]).shape == (0, encoder.dim)


def test_similarity_is_the_cosine_of_each_text_with_each_molecule(encoder: molseek.Encoder) -> None:
    texts, molecules = ["an alcohol", "an arene", "an acid"], ["CCO", "c1ccccc1"]
    expected = encoder.encode_text(texts) @ encoder.encode_molecules(molecules).T
    np.testing.assert_allclose(encoder.similarity(texts, molecules), expected, atol=1e-6)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda e: e.encode_text(["fine", 7]), "text 1 is int"),
        (lambda e: e.encode_molecules(["C", None]), "molecule 1: NoneType is neither"),
    ],
)
def test_an_input_of_another_type_is_named(encoder: molseek.Encoder, call: object, message: str) -> None:
    with pytest.raises(TypeError, match=message):
        call(encoder)  # type: ignore[operator]


def test_a_structure_that_cannot_be_read_is_named(encoder: molseek.Encoder) -> None:
    with pytest.raises(molseek.StructureError, match=r"molecule 2: .*ring"):
        encoder.encode_molecules(["C", "CC", "C1CC"])
    with pytest.raises(molseek.StructureError, match=r"^The SMILES"):
        encoder.encode_molecules("C1CC")


def test_an_unknown_checkpoint_is_an_error() -> None:
    with pytest.raises(molseek.CheckpointError, match="no checkpoint"):
        molseek.load("nothing-of-this-name")
