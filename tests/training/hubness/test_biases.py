"""`molseek-train biases`: what CSLS subtracts, for an index to carry."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from model import load_checkpoint, parse_structure
from tests.support.tiny import SMILES, TEXTS
from training.cli import app
from training.config import ConfigError
from training.hubness.biases import BiasRequest, Side, make_biases


@pytest.fixture
def pairs(tmp_path: Path) -> str:
    path = tmp_path / "pairs.tsv"
    rows = [*zip(SMILES, TEXTS, strict=True), (SMILES[0], TEXTS[1]), ("no structure", TEXTS[0])]
    path.write_text("smiles\tdescription\n" + "".join(f"{s}\t{t}\n" for s, t in rows), encoding="utf-8")
    return str(path)


@pytest.mark.parametrize("side", ["molecules", "descriptions"])
def test_half_the_mean_cosine_to_the_nearest_of_the_other_side(
    side: Side, pairs: str, tiny_checkpoint: Path, tmp_path: Path
) -> None:
    encoder = load_checkpoint(tiny_checkpoint).encoder
    vectors = np.random.default_rng(0).normal(size=(5, encoder.dim)).astype(np.float32)
    np.save(tmp_path / "vectors.npy", vectors)
    texts, molecules = encoder.encode_text(TEXTS), encoder.encode_molecules([parse_structure(s) for s in SMILES])
    cosines = vectors @ (texts if side == "molecules" else molecules).T / np.linalg.norm(vectors, axis=1)[:, None]
    arguments = ["biases", "--checkpoint", str(tiny_checkpoint), "--pairs", pairs, "--side", side]
    arguments += ["--vectors", str(tmp_path / "vectors.npy"), "--out", str(tmp_path / "bias.npy")]
    result = CliRunner().invoke(app, [*arguments, "--neighbours", "2", "--workers", "0"])
    assert result.exit_code == 0, result.output
    biases = np.load(tmp_path / "bias.npy")
    assert biases.dtype == np.float32
    np.testing.assert_allclose(biases, -0.5 * np.sort(cosines, axis=1)[:, -2:].mean(axis=1), atol=1e-5)


def test_vectors_of_something_else_are_refused(pairs: str, tiny_checkpoint: Path, tmp_path: Path) -> None:
    def asked(path: Path) -> BiasRequest:
        return BiasRequest(str(tiny_checkpoint), (pairs,), "molecules", path, workers=0)

    np.save(tmp_path / "narrow.npy", np.zeros((3, 7), np.float32))
    with pytest.raises(ConfigError, match="32 dimensions"):
        make_biases(asked(tmp_path / "narrow.npy"))
    with pytest.raises(ConfigError, match="cannot be read"):
        make_biases(asked(tmp_path / "none.npy"))
