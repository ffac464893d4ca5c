"""Relations that are asked for, and mirror images."""

import pytest
from rdkit import Chem

from indexer.search.relations import Related, ester_name, mirror_image, read_relation


@pytest.mark.parametrize(
    ("text", "related"),
    [
        ("isomers of xylene", Related("isomer", "xylene")),
        ("all constitutional isomers of C6H6", Related("isomer", "C6H6")),
        ("the enantiomer of L-alanine?", Related("enantiomer", "L-alanine")),
        ("the opposite enantiomer of L-alanine", Related("enantiomer", "L-alanine")),
        ("optical isomers of carvone", Related("stereoisomer", "carvone")),
        ("Conjugate base of acetic acid", Related("protonation", "acetic acid")),
        ("show me drugs similar to morphine", Related("like", "morphine")),
        ("aspirin analogues", Related("like", "aspirin")),
        ("derivatives of caffeine", Related("like", "caffeine")),
        ("glucose isomers?", Related("isomer", "glucose")),
        ("ibuprofen enantiomer", Related("enantiomer", "ibuprofen")),
        ("something like ibuprofen, but more soluble", Related("like", "ibuprofen", "more soluble")),
        ("molecules like caffeine but larger", Related("like", "caffeine", "larger")),
        ("the active metabolites of codeine", Related("metabolite", "codeine")),
        ("breakdown product of DDT", Related("metabolite", "DDT")),
        ("paracetamol metabolites", Related("metabolite", "paracetamol")),
        ("prodrug of dopamine?", Related("metabolite", "dopamine")),
        ("isomers", None),
        ("an isomer that smells of lemons", None),
        ("isomers of " + "x" * 400, None),
    ],
)
def test_what_is_asked_for(text: str, related: Related | None) -> None:
    assert read_relation(text) == related


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("methyl ester of salicylic acid", "methyl salicylate"),
        ("The Ethyl ester of 4-aminobenzoic acid?", "ethyl 4-aminobenzoate"),
        ("dimethyl esters of sulfuric acid", "dimethyl sulfate"),
        ("tributyl ester of phosphoric acid", "tributyl phosphate"),
        ("ester of salicylic acid", None),
        ("methyl ester of glycine", None),
        ("what smells of the methyl ester of salicylic acid", None),
        ("methyl ester of " + "x" * 400 + "ic acid", None),
    ],
)
def test_an_ester_is_called_by_its_alcohol_and_its_acid(text: str, name: str | None) -> None:
    assert ester_name(text) == name


@pytest.mark.parametrize(
    "smiles", ["C[C@H](N)C(=O)O", "C[C@@H]1CC[C@@]2(C)C[C@H]1C2", "C/C=C/[C@H](O)F", "CCO", "O[C@H](F)[C@@H](O)F"]
)
def test_a_mirror_image_has_every_centre_turned_and_is_turned_back(smiles: str) -> None:
    mol, mirrored = Chem.MolFromSmiles(smiles), Chem.MolFromSmiles(mirror_image(smiles))
    turned = {"R": "S", "S": "R"}
    assert [turned[label] for _, label in Chem.FindMolChiralCenters(mol, useLegacyImplementation=False)] == [
        label for _, label in Chem.FindMolChiralCenters(mirrored, useLegacyImplementation=False)
    ]
    assert mirror_image(mirror_image(smiles)) == smiles
