"""Pairs made of structures: which molecules, how often, and what the record says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from training.cli import app
from training.pairs import PairFileError, read_pairs
from training.pairs.structures import inchikeys
from training.structural.structural_pairs import StructuralPairsSummary, make_structural_pairs

TRAINED = {"CC(=O)Oc1ccccc1C(=O)O": "The molecule is a benzoate.", "OC(=O)c1ccccc1OC(C)=O": "It is the same."}
FURTHER = ("CCOC(=O)c1ccncc1", "N#Cc1ccncc1", "CC(=O)Oc1ccccc1C(=O)O", "C(C", "C")


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, str]:
    pairs, molecules = tmp_path / "pairs.tsv", tmp_path / "molecules.tsv"
    pairs.write_text("smiles\tdescription\n" + "".join(f"{smiles}\t{text}\n" for smiles, text in TRAINED.items()))
    molecules.write_text("id\tsmiles\n" + "".join(f"{row}\t{smiles}\n" for row, smiles in enumerate(FURTHER)))
    return str(pairs), str(molecules)


def described(out: Path) -> list[str]:
    return [pair.smiles for pair in read_pairs(out).pairs]


def test_every_molecule_is_described_once(files: tuple[str, str], tmp_path: Path) -> None:
    out = tmp_path / "deep" / "out.tsv"
    summary = make_structural_pairs([files[0]], out, molecules=[files[1]])
    assert described(out) == ["CC(=O)Oc1ccccc1C(=O)O", "CCOC(=O)c1ccncc1", "N#Cc1ccncc1"]
    assert summary == StructuralPairsSummary(molecules=4, held_out=0, plain=1, captions=3)  # methane: nothing to say
    record = json.loads(out.with_suffix(".json").read_text())
    assert (record["captions"], record["seed"], record["captions_of_each"]) == (3, 0, 1)
    assert [source["source"] for source in record["sources"]] == ["pairs.tsv", "molecules.tsv"]


def test_held_out_molecules_are_left_out_but_for_those_trained_on(files: tuple[str, str], tmp_path: Path) -> None:
    held_out = frozenset(inchikeys([FURTHER[0], FURTHER[2]]).values())
    summary = make_structural_pairs([files[0]], tmp_path / "out.tsv", molecules=[files[1]], held_out=held_out)
    assert described(tmp_path / "out.tsv") == ["CC(=O)Oc1ccccc1C(=O)O", "N#Cc1ccncc1"]
    assert summary.held_out == 1


def test_captions_of_a_molecule_differ_and_depend_on_it_and_the_seed_alone(
    files: tuple[str, str], tmp_path: Path
) -> None:
    def made(*sources: str, seed: int = 0, workers: int = 0) -> dict[str, list[str]]:
        make_structural_pairs(sources, tmp_path / "out.tsv", captions=3, seed=seed, workers=workers)
        texts: dict[str, list[str]] = {}
        for pair in read_pairs(tmp_path / "out.tsv").pairs:
            texts.setdefault(pair.smiles, []).append(pair.text)
        return texts

    both = made(*files)
    assert all(len(set(texts)) == 3 for texts in both.values())
    assert made(files[1])[FURTHER[1]] == both[FURTHER[1]]
    assert made(*files, workers=2) == both
    assert made(*files, seed=1) != both


def test_a_file_without_structures_is_refused_and_what_was_there_stays(files: tuple[str, str], tmp_path: Path) -> None:
    out = tmp_path / "out.tsv"
    out.write_text("as it was")
    (tmp_path / "texts.tsv").write_text("description\nnothing\n")
    with pytest.raises(PairFileError, match=r"texts\.tsv has no structure column"):
        make_structural_pairs([files[0]], out, molecules=[str(tmp_path / "texts.tsv")])
    assert out.read_text() == "as it was"


def test_the_command(files: tuple[str, str], tmp_path: Path) -> None:
    options = ["--pairs", files[0], "--molecules", files[1], "--held-out", files[1], "--workers", "0"]
    answer = CliRunner().invoke(app, ["data", "structures", *options, "--out", str(tmp_path / "out.tsv")])
    assert answer.exit_code == 0, answer.output
    assert "4 molecules; 3 left out" in answer.output
    assert described(tmp_path / "out.tsv") == ["CC(=O)Oc1ccccc1C(=O)O"]
    nothing = CliRunner().invoke(app, ["data", "structures", "--out", str(tmp_path / "out.tsv")])
    assert nothing.exit_code == 2
