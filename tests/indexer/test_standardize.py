"""Salts and charges: what each policy makes of a structure, what records say of it, that queries are treated alike."""

from __future__ import annotations

import csv
from importlib.metadata import version
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from rdkit import Chem

from indexer import policy
from indexer.errors import BuildError, ReleaseError
from indexer.examples import example_corpus
from indexer.policy import CHEMBL_PACKAGE, Standardization
from indexer.release import current_release, open_release
from indexer.release.manifest import read_manifest
from indexer.standardize import standardize
from model.checkpoint import load_checkpoint
from model.inputs.structure import StructureError, parse_structure
from service.answering.serving import open_serving
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
    for name, wanted in (("largest-fragment", largest), ("parent", parent)):
        found = standardize(molecule, name)  # type: ignore[arg-type]
        assert found.smiles == wanted
        assert found.inchikey == parse_structure(wanted).inchikey
        assert standardize(found, name).smiles == wanted  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ("C[NH+](C)C.[Cl-]", "CN(C)C"),
        ("CC(=O)Oc1ccccc1C(=O)[O-].[K+].O", "CC(=O)Oc1ccccc1C(=O)O"),
        ("CC(=O)O.NCCc1ccccc1", "NCCc1ccccc1"),
        ("[Na+].[Cl-]", "[Cl-].[Na+]"),
        ("[NH3+]CC(=O)[O-]", "NCC(=O)O"),
        ("[2H]C([2H])([2H])Oc1ccccc1", "COc1ccccc1"),
        ("C[C@H]([2H])O", "CCO"),
        ("CC(O)=N", "CC(N)=O"),
        ("O[C@@H]([C@H](O)C(=O)O)C(=O)O.CCCCN", "CCCCN"),
        ("N[Pt](N)(Cl)Cl", "N[Pt](N)(Cl)Cl"),
    ],
)
def test_chembl_keeps_the_parent_that_its_pipeline_makes(given: str, wanted: str) -> None:
    pipeline = pytest.importorskip("chembl_structure_pipeline")
    molecule = parse_structure(given)
    found = standardize(molecule, "chembl")
    assert found.smiles == parse_structure(wanted).smiles
    parent, _ = pipeline.get_parent_mol(pipeline.standardize_mol(molecule.mol))
    assert found.smiles == parse_structure(Chem.MolToSmiles(parent)).smiles


def test_chembl_is_the_pipeline_itself_on_the_bundled_corpus() -> None:
    pipeline = pytest.importorskip("chembl_structure_pipeline")
    with example_corpus().open(encoding="utf-8", newline="") as stream:
        smiles = [row["smiles"] for row in csv.DictReader(stream, delimiter="\t")][::12]
    for each in smiles:
        molecule = parse_structure(each)
        parent, _ = pipeline.get_parent_mol(pipeline.standardize_mol(molecule.mol))
        assert standardize(molecule, "chembl").smiles == parse_structure(Chem.MolToSmiles(parent)).smiles


def test_a_release_says_which_version_standardised_it_and_needs_the_package(
    build: Build, molecules_file: Path, tiny_checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("chembl_structure_pipeline")
    build(molecules_file, standardize="chembl")
    path = current_release(tmp_path / "index")
    assert path is not None
    manifest = read_manifest(path)
    assert manifest.versions[CHEMBL_PACKAGE] == version(CHEMBL_PACKAGE)
    build(molecules_file, standardize="none", out=tmp_path / "other")
    other = current_release(tmp_path / "other")
    assert other is not None and CHEMBL_PACKAGE not in read_manifest(other).versions

    monkeypatch.setattr(policy, "find_spec", lambda name: None)
    with pytest.raises(
        ReleaseError, match=r"standardised as by ChEMBL [\d.]+, which needs the package chembl.*'\.\[chembl"
    ):
        open_serving(path, load_checkpoint(tiny_checkpoint), verify=False)
    with pytest.raises(BuildError, match=r"^--standardize chembl needs the package chembl-structure-pipeline: pip"):
        build(molecules_file, standardize="chembl")


def test_what_cannot_be_standardised_is_a_structure_error(monkeypatch: pytest.MonkeyPatch) -> None:
    from indexer import standardize as module

    def broken(*_: object) -> None:
        raise RuntimeError("Sanitization\nfailed")

    monkeypatch.setitem(module._POLICIES, "parent", broken)  # type: ignore[arg-type]
    with pytest.raises(StructureError, match="cannot be standardised: Sanitization failed"):
        standardize(parse_structure("CCO"), "parent")


@pytest.mark.parametrize(
    ("policy", "smiles", "changed"),
    [
        ("none", "CC(=O)[O-].[Na+]", 0),
        ("largest-fragment", "CC(=O)[O-]", 1),
        ("parent", "CC(=O)O", 1),
        ("chembl", "CC(=O)[O-].[Na+]", 0),  # all of it is in ChEMBL's list of salts: kept
    ],
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
