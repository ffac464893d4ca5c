"""What is found in structures, against what a chemist would say of them."""

from __future__ import annotations

import csv
import random
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rdkit import Chem

from indexer.examples import example_corpus
from model import parse_structure
from training.structural.group_names import GROUP_NAMES
from training.structural.parts import found_in, parts_of, parts_of_all
from training.structural.ring_names import RINGS, SEPARATE_RINGS


def phrases(smiles: str) -> set[str]:
    return {phrase for part in parts_of(parse_structure(smiles).mol) for phrase in part.names}


@pytest.mark.parametrize(
    ("smiles", "there", "not_there"),
    [
        ("CC(=O)Oc1ccccc1C(=O)O", "a carboxy group, an acetoxy group, an ester, a phenyl ring", "a phenol, an ether"),
        ("CN1C=NC2=C1C(=O)N(C)C(=O)N2C", "a xanthine, three methyl groups, no stereocentre", "an imidazole, an amine"),
        ("N#Cc1cccnc1", "a pyridine ring, a cyano group, a nitrogen atom, two nitrogen atoms", "an alkyne"),
        ("c1ccc2ncccc2c1", "a quinoline ring, a benzene ring, two rings", "a pyridine ring, three rings"),
        ("CC1(C)SC2C(N)C(=O)N2C1C(=O)O", "a beta-lactam, a penam, a lactam, a primary amine", "a secondary amine"),
        ("C[C@H](N)C(=O)[O-]", "a carboxylate, an alpha-amino acid, a negative charge", "a carboxylic acid"),
        ("CC(=O)Nc1ccc(O)cc1", "a phenol, an acetamide, an amide bond", "an amine, an aniline, an alcohol"),
        ("CN(C)CCC=C1c2ccccc2CCc2ccccc12", "a tertiary amine, a seven-membered ring", "an aniline, a diene"),
        ("C/C=C\\C/C=C/C", "a cis double bond, a trans double bond, two alkenes, no rings", "a conjugated diene"),
        ("OC[C@H]1O[C@@H](O)[C@H](O)[C@@H](O)[C@@H]1O", "a pyranose ring, five hydroxy groups", "an ester, no rings"),
        ("C1CC2OC2C1", "an epoxide, a cyclopentane ring, two rings", "a tetrahydropyran, an ether bond"),
        ("O=C1CCC2(CC1)OCCO2", "a spiro centre, a 1,3-dioxolane, an acetal, a ketone", "a bridged bicycle"),
        ("C1C2CC3CC1CC(C2)C3", "an adamantyl group, a bridged ring system", "a spiro centre, a macrocycle"),
        ("C1CCCCCCCCCCC(=O)OCCC1", "a macrocycle, a lactone", "a seven-membered ring"),
        ("CN1C(=O)CN=C(c2ccccc2)c2cc(Cl)ccc12", "a benzodiazepine, an aryl chloride, a chlorine atom", "an amine"),
        ("Nc1ccc(cc1)S(=O)(=O)Nc1nccs1", "a sulfonamide, a thiazole ring, an aniline", "a sulfone, a thioether"),
        ("[Na+].[O-]C(=O)c1ccccc1", "a sodium atom, more than one component, a benzoyl group", "a negative charge"),
        ("C[N+](C)(C)CCO", "a quaternary ammonium, a positive charge, three methyl groups", "a tertiary amine"),
        ("[2H]C(Cl)(Cl)Cl", "an isotopic label, three chlorine atoms", "a ring"),
        ("CCOP(=S)(OCC)Oc1ccc(cc1)[N+](=O)[O-]", "a nitro group, two ethoxy groups, a phosphorothioate", "an N-oxide"),
        ("C[C@]12CC[C@H]3[C@@H](CCc4cc(O)ccc34)[C@@H]1CC[C@@H]2O", "a steroid nucleus, a phenol", "an enone"),
        ("CC#CCO", "a triple bond between carbons, a primary alcohol", "a terminal alkyne, an ethynyl group"),
        ("OB(O)c1ccccc1", "a boronic acid, a boron atom", "a phenol"),
        ("NC(=N)NCCC", "a guanidino group", "an imine, a urea"),
        ("CCCCCC(CC)CCO", "a chain of eight carbons, a C8 chain", "a C9 chain, a chain of ten carbons"),
        ("C[C@H](O)[C@@H](N)C(=O)O", "two stereocentres, an R stereocentre, a centre of S configuration", "two rings"),
    ],
)
def test_parts_of_known_molecules(smiles: str, there: str, not_there: str, said_of_corpus: set[str]) -> None:
    found = phrases(smiles)
    assert set(there.split(", ")) <= found
    assert not set(not_there.split(", ")) & found
    assert set(not_there.split(", ")) <= said_of_corpus  # else it could never be said


