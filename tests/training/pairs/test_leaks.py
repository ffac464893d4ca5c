"""Leaks between training and held-out molecules: by full InChIKey, whatever the SMILES."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import pytest

from training.pairs import Pair, read_pairs
from training.pairs.leaks import drop_leaks, find_leaks
from training.pairs.structures import inchikeys

ALANINE_L, ALANINE_D, ALANINE = "C[C@H](N)C(=O)O", "C[C@@H](N)C(=O)O", "CC(N)C(=O)O"


def pair(smiles: str, text: str = "a text") -> Pair:
    return Pair(smiles, text, None, "test")


def test_the_same_molecule_leaks_however_it_is_written() -> None:
    train = [pair("OCC"), pair("c1ccccc1O"), pair("C(O)C", "another text"), pair("CCN")]
    report = find_leaks(train, {"validation": ["CCO", "Oc1ccccc1", "CCCC"], "test": ["NCC"]})
    assert report.pairs == {"validation": 3, "test": 1}
    assert report.molecules == {"validation": 2, "test": 1}
    assert report.rows == {0, 1, 2, 3}
    assert not report.clean
    assert drop_leaks(train, report) == []
    assert [leak.held_out for leak in report.examples] == ["validation", "validation", "validation", "test"]
    assert report.examples[0].inchikey == "LFQSCWFLJHTTHZ-UHFFFAOYSA-N"


def test_stereo_isomers_share_connectivity_but_do_not_leak() -> None:
    train = [pair(ALANINE_L), pair(ALANINE), pair("CCO")]
    report = find_leaks(train, {"validation": [ALANINE_D]})
    assert report.clean
    assert report.connectivity == {"validation": 2}
    assert drop_leaks(train, report) == train


def test_dropping_keeps_the_order_of_the_rest_and_leaves_nothing_to_find() -> None:
    train = [pair("CCO"), pair("CC"), pair("C"), pair("OCC"), pair("CCC")]
    held_out = {"validation": ["CCO", "CCC"]}
    report = find_leaks(train, held_out)
    assert report.pairs == {"validation": 3}
    kept = drop_leaks(train, report)
    assert [one.smiles for one in kept] == ["CC", "C"]
    assert find_leaks(kept, held_out).clean


def test_a_report_names_what_leaks() -> None:
    report = find_leaks([pair("OCC")], {"validation": ["CCO"]})
    assert "LFQSCWFLJHTTHZ-UHFFFAOYSA-N OCC (test, validation)" in str(report)


def test_structures_without_an_inchikey_are_compared_by_canonical_smiles_and_counted() -> None:
    train = [pair("*CC"), pair("no molecule"), pair("CCO")]
    report = find_leaks(train, {"validation": ["C(*)C", "also none"]})
    assert report.rows == {0}
    assert report.unreadable == 2


def test_nothing_held_out_is_clean() -> None:
    assert find_leaks([pair("CCO")], {}).clean
    assert find_leaks([], {"validation": ["CCO"]}).clean


@pytest.mark.slow
def test_workers_change_nothing() -> None:
    ends, middles = ["O", "N", "F", "Cl", "Br", "I", "S", "P", "C#N", "C(=O)O"], ["O", "S", "NC", "C(=O)", "C=C", "CF"]
    smiles = [
        f"{one.replace('C(=O)O', 'OC(=O)').replace('C#N', 'N#C')}{'C' * left}{middle}{'C' * right}{other}"
        for one, middle, other in product(ends, middles, ends)
        for left, right in product(range(1, 7), range(6))
    ]
    smiles.append("not a molecule")
    assert len(set(smiles)) > 20_000
    assert inchikeys(smiles, workers=2) == inchikeys(smiles, workers=1)


@pytest.mark.realdata
@pytest.mark.slow
def test_the_open_files_hold_no_validation_molecule(real_data: Path) -> None:
    train = [
        *read_pairs(real_data / "pairs_open.tsv").pairs,
        *read_pairs(real_data / "chebi_ontology.tsv").pairs,
    ]
    validation = read_pairs(real_data / "chebi20_validation.tsv").pairs
    report = find_leaks(train, {"validation": [one.smiles for one in validation]})
    assert report.clean
    assert report.connectivity["validation"] > 1000
