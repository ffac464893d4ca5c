"""Structures become arrays: identifiers, codes, bonds, bags; and what stereochemistry is seen where."""

from __future__ import annotations

import hashlib
import pickle

import numpy as np
import pytest
from rdkit import Chem

from model import Featurizer, MoleculeFeatures, Vocabulary, parse_structure
from model.inputs.atom_features import ATOM_FEATURE_SIZES, BOND_FEATURE_SIZES
from model.inputs.identifiers import atom_identifiers
from model.inputs.molecule_bag import molecule_features
from tests.support.molecules import example_smiles

SMILES = {
    "ethanol": "CCO",
    "methane": "C",
    "sodium chloride": "[Na+].[Cl-]",
    "hydrogen": "[H][H]",
    "aspirin": "CC(=O)Oc1ccccc1C(=O)O",
    "cisplatin": "N.N.Cl[Pt]Cl",
    "ammonium sulfate": "[NH4+].[NH4+].[O-]S(=O)(=O)[O-]",
    "cubane": "C12C3C4C1C5C2C3C45",
    "a class with an attachment point": "*CC(=O)O",
}
ENANTIOMERS = ("N[C@@H](C)C(=O)O", "N[C@H](C)C(=O)O")
DIASTEREOMERS = ("C[C@H](O)[C@H](O)C", "C[C@H](O)[C@@H](O)C")
GEOMETRIC = ("OC(=O)/C=C/C(=O)O", r"OC(=O)/C=C\C(=O)O")


def featurizer(*smiles: str, extra_features: bool = True) -> Featurizer:
    mols = [parse_structure(one).mol for one in smiles]
    atoms = dict.fromkeys(token for mol in mols for token in atom_identifiers(mol))
    bag = dict.fromkeys(feature for mol in mols for feature in molecule_features(mol))
    return Featurizer(Vocabulary(["UNK", *atoms]), Vocabulary(bag), extra_features=extra_features)


@pytest.mark.parametrize("smiles", SMILES.values(), ids=SMILES)
def test_an_atom_has_one_identifier(smiles: str) -> None:
    mol = parse_structure(smiles).mol
    identifiers = atom_identifiers(mol)
    assert len(identifiers) == mol.GetNumAtoms()
    assert all(identifier.isdigit() for identifier in identifiers)


def test_equal_surroundings_have_equal_identifiers() -> None:
    first, oxygen, second = atom_identifiers(parse_structure("COC").mol)
    assert first == second != oxygen
    benzene = atom_identifiers(parse_structure("c1ccccc1").mol)
    assert len(set(benzene)) == 1
    methyl, methylene, hydroxyl = atom_identifiers(parse_structure("CCO").mol)
    assert len({methyl, methylene, hydroxyl}) == 3


@pytest.mark.parametrize("smiles", SMILES.values(), ids=SMILES)
def test_arrays_have_the_promised_shapes_and_types(smiles: str) -> None:
    molecule = parse_structure(smiles)
    atoms, bonds = molecule.mol.GetNumAtoms(), molecule.mol.GetNumBonds()
    features = featurizer(smiles)(molecule)
    assert features.num_atoms == atoms
    assert (features.atoms.shape, features.atoms.dtype) == ((atoms,), np.int32)
    assert (features.bonds.shape, features.bonds.dtype) == ((2, 2 * bonds), np.int32)
    assert (features.atom_codes.shape, features.atom_codes.dtype) == ((atoms, 8), np.uint8)
    assert (features.bond_codes.shape, features.bond_codes.dtype) == ((2 * bonds, 4), np.uint8)
    assert features.bag.ndim == 1 and features.bag.dtype == np.int32
    assert len(set(features.bag.tolist())) == len(features.bag) > 0
    assert (features.atoms > 0).all()  # every identifier is known here: none is UNK
    assert (features.atom_codes < np.array(ATOM_FEATURE_SIZES)).all()
    assert (features.bond_codes < np.array(BOND_FEATURE_SIZES)).all()


def test_bonds_go_both_ways_with_the_codes_of_their_bond() -> None:
    molecule = parse_structure("C=CO")
    features = featurizer("C=CO")(molecule)
    assert features.bonds.T.tolist() == [[0, 1], [1, 0], [1, 2], [2, 1]]
    assert features.bond_codes[:, 0].tolist() == [1, 1, 0, 0]  # double, double, single, single


def test_codes_say_what_they_name() -> None:
    features = featurizer("[NH3+]Cc1ccccc1")(parse_structure("[NH3+]Cc1ccccc1"))
    element, degree, charge, hydrogens, cip, _, aromatic, ring = features.atom_codes.T.tolist()
    assert element[:3] == [7, 6, 6]
    assert degree[:3] == [1, 2, 3]
    assert charge[:3] == [4, 3, 3]  # +1, 0, 0 from −3 on
    assert hydrogens[:3] == [3, 2, 0]
    assert set(cip) == {0}
    assert aromatic == [0, 0, 1, 1, 1, 1, 1, 1]
    assert ring == [0, 0, 4, 4, 4, 4, 4, 4]  # six-membered, from 2 on


def test_values_beyond_the_codes_share_the_last_one() -> None:
    features = featurizer("[Fe-9]")(parse_structure("[Fe-9]"))
    assert features.atom_codes[0, 2] == 0
    features = featurizer("[U+12]")(parse_structure("[U+12]"))
    assert features.atom_codes[0, 2] == ATOM_FEATURE_SIZES[2] - 1


