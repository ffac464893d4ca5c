"""Kinds of misses on pairs of molecules that a chemist knows."""

from __future__ import annotations

import pytest
from rdkit import Chem

from model.inputs.structure import parse_structure
from training.report.relation import Relation, are_homologues, compare, contracted


@pytest.mark.parametrize(
    ("meant", "found", "relation"),
    [
        pytest.param("CC(=O)[O-]", "CC(=O)O", Relation.PROTONATION, id="acetate, acetic acid"),
        pytest.param("C[C@H](N)C(=O)O", "C[C@H]([NH3+])C(=O)[O-]", Relation.PROTONATION, id="alanine, its zwitterion"),
        pytest.param("CC(=O)[O-].[Na+]", "CC(=O)O", Relation.PROTONATION, id="sodium acetate, acetic acid"),
        pytest.param("CNC.Cl", "C[NH2+]C", Relation.PROTONATION, id="dimethylamine hydrochloride, dimethylammonium"),
        pytest.param("Oc1ccccn1", "O=c1cccc[nH]1", Relation.PROTONATION, id="2-hydroxypyridine, 2-pyridone"),
        pytest.param("CC(=O)C", "C=C(O)C", Relation.PROTONATION, id="acetone, its enol"),
        pytest.param("C[C@H](N)C(=O)O", "C[C@@H](N)C(=O)O", Relation.STEREO, id="L-alanine, D-alanine"),
        pytest.param("C[C@H](N)C(=O)O", "CC(N)C(=O)O", Relation.STEREO, id="L-alanine, alanine"),
        pytest.param("C[C@H](N)C(=O)O", "C[C@@H]([NH3+])C(=O)[O-]", Relation.STEREO, id="L-alanine, D as zwitterion"),
        pytest.param("OC(=O)/C=C/C(=O)O", "OC(=O)/C=C\\C(=O)O", Relation.STEREO, id="fumaric, maleic acid"),
        pytest.param("CCCCO", "CCCCCO", Relation.HOMOLOGUE, id="butanol, pentanol"),
        pytest.param("CCCCCCCC(=O)[O-]", "CCCCCC(=O)O", Relation.HOMOLOGUE, id="octanoate, hexanoic acid"),
        pytest.param("CC[C@H](C)O", "CCC[C@@H](C)O", Relation.HOMOLOGUE, id="2-butanol, 2-pentanol"),
        pytest.param("Cc1ccccc1", "CCc1ccccc1", Relation.HOMOLOGUE, id="toluene, ethylbenzene"),
        pytest.param("Nc1ccc(N)cc1", "Nc1ccccc1N", Relation.SAME_CLASS, id="p- and o-phenylenediamine"),
        pytest.param(
            "C[C@]12CC[C@H]3[C@@H](CCC4=CC(=O)CC[C@@]34C)[C@@H]1CC[C@@H]2O",
            "C[C@]12CC[C@H]3[C@@H](CCC4=CC(=O)CC[C@@]34C)[C@@H]1CCC2=O",
            Relation.SAME_CLASS,
            id="testosterone, androstenedione",
        ),
        pytest.param("CCO", "c1ccccc1", Relation.UNRELATED, id="ethanol, benzene"),
        pytest.param("c1ccccc1", "Cc1ccccc1", Relation.UNRELATED, id="benzene, toluene: no CH2 in a chain"),
        pytest.param("C1CCCCC1O", "C1CCCC1O", Relation.SAME_CLASS, id="cyclohexanol, cyclopentanol: another ring"),
    ],
)
def test_named_pairs(meant: str, found: str, relation: Relation) -> None:
    for truth, hit in ((meant, found), (found, meant)):
        assert compare(parse_structure(truth), parse_structure(hit)).relation is relation


def test_positions_of_a_group_are_no_homologues_and_isomers_are_marked() -> None:
    difference = compare(parse_structure("CCCO"), parse_structure("CC(C)O"))
    assert (difference.relation, difference.isomers) == (Relation.UNRELATED, True)
    assert not are_homologues(Chem.MolFromSmiles("CCCCCCO"), Chem.MolFromSmiles("CC(C)CO"))


def test_the_threshold_of_a_class_is_the_callers() -> None:
    propanols = parse_structure("CCCO"), parse_structure("CC(C)O")
    assert compare(*propanols, same_class=0.1).relation is Relation.SAME_CLASS


def test_chains_are_contracted_and_rings_kept() -> None:
    def of(smiles: str) -> str:
        return contracted(Chem.MolFromSmiles(smiles))

    assert of("CCCCO") == "CO"
    assert of("CCC/C=C/CCO") == of("CC=CO")
    assert of("C1CCCCC1CCO") == of("C1CCCCC1O")
    assert of("C1CC1") == "C1CC1"


def test_single_atoms_and_salts_without_carbon_are_compared_too() -> None:
    assert compare(parse_structure("[Na+].[Cl-]"), parse_structure("[K+].[Br-]")).relation is Relation.UNRELATED
