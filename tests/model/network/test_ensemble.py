"""An ensemble's scores are the mean of its members' cosines, in memory, on disk, and through an index."""

from __future__ import annotations

import json
import pickle
from pathlib import Path

import numpy as np
import pytest

from indexer.build import build_release
from indexer.build.options import BuildOptions
from indexer.release import current_release, open_release
from model import (
    CheckpointError,
    DualEncoder,
    EnsembleEncoder,
    TextMoleculeEncoder,
    load_checkpoint,
    parse_structure,
    save_calibration,
    save_checkpoint,
    save_ensemble,
)
from model.network.config import BagConfig, TextEncoderConfig
from tests.support.confidence import a_calibration
from tests.support.tiny import SMILES, TEXTS, make_tiny_checkpoint, tiny_config, tiny_encoder

MOLECULES = [parse_structure(smiles) for smiles in SMILES]


def bags_only(seed: int) -> DualEncoder:
    """Another dimension, other branches, and zero vectors for inputs without a known feature."""
    bag = BagConfig(width=16, min_count=1)
    config = tiny_config(dim=16, text_encoder=None, graph_encoder=None, text_bag=bag, molecule_bag=bag)
    return tiny_encoder(config, seed)


@pytest.fixture
def members(tmp_path: Path) -> list[Path]:
    """Two checkpoints that share neither weights nor dimensions nor branches."""
    save_checkpoint(tmp_path / "bags", bags_only(3), name="bags")
    return [make_tiny_checkpoint(tmp_path / "tiny", seed=1), tmp_path / "bags"]


def mean_of_cosines(encoders: list[TextMoleculeEncoder]) -> np.ndarray:
    return np.mean([one.encode_text(TEXTS) @ one.encode_molecules(MOLECULES).T for one in encoders], axis=0)


def test_dot_products_are_means_of_cosines() -> None:
    encoders: list[TextMoleculeEncoder] = [tiny_encoder(seed=1), tiny_encoder(seed=2), bags_only(3)]
    ensemble = EnsembleEncoder(encoders)
    texts, molecules = ensemble.encode_text(TEXTS), ensemble.encode_molecules(MOLECULES)
    assert texts.shape == (len(TEXTS), ensemble.dim) == (6, 32 + 32 + 16)
    assert texts.dtype == molecules.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(texts, axis=1), 1, atol=1e-6)
    np.testing.assert_allclose(texts @ molecules.T, mean_of_cosines(encoders), atol=1e-6)


def test_features_made_elsewhere_give_the_same_vectors() -> None:
    ensemble = EnsembleEncoder([bags_only(3), tiny_encoder(seed=1)])
    featurizer = pickle.loads(pickle.dumps(ensemble.featurizer))
    features = [featurizer(molecule) for molecule in MOLECULES]
    assert [item.num_atoms for item in features] == [molecule.mol.GetNumAtoms() for molecule in MOLECULES]
    features = pickle.loads(pickle.dumps(features))
    np.testing.assert_allclose(ensemble.encode_features(features), ensemble.encode_molecules(MOLECULES), atol=1e-6)
    read = ensemble.text_featurizer(TEXTS)
    np.testing.assert_allclose(ensemble.encode_text_features(read), ensemble.encode_text(TEXTS), atol=1e-6)


def test_features_of_another_encoder_are_refused() -> None:
    alone = tiny_encoder(seed=1)
    ensemble = EnsembleEncoder([alone, bags_only(3)])
    with pytest.raises(TypeError, match="its own featurizer"):
        ensemble.encode_features([alone.featurizer(MOLECULES[0])])
    with pytest.raises(TypeError, match="its own text_featurizer"):
        ensemble.encode_text_features(alone.text_featurizer(TEXTS))


def test_a_member_that_knows_nothing_of_an_input_abstains() -> None:
    full, bags = tiny_encoder(seed=1), bags_only(3)
    assert not bags.encode_text(["ΩΩ"]).any()
    vector = EnsembleEncoder([full, bags]).encode_text(["ΩΩ"])
    np.testing.assert_allclose(np.linalg.norm(vector), 1, atol=1e-6)
    np.testing.assert_allclose(vector[:, :32], full.encode_text(["ΩΩ"]), atol=1e-6)
    assert not EnsembleEncoder([bags, bags_only(4)]).encode_text(["ΩΩ"]).any()


def test_a_text_counts_as_too_long_exactly_where_a_member_cuts_it() -> None:
    short = tiny_encoder(tiny_config(text_encoder=TextEncoderConfig(source="tiny", max_tokens=9)), seed=2)
    long = tiny_encoder(tiny_config(text_encoder=TextEncoderConfig(source="tiny", max_tokens=12)), seed=3)
    for members in ([short, long], [long, short]):
        ensemble = EnsembleEncoder(members)
        for words in range(1, 14):
            text = " ".join(["salt"] * words)
            cut = any(one.text_featurizer([text])[0].truncated for one in members)
            assert ensemble.text_featurizer([text])[0].truncated is cut is (words > 7)


def test_an_ensemble_without_members_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="at least one member"):
        EnsembleEncoder([])
    with pytest.raises(CheckpointError, match="at least one member"):
        save_ensemble(tmp_path / "none", [], name="none")


