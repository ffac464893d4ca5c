"""Salts and charges: what each policy makes of a structure, what records say of it, that queries are treated alike."""

from __future__ import annotations

from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from indexer.policy import Standardization
from indexer.release import current_release, open_release
from indexer.standardize import standardize
from model.inputs.structure import StructureError, parse_structure
from service.app import create_app
from service.settings import Settings
from tests.indexer.conftest import Build


@pytest.mark.parametrize(
    ("given", "largest", "parent"),
    [
        ("CC(=O)[O-].[Na+]", "CC(=O)[O-]", "CC(=O)O"),
        ("C[NH+](C)C.[Cl-]", "C[NH+](C)C", "CN(C)C"),
        ("O=C([O-])c1ccccc1.[K+].O", "O=C([O-])c1ccccc1", "O=C(O)c1ccccc1"),
        ("CC[N+](C)(C)C.[Br-]", "CC[N+](C)(C)C", "CC[N+](C)(C)C"),
        ("[Ca+2].[O-]C(=O)C.[O-]C(=O)C", "CC(=O)[O-]", "CC(=O)O"),
        ("[Na+].[Cl-]", "[Cl-]", "Cl"),
        ("CCO", "CCO", "CCO"),
        ("C[N+](C)(C)CC([O-])=O", "C[N+](C)(C)CC(=O)[O-]", "C[N+](C)(C)CC(=O)[O-]"),
    ],
)
def test_policies(given: str, largest: str, parent: str) -> None:
    molecule = parse_structure(given)
    assert standardize(molecule, "none") is molecule
    for policy, wanted in (("largest-fragment", largest), ("parent", parent)):
        found = standardize(molecule, policy)  # type: ignore[arg-type]
        assert found.smiles == wanted
        assert found.inchikey == parse_structure(wanted).inchikey
        assert standardize(found, policy).smiles == wanted  # type: ignore[arg-type]


def test_what_cannot_be_standardised_is_a_structure_error(monkeypatch: pytest.MonkeyPatch) -> None:
    from indexer import standardize as module

    def broken(*_: object) -> None:
        raise RuntimeError("Sanitization\nfailed")

    monkeypatch.setattr(module, "_parent", broken)
    with pytest.raises(StructureError, match="cannot be standardised: Sanitization failed"):
        standardize(parse_structure("CCO"), "parent")


@pytest.mark.parametrize(
    ("policy", "smiles", "changed"),
    [("none", "CC(=O)[O-].[Na+]", 0), ("largest-fragment", "CC(=O)[O-]", 1), ("parent", "CC(=O)O", 1)],
)
def test_the_policy_is_recorded_and_queries_follow_it(
    build: Build, tiny_checkpoint: Path, tmp_path: Path, policy: Standardization, smiles: str, changed: int
) -> None:
    molecules = tmp_path / "m.tsv"
    molecules.write_text("id\tsmiles\tdescription\nsalt\t[Na+].[O-]C(C)=O\tA salt.\nplain\tCCO\tAn alcohol.\n")
    report = build(molecules, standardize=policy)
    assert report.standardized == report.counts.standardized == changed
    path = current_release(tmp_path / "index")
    assert path is not None
    release = open_release(path)
    assert release.manifest.standardization == policy
    assert release.manifest.options["standardize"] == policy
    salt, plain = release.records.molecules([0, 1])
    assert (salt.smiles, salt.source_smiles) == (smiles, "CC(=O)[O-].[Na+]" if changed else None)
    assert plain.source_smiles is None
    release.close()
    settings = Settings(checkpoint=tiny_checkpoint, index=tmp_path / "index", workers=1)
    with TestClient(create_app(settings)) as client:
        answer = client.post("/search/mol2text", json={"query": "CC(=O)[O-].[K+]"}).json()
        expected = smiles.replace("Na", "K")
        assert answer["understood_as"] == [expected]
        salts = [hit["morgan_similarity"] for hit in answer["results"][0] if hit["id"] == "salt"]
        assert (salts == [1]) == bool(changed)
        answer = client.post("/search/text2mol", json={"query": "A salt.", "reference": "CC(=O)[O-].[K+]"}).json()
        assert answer["morgan_reference"][0]["smiles"] == expected