@pytest.fixture(scope="module")
def said_of_corpus() -> set[str]:
    """Everything that is said of the molecules of the bundled corpus, and of an ion, which it has none of."""
    with example_corpus().open(encoding="utf-8", newline="") as file:
        structures = [row["smiles"] for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)]
    return {
        phrase
        for parts in parts_of_all([*structures, "CC(=O)[O-]"], workers=0)
        for part in parts
        for phrase in part.names
    }


RING_LINES = [line for table in (RINGS, SEPARATE_RINGS) for line in table.strip().splitlines()]
GROUP_LINES = GROUP_NAMES.strip().splitlines()
LINES = RING_LINES + GROUP_LINES


@pytest.mark.parametrize("line", RING_LINES)
def test_every_ring_of_the_tables_is_found_in_itself(line: str) -> None:
    names, _, smiles = line.rpartition(": ")
    name = names.split(" | ")[0]
    assert {f"a {name}", f"an {name}"} & phrases(smiles)


def test_every_group_of_the_tables_is_found_somewhere(said_of_corpus: set[str]) -> None:
    uncommon = ("CC(N)=S", "CC=C=CC", "O=C(C=Cc1ccccc1)c1ccccc1")
    said = said_of_corpus.union(*map(phrases, uncommon))
    names = [line.rpartition(": ")[0].split(" | ")[0] for line in GROUP_LINES]
    assert [name for name in names if not {f"a {name}", f"an {name}"} & said] == []


def test_the_tables_name_everything_once_and_read() -> None:
    names = [name for line in LINES for name in line.rpartition(": ")[0].split(" | ")]
    assert all(names)
    assert sorted(names) == sorted(set(names))
    assert all(Chem.MolFromSmarts(line.rpartition(": ")[2]) is not None for line in LINES)


def test_counts_are_told_exactly_up_to_six() -> None:
    assert {"a hydroxy group", "six hydroxy groups"} <= phrases("OCC(O)C(O)C(O)C(O)CO")
    seven = phrases("OCC(O)C(O)C(O)C(O)C(O)CO")
    assert "a hydroxy group" in seven
    assert not any(re.match(r"\w+ hydroxy groups", phrase) for phrase in seven)
    mol = Chem.MolFromSmiles("OCC(O)C(O)C(O)C(O)C(O)CO")
    (hydroxy,) = (one for one in found_in(mol) if "hydroxy group" in one.nouns)
    assert hydroxy.all == ("seven hydroxy groups",)


MOLECULES = (
    "CC(=O)Oc1ccccc1C(=O)O",
    "C[C@H](N)C(=O)O",
    "CC1(C)SC2C(N)C(=O)N2C1C(=O)O",
    "C/C=C\\c1ccncc1",
    "C1CC2OC2C1",
    "CCCC(CC)C(=O)CCCCO",
)


@given(st.sampled_from(MOLECULES), st.randoms(use_true_random=False))
@settings(max_examples=50)
def test_the_order_of_the_atoms_does_not_matter(smiles: str, rng: random.Random) -> None:
    mol = Chem.MolFromSmiles(smiles)
    order = list(range(mol.GetNumAtoms()))
    rng.shuffle(order)
    assert phrases(Chem.MolToSmiles(Chem.RenumberAtoms(mol, order), canonical=False)) == phrases(smiles)


def test_many_molecules_in_processes_as_one_by_one() -> None:
    smiles = [*MOLECULES, "no structure", *MOLECULES * 60]
    found = parts_of_all(smiles, workers=2)
    assert found == parts_of_all(smiles, workers=0)
    assert found[len(MOLECULES)] == []
    assert found[0] == parts_of(parse_structure(MOLECULES[0]).mol)