def test_a_saved_ensemble_loads_as_what_it_was(tmp_path: Path, members: list[Path]) -> None:
    save_ensemble(tmp_path / "both", members, name="both", metrics={"data": "none"})
    loaded = load_checkpoint(tmp_path / "both")
    assert (loaded.name, loaded.encoder.dim) == ("both", 48)
    assert loaded.info.metrics == {"data": "none"}
    expected = mean_of_cosines([load_checkpoint(member).encoder for member in members])
    scores = loaded.encoder.encode_text(TEXTS) @ loaded.encoder.encode_molecules(MOLECULES).T
    np.testing.assert_allclose(scores, expected, atol=1e-6)
    card = (tmp_path / "both" / "README.md").read_text(encoding="utf-8")
    assert all(load_checkpoint(member).digest in card for member in members)
    with pytest.raises(CheckpointError, match="is an ensemble"):
        _ = loaded.network


def test_an_ensemble_stands_on_its_own_and_moves(tmp_path: Path, members: list[Path]) -> None:
    """Its members are copies: the digest stays when the directory moves, and changes with any member."""
    save_ensemble(tmp_path / "both", members, name="both")
    digest = load_checkpoint(tmp_path / "both").digest
    (tmp_path / "both").rename(tmp_path / "moved")
    for member in members:
        member.rename(member.with_name(f"gone-{member.name}"))
    assert load_checkpoint(tmp_path / "moved").digest == digest
    (tmp_path / "moved" / "members" / "1" / "README.md").write_text("another card", encoding="utf-8")
    assert load_checkpoint(tmp_path / "moved").digest == digest
    make_tiny_checkpoint(tmp_path / "moved" / "members" / "1", seed=7)
    assert load_checkpoint(tmp_path / "moved").digest != digest


def test_ensembles_may_hold_ensembles(tmp_path: Path, members: list[Path]) -> None:
    save_ensemble(tmp_path / "inner", members, name="inner")
    save_ensemble(tmp_path / "outer", [tmp_path / "inner", members[0]], name="outer")
    inner, alone = load_checkpoint(tmp_path / "inner").encoder, load_checkpoint(members[0]).encoder
    outer = load_checkpoint(tmp_path / "outer").encoder
    features = [outer.featurizer(molecule) for molecule in MOLECULES]
    scores = outer.encode_text(TEXTS) @ outer.encode_features(features).T
    np.testing.assert_allclose(scores, mean_of_cosines([inner, alone]), atol=1e-6)


@pytest.mark.parametrize("place", ["../tiny", "/tiny", "members/../../tiny", ""])
def test_members_outside_the_directory_are_refused(tmp_path: Path, members: list[Path], place: str) -> None:
    save_ensemble(tmp_path / "both", members, name="both")
    config = tmp_path / "both" / "config.json"
    values = json.loads(config.read_text(encoding="utf-8"))
    config.write_text(json.dumps(values | {"members": [place]}), encoding="utf-8")
    with pytest.raises(CheckpointError, match="no directory inside the checkpoint"):
        load_checkpoint(tmp_path / "both")


def test_a_failed_save_leaves_nothing(tmp_path: Path, members: list[Path]) -> None:
    with pytest.raises(CheckpointError, match="no checkpoint"):
        save_ensemble(tmp_path / "both", [members[0], tmp_path / "absent"], name="both")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bags", "tiny"]
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("kept", encoding="utf-8")
    with pytest.raises(CheckpointError, match="not overwritten"):
        save_ensemble(tmp_path / "mine", members, name="mine")
    assert (tmp_path / "mine" / "notes.txt").read_text(encoding="utf-8") == "kept"


def test_an_index_of_an_ensemble_finds_by_mean_cosine(tmp_path: Path, members: list[Path]) -> None:
    save_ensemble(tmp_path / "both", members, name="both")
    corpus = tmp_path / "corpus.tsv"
    rows = "".join(f"{row}\t{smiles}\t{text}\n" for row, (smiles, text) in enumerate(zip(SMILES, TEXTS, strict=True)))
    corpus.write_text("id\tsmiles\tdescription\n" + rows, encoding="utf-8")
    build_release(BuildOptions(checkpoint=str(tmp_path / "both"), molecules=(corpus,), out=tmp_path / "index"))
    current = current_release(tmp_path / "index")
    assert current is not None
    release = open_release(current)
    try:
        assert release.manifest.dim == 48
        ensemble = load_checkpoint(tmp_path / "both").encoder
        hits = release.molecules.search(ensemble.encode_text(TEXTS), len(SMILES))
        expected = mean_of_cosines([load_checkpoint(member).encoder for member in members])
        np.testing.assert_array_equal(np.argsort(-expected, axis=1, kind="stable"), hits.rows)
        np.testing.assert_allclose(hits.scores, -np.sort(-expected, axis=1), atol=1e-5)
    finally:
        release.close()


def test_an_ensemble_is_calibrated_as_one(members: list[Path], tmp_path: Path) -> None:
    save_calibration(load_checkpoint(members[0]), a_calibration("of a member.tsv"))
    save_ensemble(tmp_path / "both", members, name="both")
    ensemble = load_checkpoint(tmp_path / "both")
    assert ensemble.info.calibration is None  # a member's says nothing of the mean
    save_calibration(ensemble, a_calibration("of both.tsv"))
    calibrated = load_checkpoint(tmp_path / "both")
    assert calibrated.info.calibration == a_calibration("of both.tsv")
    assert calibrated.digest == ensemble.digest
    card = (tmp_path / "both" / "README.md").read_text()
    assert "of both.tsv" in card and "members/2" in card
