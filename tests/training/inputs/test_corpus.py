"""What is made of molecules and texts is made once, and is what the network asks for."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from model import parse_structure
from model.network.config import BagConfig
from tests.support.recipes import compounds, fresh, recipe, write_vectors
from tests.support.tiny_run import SMALL, write_tiny_files
from training.inputs import corpus as corpus_module
from training.inputs.corpus import Corpus
from training.inputs.featurize import count_features
from training.inputs.vocabularies import bag_vocabulary, count_text_features
from training.runs import run_data as run_data_module
from training.runs.compare import compare
from training.runs.compare_request import CompareRequest


def test_features_are_those_of_the_network_and_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = compounds(12)
    vectors = write_vectors(tmp_path / "vectors.npz", chosen)
    encoder, _ = fresh(recipe(vectors), chosen)
    texts, smiles = [one.description for one in chosen], [one.smiles for one in chosen]
    corpus = Corpus(smiles, texts, workers=0)
    found = corpus.molecule_features(encoder.featurizer)
    for features, one in zip(found, smiles, strict=True):
        expected = encoder.featurizer(parse_structure(one))
        for part in ("atoms", "bonds", "atom_codes", "bond_codes", "bag"):
            np.testing.assert_array_equal(getattr(features, part), getattr(expected, part))
    read = corpus.text_features(encoder.text_featurizer)
    for one, expected_text in zip(read, encoder.text_featurizer(texts), strict=True):
        np.testing.assert_array_equal(one.tokens, expected_text.tokens)
        np.testing.assert_array_equal(one.bag, expected_text.bag)
    monkeypatch.setattr(corpus_module, "featurize", None)  # whoever calls it now fails
    again, _ = fresh(recipe(vectors, seed=1), chosen)  # another network that wants to know the same
    assert corpus.molecule_features(again.featurizer) is found
    assert corpus.text_features(again.text_featurizer) is read


def test_networks_that_ask_otherwise_get_their_own(tmp_path: Path) -> None:
    chosen = compounds(12)
    vectors = write_vectors(tmp_path / "vectors.npz", chosen)
    corpus = Corpus([one.smiles for one in chosen], [one.description for one in chosen], workers=0)
    rich = recipe(vectors)
    graph = rich.model.graph_encoder
    assert graph is not None
    plain = rich.model.model_copy(update={"graph_encoder": graph.model_copy(update={"extra_features": False})})
    for config in (rich, rich.model_copy(update={"model": plain})):
        encoder, _ = fresh(config, chosen)
        columns = 8 if encoder.featurizer.extra_features else 0
        assert all(one.atom_codes.shape[1] == columns for one in corpus.molecule_features(encoder.featurizer))


def test_vocabularies_are_made_once_and_by_what_a_bag_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = compounds(12)
    texts, smiles = [one.description for one in chosen], [one.smiles for one in chosen]
    corpus = Corpus(smiles, texts, workers=0)
    few, many = BagConfig(min_count=3, max_features=10), BagConfig(min_count=1, max_features=10_000)
    found = {
        config.max_features: (corpus.text_vocabulary(config), corpus.molecule_vocabulary(config))
        for config in (few, many)
    }
    for config in (few, many):
        counts = count_text_features(texts), count_features(smiles, 0)
        assert found[config.max_features] == tuple(bag_vocabulary(one, config) for one in counts)
    monkeypatch.setattr(corpus_module, "count_text_features", None)  # whoever calls them now fails
    monkeypatch.setattr(corpus_module, "count_features", None)
    dropping = few.model_copy(update={"input_dropout": 0.25})  # drops more, takes the same
    assert corpus.text_vocabulary(dropping) is found[10][0]
    assert corpus.molecule_vocabulary(dropping) is found[10][1]


def test_a_comparison_reads_and_featurises_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = write_tiny_files(tmp_path / "data")
    calls = {"leaks": 0, "featurize": 0}
    find_leaks, featurize = run_data_module.find_leaks, corpus_module.featurize

    def counted_leaks(*arguments: object, **options: object) -> object:
        calls["leaks"] += 1
        return find_leaks(*arguments, **options)  # type: ignore[arg-type]

    def counted_featurize(*arguments: object) -> object:
        calls["featurize"] += 1
        return featurize(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(run_data_module, "find_leaks", counted_leaks)
    monkeypatch.setattr(corpus_module, "featurize", counted_featurize)
    compare(
        CompareRequest(
            presets=("paper", "text2mol_gcn"),
            seeds=(0, 1),
            pairs=(files.pairs,),
            validation=files.validation,
            candidates=files.candidates,
            out=tmp_path / "out",
            overrides=SMALL,
            workers=0,
            device="cpu",
        )
    )
    assert calls == {"leaks": 1, "featurize": 2}  # the training molecules, the pool
