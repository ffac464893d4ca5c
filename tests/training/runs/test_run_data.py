"""Data of runs: leaks, bad structures and ontology rows."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from rdkit import Chem

from tests.support.recipes import Compound, compounds, write_pairs, write_run
from training.config import ConfigError, load_preset
from training.runs.run_data import RunData


def test_leaks_bad_structures_and_other_writings_are_sorted_out(tmp_path: Path) -> None:
    """The held-out molecules, written otherwise, are not trained on; two writings of a molecule are one."""
    files, preset = write_run(tmp_path, pairs=10, validation=4)
    chosen = compounds(14)
    held_out, trained = chosen[:4], chosen[4:]
    rewritten = [
        replace(one, smiles=Chem.MolToSmiles(Chem.MolFromSmiles(one.smiles), rootedAtAtom=0, canonical=False))
        for one in (*held_out, trained[0])
    ]
    wrong = [Compound("bad", "C(C", "A structure that is none."), Compound("valence", "CC(C)(C)(C)C", "Five bonds.")]
    pairs = write_pairs(tmp_path / "more.tsv", [*rewritten, *wrong])
    data = RunData.read(replace(files, pairs=[*files.pairs, pairs]), load_preset(preset), workers=0)
    assert (data.record["pairs"], data.record["molecules"]) == (11, 10)
    assert "4 training pairs of 4 held-out molecules" in str(data.record["leaks"])


def test_a_recipe_says_what_ontology_rows_are_as_texts(tmp_path: Path) -> None:
    files, preset = write_run(tmp_path, pairs=10, validation=4)
    ontology = tmp_path / "ontology.tsv"
    ontology.write_text(
        "chebi_id\tname\tsmiles\tdefinition\tis_a\trelations\n"
        "CHEBI:1\tundecane\tCCCCCCCCCCC\tAn alkane.\talkane; long-chain alkane\thas_role:solvent; has_role:fuel\n"
        "CHEBI:2\tdodecane\tCCCCCCCCCCCC\t\t\t\n",
        encoding="utf-8",
    )

    files = replace(files, pairs=[*files.pairs, str(ontology)])

    def pairs_of(*overrides: str) -> int:
        return len(RunData.read(files, load_preset(preset, overrides), workers=0).corpus.texts)

    assert pairs_of() == 10 + 1
    assert pairs_of("names=true") == 10 + 1 + 2
    assert pairs_of("captions=3") > 10 + 1


def test_pairs_that_are_all_held_out_leave_nothing_to_train_on(tmp_path: Path) -> None:
    files, preset = write_run(tmp_path, pairs=2, validation=4)
    with pytest.raises(ConfigError, match="no pairs to train on"):
        RunData.read(replace(files, pairs=[files.validation]), load_preset(preset), workers=0)
