from __future__ import annotations

from model import parse_structure
from training.pairs.structures import Structures


def test_the_same_molecule_has_one_key_and_one_canonical_smiles_however_it_is_written() -> None:
    structures = Structures.read(["OCC", "CCO", "CCN"], workers=0)
    assert structures.key("OCC") == structures.key("CCO") == "LFQSCWFLJHTTHZ-UHFFFAOYSA-N"
    assert structures.canonical("OCC") == structures.canonical("CCO") == "CCO"
    assert structures.key("CCN") != structures.key("CCO")


def test_what_was_not_read_ahead_is_read_when_asked_for() -> None:
    ahead, later = Structures.read(["C(*)C", "no molecule"], workers=0), Structures()
    for smiles in ("C(*)C", "no molecule"):
        assert (later.canonical(smiles), later.key(smiles)) == (ahead.canonical(smiles), ahead.key(smiles))


def test_a_structure_without_an_inchikey_has_its_canonical_smiles_and_an_invalid_one_nothing() -> None:
    structures = Structures()
    assert structures.key("C(*)C") == parse_structure("C(*)C").smiles
    assert (structures.canonical("no molecule"), structures.key("no molecule")) == ("", "")
