"""Salts are told from what only a name puts together."""

import pytest

from indexer.chemistry.adducts import is_a_salt


@pytest.mark.parametrize(
    ("smiles", "is_salt"),
    [
        ("OCC(=O)[C@@H](O)[C@H](O)[C@H](O)CO.OP(=O)(O)O.OP(=O)(O)O", False),  # "fructose bisphosphate"
        ("Cl.CCO", False),
        ("[Cl-].CO", False),  # "methanol chloride"
        ("Cl.CN", True),
        ("CC(=O)[O-].[Na+]", True),
        ("O.O.OC(=O)C(=O)O", True),
        ("CSC.B", True),
        ("O.OCC(O)CO", True),
        ("CCO", True),
    ],
)
def test_components_that_lie_beside_each_other(smiles: str, is_salt: bool) -> None:
    assert is_a_salt(smiles) is is_salt
