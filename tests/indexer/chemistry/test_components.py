"""What a structure is made of is read the same however it is drawn, and isomers are told apart."""

from __future__ import annotations

import pytest
from rdkit import Chem

from indexer.chemistry import Chemistry, Want
from indexer.chemistry.components import Components, may_have_other_forms, read_components
from indexer.chemistry.isomers import Outline, outline
from model.inputs.structure import StructureLimits, parse_structure


def components(smiles: str) -> Components:
    return read_components(parse_structure(smiles))


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("[Li+].[CH2-]CCC", "[Li]CCCC", True),
        ("[Li]C(C)CC", "[Li]CCCC", False),
        ("[Na+].[H-]", "[NaH]", True),
        ("[Fe+2].c1cc[cH-]c1.c1cc[cH-]c1", "C12C3C4C5C1[Fe]23451678C2C1C6C7C28", True),
        ("[K+].[O-][Mn](=O)(=O)=O", "[K+].[Mn+7].[O-2].[O-2].[O-2].[O-2]", True),
        ("[Na+].[O-]C(=O)c1ccc(O)cc1", "[Na+].[O-]C(=O)c1ccccc1O", False),
        ("N[Pt](N)(Cl)Cl", "N.N.Cl[Pt]Cl", True),
    ],
)
def test_the_same_ligands_are_known_however_they_are_bound(one: str, other: str, same: bool) -> None:
    first, second = components(one), components(other)
    assert set(first.formulas) & set(second.formulas)
    assert (first.ligands == second.ligands) is same


@pytest.mark.parametrize(
    ("smiles", "parents", "mixture"),
    [
        ("CC(=O)O.CCO", ["CC(=O)O", "CCO"], True),
        ("CN.Cc1ccc(cc1)S(=O)(=O)O", ["CN"], False),  # of a tosylate the base, though it is smaller
        ("CCN.Cl.CO", ["CCN"], False),
        ("OCC(N)(CO)CO.CCCCCCCC(=O)O", ["CCCCCCCC(=O)O"], False),
        ("[NH4+].CC(=O)[O-]", ["CC(=O)[O-]"], False),
        ("[Na+].[OH-].[Cl-]", [], False),
        ("[K+].[C-]#N", [], False),
        ("N1CCN[Pt]1(Cl)Cl", [], False),
        ("O.O", ["O"], False),
    ],
)
def test_counter_ions_ligands_and_water_are_no_parents(smiles: str, parents: list[str], mixture: bool) -> None:
    found = components(smiles)
    assert (list(found.parents), found.mixture) == (parents, mixture)


@pytest.mark.parametrize(
    ("smiles", "dry"),
    [
        ("O.CCO", "CCO"),
        ("CO.[Na+].[Cl-]", "[Cl-].[Na+]"),
        ("CO.CCO", ""),
        ("O.O", ""),
        ("CCO", ""),
    ],
)
def test_solvents_are_left_out_where_something_else_is_there(smiles: str, dry: str) -> None:
    assert components(smiles).dry == dry


def outlined(smiles: str) -> Outline:
    return outline(Chem.MolFromSmiles(smiles))


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Cc1ccccc1C", "Cc1ccc(C)cc1", True),
        ("Cc1ccccc1C", "CCc1ccccc1", False),
        ("Cc1ccccc1O", "Cc1cccc(O)c1", True),
        ("Cc1ccccc1O", "COc1ccccc1", False),
        ("Cc1ccccc1O", "OCc1ccccc1", False),
        ("O=C(O)c1ccccc1O", "O=C(O)c1ccc(O)cc1", True),
        ("O=C(O)c1ccccc1O", "O=Cc1ccc(O)c(O)c1", False),
        ("OCCCCO", "CC(O)C(C)O", True),
        ("OCCCCO", "COCCOC", False),
        ("CC(C)CCC", "CCC(C)CC", True),
        ("CC(C)CCC", "CCCCCC", False),
    ],
)
def test_isomers_by_the_place_of_their_substituents(one: str, other: str, same: bool) -> None:
    assert (outlined(one) == outlined(other)) is same


@pytest.mark.parametrize(
    ("smiles", "groups"),
    [
        ("C[C@H](N)C(=O)O", "none"),
        ("C[C@H](N)C(=O)O |a:1|", "none"),
        ("C[C@H](N)C(=O)O |&1:1|", "racemic"),
        ("C[C@H](N)C(=O)O |o1:1|", "some"),
        ("C[C@H](O)[C@H](N)C(=O)O |&1:1,3|", "racemic"),
        ("C[C@H](O)[C@H](N)C(=O)O |&1:1|", "some"),
    ],
)
def test_groups_of_centres_are_told(smiles: str, groups: str) -> None:
    chemistry = Chemistry(StructureLimits(), {}, workers=0)
    assert chemistry.read(smiles, "none").result().stereo_groups == groups


@pytest.mark.parametrize(
    ("smiles", "worth"),
    [
        ("CCO", False),
        ("NCC(=O)NCC(=O)O", False),
        ("[13CH3]C", False),
        ("C[SiH3]", False),
        ("CC(=O)[O-].[Na+]", True),
        ("C[N+](C)(C)C", True),
        ("C[Hg]C", True),
        (".".join(["O"] * 100), True),
        (".".join(["O"] * 101), False),
    ],
)
def test_components_are_looked_for_where_there_may_be_another_form(smiles: str, worth: bool) -> None:
    assert may_have_other_forms(smiles) == worth
    chemistry = Chemistry(StructureLimits(), {}, workers=0)
    assert (chemistry.read(smiles, want=Want.COMPONENTS).result().components is not None) == worth
