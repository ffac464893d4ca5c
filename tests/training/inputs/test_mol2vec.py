"""Mol2vec: identifiers as the package has them, seeded training, and vectors from files."""

from __future__ import annotations

import builtins
import sys
from pathlib import Path

import numpy as np
import pytest
from mol2vec.features import mol2alt_sentence
from numpy.typing import NDArray
from rdkit import Chem

from model.inputs.identifiers import atom_identifiers
from model.inputs.vocabulary import Vocabulary
from training.inputs.mol2vec import (
    Mol2vecError,
    Mol2vecSettings,
    load_vectors,
    train_vectors,
)
from training.pairs import read_candidates

EXAMPLES = Path(__file__).parents[3] / "indexer" / "examples" / "compounds.tsv"
SMALL = Mol2vecSettings(dim=12, epochs=2, rare=3, seed=3)


@pytest.fixture(scope="module")
def corpus() -> list[str]:
    """The SMILES of the bundled example corpus."""
    return [candidate.smiles for candidate in read_candidates(EXAMPLES)]


def per_atom(mol: Chem.Mol) -> list[str]:
    """One identifier an atom out of the package's own sentence: by atom, radius 0, then radius 1 where there is one.

    The sentence does not say where an atom begins, so its radius-0 words, asked for alone, are the landmarks.
    """
    sentence, centres = mol2alt_sentence(mol, 1), mol2alt_sentence(mol, 0)
    assert len(centres) == mol.GetNumAtoms()
    found = []
    position = 0
    for atom, centre in enumerate(centres):
        assert sentence[position] == centre
        position += 1
        following = centres[atom + 1] if atom + 1 < len(centres) else None
        ends_here = position == len(sentence) or sentence[position] == following
        found.append(centre if ends_here else sentence[position])
        position += not ends_here
    assert position == len(sentence)
    return found


def test_our_atom_identifiers_are_those_of_the_package(corpus: list[str]) -> None:
    compared = 0
    for smiles in corpus:
        mol = Chem.MolFromSmiles(smiles)
        assert atom_identifiers(mol) == per_atom(mol), smiles
        compared += 1
    assert compared >= 400


@pytest.mark.realdata
def test_our_atom_identifiers_are_those_of_the_package_on_published_molecules(real_data: Path) -> None:
    for candidate in read_candidates(real_data / "chebi20_candidates.tsv")[::60]:
        mol = Chem.MolFromSmiles(candidate.smiles)
        assert atom_identifiers(mol) == per_atom(mol), candidate.smiles


def test_training_is_seeded(corpus: list[str]) -> None:
    first, second = train_vectors(corpus[:150], SMALL), train_vectors(corpus[:150], SMALL)
    assert first.tokens == second.tokens
    np.testing.assert_array_equal(first.vectors, second.vectors)
    other = train_vectors(corpus[:150], SMALL.model_copy(update={"seed": 4}))
    assert not np.array_equal(first.vectors, other.vectors)


def test_rare_identifiers_become_unk_and_the_rest_the_vocabulary(corpus: list[str]) -> None:
    trained = train_vectors(corpus[:150], SMALL)
    counts: dict[str, int] = {}
    for smiles in corpus[:150]:
        for token in mol2alt_sentence(Chem.MolFromSmiles(smiles), 1):
            counts[token] = counts.get(token, 0) + 1
    assert set(trained.tokens) == {"UNK", *(token for token, count in counts.items() if count > 3)}
    assert trained.vectors.shape == (len(trained.tokens), trained.dim) == (len(trained.tokens), 12)
    assert trained.vectors.dtype == np.float32
    assert np.isfinite(trained.vectors).all()
    assert Vocabulary(trained.tokens).rows(["no such identifier"]) == [trained.tokens.index("UNK")]


def test_without_rare_identifiers_unk_is_the_mean() -> None:
    trained = train_vectors(["CCO"] * 5, SMALL)
    assert trained.tokens[0] == "UNK"
    np.testing.assert_allclose(trained.vectors[0], trained.vectors[1:].mean(axis=0), atol=1e-6)


