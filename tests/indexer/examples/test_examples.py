"""The bundled corpus is right: structures fit their formulas, names and structures are unique, stereo is right."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from rdkit import Chem
from rdkit.Chem import rdCIPLabeler, rdMolDescriptors

from indexer.corpus import Row, open_corpus
from indexer.examples import example_corpus
from model.inputs.structure import parse_structure

ROWS = (
    [line.split("\t") for line in example_corpus().read_text(encoding="utf-8").splitlines()]
    if example_corpus().exists()
    else []
)
pytestmark = pytest.mark.skipif(not ROWS, reason="compounds.tsv has not been merged yet")

# CIP labels of atoms and double bonds, in any order.
CIP_LABELS = {
    "L-alanine": "S",
    "L-cysteine": "R",
    "L-threonine": "RS",
    "levodopa": "S",
    "naproxen": "S",
    "adrenaline": "R",
    "nicotine": "S",
    "(-)-menthol": "RRS",
    "oseltamivir": "RRS",
    "L-ascorbic acid": "RS",
    "cholesterol": "RRRRSSSS",
    "testosterone": "RRSSSS",
    "quinine": "RRSS",
    "morphine": "RRRSS",
    "oleic acid": "Z",
    "elaidic acid": "E",
    "fumaric acid": "E",
    "maleic acid": "Z",
}

# Standard InChIKeys as chemical databases have them, written down independently of the corpus. The second block tells
# stereoisomers apart.
INCHIKEYS = {
    "adenosine": "OIRDTQYFTABQOQ-KQYNXXCUSA-N",
    "adrenaline": "UCTWMZQNUQWSLP-VIFPVBQESA-N",
    "amoxicillin": "LSQZJLSUYDQPKJ-NJBDSQKTSA-N",
    "arachidonic acid": "YZXBAPSDXZZRGB-DOFZRALJSA-N",
    "artemisinin": "BLUAFEHZUWYNDE-NNWCWBAJSA-N",
    "aspirin": "BSYNRYMUTXBXSQ-UHFFFAOYSA-N",
    "atorvastatin": "XUKUURHRXDUEBC-KAYWLYCHSA-N",
    "benzylpenicillin": "JGSARLDLIJGVTE-MBNYWOFBSA-N",
    "biotin": "YBJHBAHKTGYVGT-ZKWXMUAHSA-N",
    "caffeine": "RYYVLZVUVIJVGH-UHFFFAOYSA-N",
    "capsaicin": "YKPUWZUDDOIDPM-SOFGYWHQSA-N",
    "captopril": "FAKRSMQSSFJEIM-RQJHMYQMSA-N",
    "chloramphenicol": "WIIZWVCIJKGZOK-RKDXNWHRSA-N",
    "cholesterol": "HVYWMOMLDIMFJA-DPAQBDIFSA-N",
    "cocaine": "ZPUCINDJVBIVPJ-LJISPDSOSA-N",
    "codeine": "OROGSEYTTFOCAN-DNJOTXNNSA-N",
    "colchicine": "IAKHMKGGTNLKSZ-INIZCTEOSA-N",
    "curcumin": "VFLDPWHFBUODDF-FCXRPNKRSA-N",
    "dexamethasone": "UREBDLICKHMUKA-CXSFZGCWSA-N",
    "digoxin": "LTMHDMANZUZIPE-PUGKRICDSA-N",
    "elaidic acid": "ZQPPMHVWECSIRJ-MDZDMXLPSA-N",
    "enalapril": "GBXSMTUPTTWBMN-XIRDDKMYSA-N",
    "erythromycin": "ULGZDMOVFRHVEP-RWJQBGPGSA-N",
    "escitalopram": "WSEQXVZVJXJVFP-FQEVSTJZSA-N",
    "estradiol": "VOXZDWNPVJITMN-ZBRFXRBCSA-N",
    "folic acid": "OVBPIULPVIDEAO-LBPRGKRZSA-N",
    "fumaric acid": "VZCYOOQTPOCHFL-OWOJBTEDSA-N",
    "ibuprofen": "HEFNNWSXXWATRW-UHFFFAOYSA-N",
    "L-alanine": "QNAYBMKLOCPYGJ-REOHCLBHSA-N",
    "L-ascorbic acid": "CIWBSHSKHKDKBQ-JLAZNSOCSA-N",
    "L-cysteine": "XUJNEKJLAYXESH-REOHCLBHSA-N",
    "L-lactic acid": "JVTAAEKCZFNVCJ-REOHCLBHSA-N",
    "L-proline": "ONIBWKKTOPOVIA-BYPYZUCNSA-N",
    "L-threonine": "AYFVYJQAPQTCCC-GBXIJSLDSA-N",
    "L-tryptophan": "QIVBCDIJIAJPQS-VIFPVBQESA-N",
    "levodopa": "WTDRDQBEARUVNC-LURJTMIESA-N",
    "levothyroxine": "XUIIKFGFIJCVMT-LBPRGKRZSA-N",
    "lisinopril": "RLAWWYSOJDYHDC-BZSNNMDCSA-N",
    "lovastatin": "PCZOHLXUXFIOCF-BXMDZJJMSA-N",
    "maleic acid": "VZCYOOQTPOCHFL-UPHRSURJSA-N",
    "melatonin": "DRLFMBDRBRZALE-UHFFFAOYSA-N",
    "morphine": "BQJCRHHNABKAKU-KBQPJGBKSA-N",
    "nicotine": "SNICXCGAKADSCV-JTQLQIEISA-N",
    "oleic acid": "ZQPPMHVWECSIRJ-KTKRTIGZSA-N",
    "oseltamivir": "VSZGPKBBMSAYNT-RRFJBIMHSA-N",
    "paclitaxel": "RCINICONZNJXQF-MZXODVADSA-N",
    "prednisolone": "OIGNJSKKLXVSLS-VWUMJDOOSA-N",
    "progesterone": "RJKFOVLPORLFTN-LEKSSAKUSA-N",
    "prostaglandin E2": "XEYBRNLFEZDVAW-ARSRFYASSA-N",
    "quinine": "LOUPRKONTZGTKE-WZBLMQSHSA-N",
    "resveratrol": "LUKBXSAWLPMMSZ-OWOJBTEDSA-N",
    "riboflavin": "AUNGANRZJHBGPY-SCRDCRAPSA-N",
    "simvastatin": "RYMZZMVNJRMUDD-HGQWONQESA-N",
    "strychnine": "QMGVPVSNSZLJIA-FVWCLLPLSA-N",
    "sucrose": "CZMRCDWAGMRECN-UGDNZRGBSA-N",
    "testosterone": "MUMGGOZAMZWBJJ-DYKIIFRCSA-N",
    "tetracycline": "OFVLGDICTFRJMM-WESIUVDSSA-N",
}


def cells() -> list[dict[str, str]]:
    return [dict(zip(ROWS[0], row, strict=True)) for row in ROWS[1:]]


def test_columns_and_size() -> None:
    assert ROWS[0] == ["id", "name", "smiles", "formula", "description", "synonyms", "tags"]
    assert len(ROWS) - 1 >= 400
    assert all(len(row) == 7 and all(cell == cell.strip() != "" for cell in row) for row in ROWS)


def test_the_indexer_reads_every_row() -> None:
    rows = list(open_corpus("example", "molecules").rows())
    assert len(rows) == len(ROWS) - 1
    assert all(isinstance(row, Row) and row.description and row.name and row.id for row in rows)


def test_every_structure_has_its_stated_formula() -> None:
    wrong = []
    for row in cells():
        mol = parse_structure(row["smiles"]).mol
        computed = rdMolDescriptors.CalcMolFormula(mol)
        if computed != row["formula"]:
            wrong.append((row["name"], row["formula"], computed))
    assert wrong == []


def test_ids_names_and_structures_are_unique() -> None:
    rows = cells()
    keys = {
        "id": [row["id"] for row in rows],
        "name": [row["name"].casefold() for row in rows],
        "inchikey": [parse_structure(row["smiles"]).inchikey for row in rows],
        "description": [row["description"].casefold() for row in rows],
    }
    for key, values in keys.items():
        repeated = [value for value, count in Counter(values).items() if count > 1]
        assert repeated == [], f"{key} occurs more than once"


def test_descriptions_are_one_to_three_sentences() -> None:
    wrong = []
    for row in cells():
        sentences = len(re.findall(r"[.!?](?=\s+[A-Z(\d]|$)", row["description"]))
        if not (row["description"].endswith(".") and 1 <= sentences <= 3 and len(row["description"]) >= 40):
            wrong.append((row["name"], sentences, row["description"]))
    assert wrong == []


def by_name(name: str) -> dict[str, str]:
    return next(row for row in cells() if row["name"].casefold() == name.casefold())


@pytest.mark.parametrize("name", CIP_LABELS)
def test_stereocentres_of_well_known_compounds(name: str) -> None:
    mol = Chem.MolFromSmiles(by_name(name)["smiles"])
    rdCIPLabeler.AssignCIPLabels(mol)
    labels = [part.GetProp("_CIPCode") for part in (*mol.GetAtoms(), *mol.GetBonds()) if part.HasProp("_CIPCode")]
    assert sorted(labels) == sorted(CIP_LABELS[name])


@pytest.mark.parametrize("name", INCHIKEYS)
def test_structures_of_well_known_compounds(name: str) -> None:
    assert parse_structure(by_name(name)["smiles"]).inchikey == INCHIKEYS[name]