def test_unknown_parts_are_unk_or_left_out() -> None:
    features = featurizer("CCO")(parse_structure("Brc1ccccc1"))
    assert set(features.atoms.tolist()) == {0}
    assert len(features.bag) < len(molecule_features(parse_structure("Brc1ccccc1").mol))


def test_a_vocabulary_without_unk_refuses_what_it_does_not_know() -> None:
    with pytest.raises(KeyError):
        Featurizer(Vocabulary(["1"]), None)(parse_structure("C"))


def test_parts_without_a_branch_are_empty() -> None:
    molecule = parse_structure("CCO")
    alone = Featurizer(None, Vocabulary(molecule_features(molecule.mol)))(molecule)
    assert (alone.num_atoms, alone.bonds.shape, len(alone.atom_codes)) == (0, (2, 0), 0)
    graph = featurizer("CCO", extra_features=False)
    plain = Featurizer(graph.atoms, None)(molecule)
    assert (plain.atom_codes.shape, plain.bond_codes.shape, len(plain.bag)) == ((3, 0), (4, 0), 0)


def seen_by(smiles: tuple[str, str], part: str) -> bool:
    """Whether two structures differ in a part of their features, atom order aside."""
    first, second = (featurizer(*smiles)(parse_structure(one)) for one in smiles)
    return _sorted(first, part) != _sorted(second, part)


def _sorted(features: MoleculeFeatures, part: str) -> list[object]:
    return sorted(np.asarray(getattr(features, part)).tolist())


@pytest.mark.parametrize("pair", [ENANTIOMERS, DIASTEREOMERS], ids=["enantiomers", "diastereomers"])
def test_configuration_is_seen_by_codes_and_bag_but_not_by_identifiers(pair: tuple[str, str]) -> None:
    assert seen_by(pair, "atom_codes")
    assert seen_by(pair, "bag")
    assert not seen_by(pair, "atoms")


def test_double_bond_geometry_is_seen_by_bond_codes_and_bag() -> None:
    assert seen_by(GEOMETRIC, "bond_codes")
    assert seen_by(GEOMETRIC, "bag")
    assert not seen_by(GEOMETRIC, "atoms")


def test_bag_features_tell_charge_isotopes_and_formula_apart() -> None:
    bags = [
        frozenset(molecule_features(parse_structure(one).mol))
        for one in ("CC(=O)O", "CC(=O)[O-]", "CC(=O)[O-].[Na+]", "C[13C](=O)O", "CCC(=O)O")
    ]
    assert len(set(bags)) == len(bags)


def test_bag_counts_are_features_of_their_own() -> None:
    one, two = (set(molecule_features(parse_structure(s).mol)) for s in ("OCC", "OCCO"))
    assert {f for f in two if f.startswith("eO>")} > {f for f in one if f.startswith("eO>")}


def test_stereocentres_and_double_bonds_are_counted_as_texts_list_them() -> None:
    """(1S,4S,4aR,8aS)- of a cadinane, (2E,4Z)- of a diene, and a centre that nobody has set."""
    cadinane = parse_structure("CC1=C[C@H]2[C@H](C(C)C)CC[C@](C)(O)[C@H]2CC1")
    assert {"sR1S3>1", "sS3>1", "sE0Z0>1", "sunset0>1"} <= set(molecule_features(cadinane.mol))
    diene = parse_structure(r"C/C=C\C=C\C(=O)O")
    assert {"sR0S0>1", "sE1Z1>1"} <= set(molecule_features(diene.mol))
    assert "sunset1>1" in molecule_features(parse_structure("CC(O)C(=O)O").mol)


def test_bag_rows_are_those_of_the_features_names() -> None:
    half = dict.fromkeys(f for one in list(SMILES.values())[::2] for f in molecule_features(parse_structure(one).mol))
    vocabulary = Vocabulary(reversed(half))
    for molecule in map(parse_structure, SMILES.values()):
        wanted = vocabulary.known_rows(molecule_features(molecule.mol))
        assert Featurizer(None, vocabulary)(molecule).bag.tolist() == wanted


def test_names_mean_what_they_meant_to_earlier_checkpoints() -> None:
    """If this fails, checkpoints would read other features than they were trained on: raise FEATURE_VERSION."""
    digest = hashlib.sha256()
    for smiles in example_smiles()[:1288:10]:
        names = molecule_features(parse_structure(smiles).mol)
        digest.update("\n".join(sorted(name for name in names if name[0] in "mftgerdx")).encode())
    assert digest.hexdigest() == "d44c115b894a9eddba29fd50edf95a5ce35cb7a0e9f9803198bb9c482ed8f25e"


def test_features_and_featurizer_cross_process_borders() -> None:
    molecule = parse_structure("CC(=O)Oc1ccccc1C(=O)O")
    original = featurizer(molecule.smiles)
    copy = pickle.loads(pickle.dumps(original))
    here, there = original(molecule), pickle.loads(pickle.dumps(copy(molecule)))
    for part in MoleculeFeatures.__slots__:
        np.testing.assert_array_equal(getattr(here, part), getattr(there, part))


def test_the_same_structure_in_another_format_has_the_same_features() -> None:
    smiles = "C[C@H](N)C(=O)O"
    mol = Chem.MolFromSmiles(smiles)
    texts = [smiles, Chem.MolToInchi(mol), Chem.MolToMolBlock(mol)]
    features = [featurizer(smiles)(parse_structure(text)) for text in texts]
    for part in ("atoms", "bag", "atom_codes", "bond_codes"):
        assert len({str(_sorted(one, part)) for one in features}) == 1
