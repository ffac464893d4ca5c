"""The PCdes protocol, its figures worked out by hand, and a run of the command."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from tests.support.tiny import SMILES, TEXTS
from training.cli import app
from training.evaluation import EvaluationError
from training.evaluation.pcdes import measure, paragraph_figures, select, sentence_figures, sentences_of
from training.pairs import Pair


def pair(smiles: str, text: str = "A text of five whole words.") -> Pair:
    return Pair(smiles, text, None, "pcdes")


def test_sentences_are_cut_as_published() -> None:
    """At every full stop, pieces of fewer than five parts left out (the blank before a piece makes one part)."""
    text = "it is a cephalosporin anion. Flash point 126°F. Used to make silicon. It melts at 1.5 degrees in all"
    assert sentences_of(text) == ["it is a cephalosporin anion", "Used to make silicon", "It melts at 1"]
    assert sentences_of("One two three four five. Too short. a b c d") == ["One two three four five", "a b c d"]
    assert sentences_of("It melts at 1.5 degrees in the open air") == ["5 degrees in the open air"]
    assert sentences_of("Short. A bit longer. No") == ["A bit longer"]
    assert sentences_of("no stop at all in this one") == ["no stop at all in this one"]


def rotated(angles: list[float]) -> np.ndarray:
    return np.stack([np.cos(np.radians(angles)), np.sin(np.radians(angles))], axis=1)


def test_acc_is_counted_within_batches_of_64_and_recall_among_all() -> None:
    """130 molecules on a half circle, texts at the same angles but for three of the first batch and one of the last."""
    angles = np.arange(130) * 1.0
    texts = angles.copy()
    texts[[0, 1, 2]] = [1.0, 2.0, 0.0]  # three texts rotate among three molecules of one batch
    texts[128] = 129.4  # in the last batch of two, both texts are nearest to molecule 129
    keys = [f"molecule {row}" for row in range(130)]
    figures = paragraph_figures(rotated(list(texts)), rotated(list(angles)), keys)
    assert figures.acc_text2mol == pytest.approx(126 / 130)
    # Of the last batch molecule 129 finds text 129 at its own angle, and molecule 128 finds 129 before 128.
    assert figures.acc_mol2text == pytest.approx(126 / 130)
    assert figures.rec20_text2mol == figures.rec20_mol2text == 1.0


def test_a_counterpart_in_another_batch_does_no_harm_to_acc_but_to_recall() -> None:
    """Every text of the first batch lies beside a molecule of the second, and there 21 of them are nearer."""
    keys = [f"molecule {row}" for row in range(128)]
    molecules = np.concatenate([np.eye(64, 65), np.tile(np.eye(65)[64], (64, 1))])
    texts = molecules.copy()
    texts[0] = 0.5 * np.eye(65)[0] + np.eye(65)[64]
    figures = paragraph_figures(texts, molecules, keys)
    # Batch 1 knows no molecule of batch 2, so text 0 finds its molecule; in batch 2 all 64 tie, which is no hit.
    assert figures.acc_text2mol == pytest.approx(64 / 128)
    # Among all, text 0 has 64 molecules before its own; the texts of batch 2 tie at the mean rank 32.5 and more.
    assert figures.rec20_text2mol == pytest.approx(63 / 128)


def test_the_same_molecule_twice_is_right_both_times() -> None:
    molecules = rotated([0.0, 0.0, 90.0])
    texts = rotated([10.0, 20.0, 80.0])
    assert paragraph_figures(texts, molecules, ["a", "a", "b"]).acc_text2mol == 1.0
    assert paragraph_figures(texts, molecules, ["a", "c", "b"]).acc_text2mol == pytest.approx(1 / 3)


def test_sentence_scores_are_mean_cosines() -> None:
    """Text 0 has sentences at 0° and 180°, which cancel out; text 1 has one at 60°, text 2 two at 30°."""
    starts = np.array([0, 2, 3, 5])
    sentences = np.array([1, 5, 1, 3, 1])[:, None] * rotated([0.0, 180.0, 60.0, 30.0, 30.0])
    molecules = rotated([0.0, 60.0, 30.0])
    many = np.concatenate([molecules, np.tile(rotated([45.0]), (20, 1))])
    keys = [f"molecule {row}" for row in range(23)]
    all_starts = np.concatenate([starts, 5 + np.arange(1, 21)])
    all_sentences = np.concatenate([sentences, np.tile(rotated([45.0]), (20, 1))])
    figures = sentence_figures(all_sentences, all_starts, many, keys, draws=1)
    # Molecule 0 to text 0: mean of cos 0° and cos 180° is 0, and every other text is nearer: rank 23.
    # Molecules 1 and 2 have their text first. The 20 alike tie: molecules 3 to 22 have mean rank 10.5 of 20, all in 20.
    assert figures.rec20_mol2text == pytest.approx(22 / 23)
    # Text 0 is equally far (0) from all molecules: mean rank 12 of 23, within 20.
    assert figures.rec20_text2mol == 1.0


def test_acc_by_sentence_draws_one_sentence_of_each_text() -> None:
    """Text 0 is right by one of its two sentences: half of the draws, and text 1 always."""
    sentences, starts = rotated([0.0, 90.0, 90.0]), np.array([0, 2, 3])
    molecules, keys = rotated([0.0, 90.0]), ["a", "b"]
    once = {sentence_figures(sentences, starts, molecules, keys, draws=1, seed=seed).acc_text2mol for seed in range(20)}
    assert once == {0.5, 1.0}
    many = sentence_figures(sentences, starts, molecules, keys, draws=400, seed=0)
    assert many.acc_text2mol == pytest.approx(0.75, abs=0.05)
    assert many == sentence_figures(sentences, starts, molecules, keys, draws=400, seed=0)


def test_overlap_is_told_by_inchikey_and_left_out() -> None:
    test = [pair("CCO"), pair("c1ccccc1O"), pair("OCC"), pair("nonsense"), pair("N[C@@H](C)C(=O)O")]
    train = [pair("C(C)O"), pair("N[C@H](C)C(=O)O"), pair("also nonsense")]
    chosen = select(test, train)
    assert [one.smiles for one in chosen.pairs] == ["c1ccccc1O", "N[C@@H](C)C(=O)O"]
    assert (chosen.given, chosen.unreadable, chosen.overlap, chosen.overlap_molecules) == (5, 1, 2, 1)
    unknown = select(test)
    assert (len(unknown.pairs), unknown.overlap, unknown.overlap_molecules) == (4, None, None)
    assert unknown.keys[0] == unknown.keys[2]
    with pytest.raises(EvaluationError, match="No pair is left"):
        select([pair("CCO")], [pair("OCC")])


def test_nothing_drawn_is_refused() -> None:
    class Never:
        def encode_text(self, texts: object) -> np.ndarray:
            raise AssertionError

        encode_molecules = encode_text

    with pytest.raises(ValueError, match="at least one sentence"):
        measure(Never(), select([pair("CCO")]), draws=0)


@pytest.fixture
def split_file(tmp_path: Path) -> Path:
    rows = [
        f"{s}\t{t} It has a second sentence too.\t{'test' if i else 'train'}"
        for i, (s, t) in enumerate(zip(SMILES, TEXTS, strict=True))
    ]
    path = tmp_path / "pcdes.tsv"
    path.write_text("smiles\tdescription\tpcdes_split\n" + "\n".join(rows) + "\n", encoding="utf-8")
    return path


def test_command(tiny_checkpoint: Path, split_file: Path, tmp_path: Path) -> None:
    trained = tmp_path / "trained.tsv"
    trained.write_text("smiles\tdescription\nOc1ccccc1\tPhenol.\nCCCC\tButane.\n", encoding="utf-8")
    out = tmp_path / "figures.json"
    arguments = ["pcdes", "--checkpoint", str(tiny_checkpoint), "--workers", "0"]
    answer = CliRunner().invoke(
        app,
        [*arguments, "--pairs", f"{split_file}?pcdes_split=test", "--trained-on", str(trained), "--json", str(out)],
    )
    assert answer.exit_code == 0, answer.output
    figures = json.loads(out.read_text(encoding="utf-8"))
    assert (figures["pairs"], figures["given"], figures["overlap"], figures["overlap_molecules"]) == (4, 5, 1, 1)
    assert figures["sentences"] == 8
    assert figures["paragraph"]["rec20_text2mol"] == 1.0
    assert "4 of 5 pairs, 8 sentences; 1 left out, of 1 molecule that training saw; 0 unreadable" in answer.output
    assert f"| paragraph | {100 * figures['paragraph']['acc_text2mol']:.2f} | 100.00 |" in answer.output
    without = CliRunner().invoke(app, [*arguments, "--pairs", str(split_file)])
    assert isinstance(without.exception, EvaluationError)
    assert "?pcdes_split=test" in str(without.exception)


def test_an_ensemble_is_measured_by_its_mean_cosine(tiny_checkpoint: Path, split_file: Path, tmp_path: Path) -> None:
    """The same checkpoint twice is itself."""
    outputs = []
    for copies in (1, 2):
        sources = ["--checkpoint", str(tiny_checkpoint)] * copies
        answer = CliRunner().invoke(
            app, ["pcdes", *sources, "--pairs", f"{split_file}?pcdes_split=test", "--workers", "0"]
        )
        assert answer.exit_code == 0, answer.output
        outputs.append(answer.output)
    assert outputs[0] == outputs[1]
    assert "overlap with the training pairs unknown" in outputs[0]
