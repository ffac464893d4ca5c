"""Molecules and texts to train on or rank, with features and vocabularies computed once for all networks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Sequence

from model.inputs.features import Featurizer, MoleculeFeatures
from model.inputs.text_features import TextFeatures, TextFeaturizer
from model.inputs.vocabulary import Vocabulary
from model.network.config import BagConfig
from training.inputs.featurize import count_features, featurize
from training.inputs.mol2vec import Mol2vecSettings, Mol2vecVectors, train_vectors
from training.inputs.prepared import PreparedInputs
from training.inputs.vocabularies import bag_vocabulary, count_text_features

_KINDS_KEPT = 2  # networks of one comparison mostly ask for the same; features of 50,000 molecules take a gigabyte


class Corpus:
    """smiles: valid structures; texts: about them; workers: RDKit worker processes, 0 for this process; prepared: where
    features are kept for a resumed run.

    Vocabularies, vectors and features are made when first asked for and kept, so that several networks trained on the
    same data need RDKit once. The counts behind a vocabulary, many times its size, are dropped.
    """

    def __init__(
        self, smiles: Sequence[str], texts: Sequence[str], workers: int, prepared: PreparedInputs | None = None
    ) -> None:
        self.smiles = smiles
        self.texts = texts
        self._workers = workers
        self._prepared = prepared
        self._vocabularies: dict[Hashable, Vocabulary] = {}
        self._vectors: dict[Mol2vecSettings, Mol2vecVectors] = {}
        self._molecules: dict[Hashable, list[MoleculeFeatures]] = {}
        self._texts: dict[Hashable, list[TextFeatures]] = {}

    def text_vocabulary(self, config: BagConfig) -> Vocabulary:
        """The vocabulary of text features that `config` asks for."""
        return self._vocabulary("texts", config, lambda: count_text_features(self.texts, american=config.american))

    def molecule_vocabulary(self, config: BagConfig) -> Vocabulary:
        """The vocabulary of molecule features that `config` asks for."""
        return self._vocabulary("molecules", config, lambda: count_features(self.smiles, self._workers))

    def atom_vectors(self, settings: Mol2vecSettings) -> Mol2vecVectors:
        """Mol2vec vectors trained on the molecules.

        Raises:
            Mol2vecError: as `train_vectors` does.
        """
        if settings not in self._vectors:
            self._vectors[settings] = train_vectors(self.smiles, settings)
        return self._vectors[settings]

    def molecule_features(self, featurizer: Featurizer) -> list[MoleculeFeatures]:
        """The features of each molecule, in order."""
        key = featurizer.key
        if key not in self._molecules:
            _make_room(self._molecules)
            self._molecules[key] = (
                self._featurized(featurizer)
                if self._prepared is None
                else self._prepared.features(self.smiles, featurizer, lambda: self._featurized(featurizer))
            )
        return self._molecules[key]

    def _featurized(self, featurizer: Featurizer) -> list[MoleculeFeatures]:
        return complete(featurize(self.smiles, featurizer, self._workers))

    def text_features(self, featurizer: TextFeaturizer) -> list[TextFeatures]:
        """The features of each text, in order."""
        key = featurizer.key
        if key not in self._texts:
            _make_room(self._texts)
            self._texts[key] = featurizer(self.texts)
        return self._texts[key]

    def _vocabulary(self, inputs: str, config: BagConfig, count: Callable[[], Counter[str]]) -> Vocabulary:
        key = inputs, config.min_count, config.max_features, config.american
        if key not in self._vocabularies:
            self._vocabularies[key] = bag_vocabulary(count(), config)
        return self._vocabularies[key]


def complete(features: Sequence[MoleculeFeatures | None]) -> list[MoleculeFeatures]:
    """Features whose structures are known to be valid, so that rows keep their meaning."""
    known = [item for item in features if item is not None]
    if len(known) != len(features):
        raise RuntimeError("a structure that was read before could not be read again")
    return known


def _make_room(kept: dict[Hashable, list[TextFeatures]] | dict[Hashable, list[MoleculeFeatures]]) -> None:
    while len(kept) >= _KINDS_KEPT:
        del kept[next(iter(kept))]
