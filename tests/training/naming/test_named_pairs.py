"""Names of a small ontology and of captions as pairs, read by OPSIN itself."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from rdkit import Chem
from typer.testing import CliRunner

from training.cli import app
from training.naming.named_pairs import NamedPairsSummary, make_named_pairs
from training.pairs import FileKind, read_pairs
from training.pairs.structures import inchikeys
from training.pairs.tables import PairFileError, Source, read_table

ONTOLOGY = """chebi_id\tname\tsmiles\tdefinition\tis_a\trelations\tcid
CHEBI:1\t3-hydroxyhexanoic acid\tCCCC(O)CC(=O)O\tA fatty acid.\tfatty acid\tis_conjugate_acid_of:3-hydroxyhexanoate\t
CHEBI:2\tnameless stuff\tCCN\t\tamines\thas_functional_parent:propan-1-amine\t
"""
CAPTIONS = """smiles\tdescription\tchebi_style\tpcdes_split\tcid
CCCl\tThe molecule is a chloroalkane. It derives from a bromoethane.\t1\t\t
CCBr\tThe molecule is a bromoalkane.\t1\t\t
CCI\tThe molecule is a poison. It derives from a methanol.\t0\t\t
"""
HEXANOATE = "CCCC(O)CC(=O)[O-]"


@pytest.fixture
def sources(tmp_path: Path) -> list[str]:
    (tmp_path / "ontology.tsv").write_text(ONTOLOGY)
    (tmp_path / "captions.tsv").write_text(CAPTIONS)
    return [f"{tmp_path / 'captions.tsv'}?chebi_style=1", str(tmp_path / "ontology.tsv")]


def make(
    sources: list[str], out: Path, *held_out: str, variations: int = 20, common: int = 0, seed: int = 0
) -> NamedPairsSummary:
    keys = frozenset(inchikeys(held_out).values())
    return make_named_pairs(sources, keys, out, variations=variations, common=common, seed=seed)


def rows(out: Path) -> dict[str, tuple[str, str, str]]:
    table = read_table(Source(out))
    assert table.columns == ("source", "name", "smiles", "description")
    fields = [row.fields for row in table.rows]
    return {one["name"]: (one["source"], Chem.CanonSmiles(one["smiles"]), one["description"]) for one in fields}


def test_mentioned_names_and_variations_are_pairs(sources: list[str], tmp_path: Path) -> None:
    out = tmp_path / "out" / "names.tsv"
    summary = make(sources, out)
    found = rows(out)
    mentions = {name: row[1] for name, row in found.items() if row[0] == "mention"}
    assert mentions == {
        "3-hydroxyhexanoate": Chem.CanonSmiles(HEXANOATE),
        "propan-1-amine": "CCCN",
        "bromoethane": "CCBr",
    }  # not methanol, of a row that was not selected, nor fatty acid, which is a class
    varied = {name for name, row in found.items() if row[0] == "variation"}
    assert {"4-hydroxyhexanoic acid", "3-hydroxyoctanoate", "chloroethane"} <= varied
    assert "3-hydroxyhexanoic acid" not in found  # the ontology's own names are texts already
    assert found["chloroethane"] == ("variation", "CCCl", "The molecule is chloroethane.")
    assert (summary.own, summary.own_readable, summary.own_same) == (2, 1, 1)  # two names, one of them nonsense
    assert (summary.mentions, summary.varied) == (len(mentions), len(varied))
    pairs = read_pairs(out)
    assert pairs.kind is FileKind.GENERIC
    assert len(pairs.pairs) == len(found)
    assert {pair.source for pair in pairs.pairs} == {"mention", "variation"}


@pytest.mark.slow
def test_held_out_molecules_stay_out_but_for_those_of_the_pairs(sources: list[str], tmp_path: Path) -> None:
    out = tmp_path / "names.tsv"
    make(sources, out)
    everything = {row[1] for row in rows(out).values()}
    assert Chem.CanonSmiles(HEXANOATE) in everything
    summary = make(sources, out, "OC(CCC)CC([O-])=O", "BrCC")
    left = {row[1] for row in rows(out).values()}
    assert everything - left == {Chem.CanonSmiles(HEXANOATE)}  # bromoethane is trained on anyhow
    assert summary.held_out >= 1


@pytest.mark.slow
def test_a_names_variations_depend_on_it_and_the_seed_alone(sources: list[str], tmp_path: Path) -> None:
    out = tmp_path / "names.tsv"
    make(sources, out)
    first = out.read_bytes()
    make(sources, out)
    assert out.read_bytes() == first
    make(sources, out, seed=1)
    assert out.read_bytes() != first
    make(sources[1:], out)
    of_one = {name for name, row in rows(out).items() if row[0] == "variation"}
    make(sources, out)
    assert of_one <= set(rows(out))


def test_common_names_are_those_of_the_files_molecules(sources: list[str], tmp_path: Path) -> None:
    out = tmp_path / "names.tsv"
    summary = make(sources, out, "CCN", variations=0, common=50)  # trained on, so not held out whoever says so
    found = rows(out)
    common = {name: row[1] for name, row in found.items() if row[0] == "common"}
    assert {"ethyl chloride": "CCCl", "monobromoethane": "CCBr", "ethylamine": "CCN"}.items() <= common.items()
    assert set(common.values()) == {"CCCl", "CCBr", "CCN"}  # the hydroxy acid is no compound of commerce
    assert found["bromoethane"][0] == "mention"  # and not said twice
    assert (summary.common, summary.common_molecules) == (len(common), 3)
    assert make(sources, out, variations=0, common=1).common <= 3
    told = json.loads((tmp_path / "names.json").read_text())
    assert (told["common_of_each"], told["chemicals"][0].isdigit()) == (1, True)


def test_what_went_into_it_stands_beside_it(sources: list[str], tmp_path: Path) -> None:
    out = tmp_path / "names.tsv"
    summary = make(sources, out, variations=2, seed=7)
    told = json.loads((tmp_path / "names.json").read_text())
    assert told["varied"] == summary.varied
    assert (told["tries"], told["seed"], told["opsin"][0].isdigit()) == (2, 7, True)
    assert [one["source"] for one in told["sources"]] == ["captions.tsv?chebi_style=1", "ontology.tsv"]


def test_pcdes_as_published_is_a_folder(tmp_path: Path) -> None:
    folder = tmp_path / "pcdes"
    folder.mkdir()
    (folder / "align_smiles.txt").write_text("CCO\n")
    (folder / "align_des_filt3.txt").write_text("it is a solvent. It derives from a propan-1-ol.\n")
    out = tmp_path / "names.tsv"
    make([str(folder)], out, variations=0)
    assert set(rows(out)) == {"propan-1-ol"}
    (origin,) = json.loads((tmp_path / "names.json").read_text())["sources"]
    assert (origin["source"], len(origin["sha256"])) == ("pcdes", 64)


def test_the_command_says_what_it_made(sources: list[str], tmp_path: Path) -> None:
    held_out = tmp_path / "pool.tsv"
    held_out.write_text(f"cid\tsmiles\n1\t{HEXANOATE}\n")
    out = tmp_path / "names.tsv"
    arguments = ["data", "names", "--held-out", str(held_out), "--variations", "0", "--common", "0", "--out", str(out)]
    result = CliRunner().invoke(app, [*arguments, "--pairs", sources[0], "--pairs", sources[1]])
    assert result.exit_code == 0, result.output
    assert "1 left out: their molecules are held out" in result.output
    assert "2 mentioned names and 0 variations written, 0 common names of 0 molecules" in result.output
    assert set(rows(out)) == {"propan-1-amine", "bromoethane"}


def test_a_missing_file_is_told_before_anything_is_read(tmp_path: Path) -> None:
    with pytest.raises(PairFileError, match="cannot be read"):
        make([str(tmp_path / "missing.tsv")], tmp_path / "names.tsv")
