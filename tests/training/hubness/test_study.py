"""`molseek-train hubness`: files and a checkpoint in; figures, a table and pictures out."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from training.cli import app
from training.evaluation import EvaluationError, evaluate
from training.hubness.findings import PLAIN, Study
from training.hubness.study import HubnessRequest, study
from training.pairs import read_candidates, read_pairs
from training.starting import load_encoder

HELD_OUT = (
    ("1", "CCCCO", "A primary alcohol with four carbon atoms."),
    ("2", "N[C@@H](C)C(=O)O", "An amino acid of proteins that is chiral."),
    ("3", "Cc1ccccc1", "An aromatic solvent."),
    ("4", "CCCCCN", "A primary amine of five carbon atoms."),
)
TRAINED = (("5", "CCO"), ("6", "c1ccccc1O"), ("7", "CC(=O)O"))
UNKNOWN = (("8", "C1CCCCC1"),)
BANK = (
    ("OCC", "An alcohol used as a solvent."),  # molecule 5, written otherwise
    ("CCO", "An alcohol that people drink."),
    ("c1ccccc1O", "A phenol with antiseptic properties."),
    ("CC(=O)O", "An acid."),
    ("CCC(=O)O", "An acid."),  # not in the pool, and worded like 7
    ("CCN", "A base."),
    ("CC1=CC=CC=C1", "A solvent that is held out."),  # molecule 3
    ("not a structure", "Nothing."),
)


@pytest.fixture(scope="module")
def request_(tmp_path_factory: pytest.TempPathFactory, tiny_checkpoint: Path) -> HubnessRequest:
    folder = tmp_path_factory.mktemp("data")
    bank, held_out, pool = (folder / f"{name}.tsv" for name in ("bank", "held_out", "pool"))
    bank.write_text("smiles\tdescription\n" + "".join(f"{s}\t{t}\n" for s, t in BANK), encoding="utf-8")
    rows = "".join(f"{i}\t{s}\t{t}\n" for i, s, t in HELD_OUT)
    held_out.write_text("cid\tsmiles\tdescription\n" + rows, encoding="utf-8")
    molecules = [*((i, s) for i, s, _ in HELD_OUT), *TRAINED, *UNKNOWN]
    pool.write_text("cid\tsmiles\n" + "".join(f"{i}\t{s}\n" for i, s in molecules), encoding="utf-8")
    return HubnessRequest(str(tiny_checkpoint), (str(bank),), str(held_out), str(pool), workers=0)


@pytest.fixture(scope="module")
def found(request_: HubnessRequest) -> Study:
    return study(request_)


def test_the_bank_leaves_out_what_is_held_out_and_counts_distinct_ones(found: Study) -> None:
    bank = found.bank
    assert (bank.pairs, bank.dropped) == (6, 2)
    assert (bank.texts, bank.molecules, bank.shared_texts) == (5, 5, 1)
    assert [way.bank for way in found.ways] == [5, 5, 5]


def test_every_way_has_its_pool_and_knows_what_was_trained_on(found: Study) -> None:
    text2mol, mol2text, among_all = found.ways
    assert (text2mol.queries, text2mol.wrong.pool, text2mol.wrong.pool_trained) == (4, 8, 3)
    assert (mol2text.queries, mol2text.wrong.pool, mol2text.wrong.pool_trained) == (4, 4, 0)
    assert (among_all.queries, among_all.wrong.pool, among_all.wrong.pool_trained) == (4, 9, 5)
    trained = {hub.id for hub in text2mol.occurrence.hubs if hub.trained}
    assert trained == {"5", "6", "7"}
    sizes = {hub.id: hub.size for hub in text2mol.occurrence.hubs}
    assert (sizes["5"], sizes["8"]) == (3, 6)  # heavy atoms
    words = {hub.content: hub.size for hub in among_all.occurrence.hubs}
    assert words["An acid."] == 2


def test_without_correction_it_is_what_evaluate_says(request_: HubnessRequest, found: Study) -> None:
    pairs, candidates = read_pairs(request_.validation).pairs, read_candidates(request_.candidates)
    metrics = evaluate(load_encoder([request_.checkpoint]), pairs, candidates)
    for way, measured in zip(found.ways, (metrics["text2mol"], metrics["mol2text"]), strict=False):
        [plain] = [one for one in way.corrections if one.method == PLAIN]
        assert plain.mrr == pytest.approx(measured.mrr)
        assert (plain.hits1, plain.hits10, plain.mean_rank) == (measured.hits1, measured.hits10, measured.mean_rank)


def test_a_bank_of_held_out_molecules_is_none(request_: HubnessRequest) -> None:
    with pytest.raises(EvaluationError, match="bank"):
        study(
            HubnessRequest(
                request_.checkpoint, (request_.validation,), request_.validation, request_.candidates, workers=0
            )
        )


def test_the_command_writes_what_it_prints(request_: HubnessRequest, found: Study, tmp_path: Path) -> None:
    arguments = ["hubness", "--checkpoint", request_.checkpoint, "--pairs", request_.pairs[0]]
    arguments += ["--validation", request_.validation, "--candidates", request_.candidates, "--workers", "0"]
    arguments += ["--json", str(tmp_path / "hubness.json"), "--png", str(tmp_path / "pictures")]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    written = json.loads((tmp_path / "hubness.json").read_text(encoding="utf-8"))
    assert Study.model_validate(written) == found  # the same again: seeded
    assert written["conditions"]["bank"] == ["bank.tsv"]
    for expected in ("tiny (", "6 pairs", "2 pairs dropped", "## mol2text+bank", "left out", "in (dishonest)"):
        assert expected in result.output
    names = {path.name for path in (tmp_path / "pictures").iterdir()}
    assert names == {"hubness.png", "hubness-corrections.png", "figures.md"}