def test_a_single_rare_identifier_is_still_unk() -> None:
    trained = train_vectors([*["CC"] * 5, "[He]"], SMALL)
    assert "UNK" in trained.tokens
    assert mol2alt_sentence(Chem.MolFromSmiles("[He]"), 1)[0] not in trained.tokens


def test_structures_that_do_not_parse_are_left_out(caplog: pytest.LogCaptureFixture) -> None:
    clean, mixed = train_vectors(["CCO"] * 5, SMALL), train_vectors(["CCO"] * 5 + ["C1CC", ""], SMALL)
    np.testing.assert_array_equal(clean.vectors, mixed.vectors)
    assert "2 structures" in caplog.text
    with pytest.raises(Mol2vecError, match="no structure"):
        train_vectors(["C1CC"], SMALL)


def test_a_missing_package_is_named_with_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    real_import = builtins.__import__

    def without_mol2vec(name: str, *args: object, **kwargs: object) -> object:
        if name.split(".")[0] == "mol2vec":
            raise ImportError(name)
        return real_import(name, *args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.delitem(sys.modules, "mol2vec.features", raising=False)
    monkeypatch.setattr(builtins, "__import__", without_mol2vec)
    with pytest.raises(Mol2vecError, match=r"needs mol2vec.*pip install -e '.\[train\]'"):
        train_vectors(["CCO"], SMALL)


def test_a_file_of_vectors_is_read(tmp_path: Path) -> None:
    values = np.arange(6, dtype=np.float32).reshape(2, 3)
    np.savez_compressed(tmp_path / "vectors.npz", tokens=np.array(["UNK", "864662311"]), vectors=values)
    loaded = load_vectors(tmp_path / "vectors.npz")
    assert loaded.tokens == ("UNK", "864662311")
    np.testing.assert_array_equal(loaded.vectors, values)
    assert loaded.vectors.dtype == np.float32


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"tokens": np.array(["1", "2"]), "vectors": np.ones((2, 3), np.float32)}, "no token UNK"),
        ({"tokens": np.array(["UNK", "UNK"]), "vectors": np.ones((2, 3), np.float32)}, "more than once"),
        ({"tokens": np.array(["UNK", ""]), "vectors": np.ones((2, 3), np.float32)}, "empty"),
        ({"tokens": np.array(["UNK"]), "vectors": np.ones((2, 3), np.float32)}, "shape"),
        ({"tokens": np.array(["UNK"]), "vectors": np.ones((1, 3))}, "float32"),
        ({"tokens": np.array(["UNK"]), "vectors": np.ones((1, 0), np.float32)}, "shape"),
        ({"tokens": np.array([1]), "vectors": np.ones((1, 3), np.float32)}, "row of text"),
        ({"tokens": np.array(["UNK"]), "vectors": np.full((1, 3), np.nan, np.float32)}, "not finite"),
        ({"tokens": np.array(["UNK"])}, "no array vectors"),
        ({"tokens": np.array(["UNK"], dtype=object), "vectors": np.ones((1, 3), np.float32)}, "cannot be read"),
    ],
)
def test_files_of_vectors_are_checked(tmp_path: Path, arrays: dict[str, NDArray[np.generic]], message: str) -> None:
    np.savez(tmp_path / "v.npz", **arrays)  # type: ignore[arg-type]
    with pytest.raises(Mol2vecError, match=message):
        load_vectors(tmp_path / "v.npz")


def test_files_that_are_no_npz_are_refused(tmp_path: Path) -> None:
    (tmp_path / "text.npz").write_text("tokens")
    (tmp_path / "empty.npz").touch()
    with (tmp_path / "plain.npz").open("wb") as file:
        np.save(file, np.ones(3))
    for name in ("text.npz", "empty.npz", "plain.npz", "absent.npz"):
        with pytest.raises(Mol2vecError, match="cannot be read"):
            load_vectors(tmp_path / name)


@pytest.mark.realdata
def test_the_published_vectors_are_imported(real_data: Path) -> None:
    published = load_vectors(real_data / "mol2vec_chebi.npz")
    assert (len(published.tokens), published.dim) == (3138, 300)
    known = Vocabulary(published.tokens)
    rows = known.rows(atom_identifiers(Chem.MolFromSmiles("CC(=O)Oc1ccccc1C(=O)O")))
    assert known.tokens.index("UNK") not in rows
