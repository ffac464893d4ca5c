"""Structures as substructures to look for; patterns of users are tested with filters."""

from __future__ import annotations

import pytest
from rdkit import Chem

from indexer.search.substructure import PatternError, drawn_pattern, match, read_pattern


def smarts(smiles: str) -> str:
    return drawn_pattern(Chem.MolFromSmiles(smiles)).smarts


@pytest.mark.parametrize(
    ("drawn", "found"),
    [
        ("O=C1NC=CC=C1", "Cn1ccccc1=O"),  # a hydrogen is a free place
        ("C[NH3+]", "C[N+](C)(C)C"),
        ("[nH]1cccc1", "Cn1cccc1"),
        ("C1=CC=CC=C1", "Cc1ccccc1"),
        ("[2H]C", "[2H]C([2H])[2H]"),
        (r"CC1=C(C(C)(C)CCC1)/C=C/C(C)=C/C=C/C(C)=C/C=O", r"CC1=C(C(C)(C)CCC1)/C=C/C(C)=C/C=C/C(C)=C/C=O"),
    ],
)
def test_a_drawn_structure_is_found_in_what_contains_it(drawn: str, found: str) -> None:
    assert match([Chem.CanonSmiles(found)], [smarts(drawn)], [])[0] == [True]


def test_stereochemistry_that_is_drawn_counts() -> None:
    both = ["C[C@H](N)C(=O)O", "C[C@@H](N)C(=O)O"]
    assert match(both, [smarts(both[0])], [])[0] == [True, False]
    assert match(both, [smarts("CC(N)C(=O)O")], [])[0] == [True, True]
    bent = ["C/C=C/C", r"C/C=C\C"]
    assert match(bent, [smarts(bent[1])], [])[0] == [False, True]


def test_unconnected_parts_are_few() -> None:
    assert match(["CCO.CCN.CCS.CCF", "CCO.CCN"], [smarts("O.N.S.F")], [])[0] == [True, False]
    with pytest.raises(PatternError, match="has 5 components") as error:
        read_pattern("O.N.S.F.C")
    assert error.value.code == "too_complex"


def test_too_large_a_structure_is_said_in_words_for_one() -> None:
    with pytest.raises(PatternError, match="The structure has 51 atoms") as error:
        smarts("C" * 51)
    assert error.value.code == "too_many_atoms"
