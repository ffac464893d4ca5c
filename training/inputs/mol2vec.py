"""Mol2vec vectors of Morgan substructure identifiers: trained on any SMILES corpus, or imported.

Jaeger, Fulle, Turk, "Mol2vec", J. Chem. Inf. Model. 2018: a molecule is a sentence, its atoms' Morgan
identifiers of radius 0 and 1 are the words, and skip-gram gives each word a vector. Identifiers seen up to
three times become the one word `UNK`, whose vector then stands for every identifier that training did not
see.

The tokens feed `model.inputs.vocabulary.Vocabulary`, the vectors the atom embedding of the graph encoder.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field
from rdkit import Chem, rdBase

from model.inputs.structure import StructureError, parse_structure
from model.inputs.vocabulary import UNKNOWN
from training.inputs.npz import ArrayFileError, load_arrays
from training.inputs.pickled_vectors import PickledVectorsError, load_pickled_vectors

_LOG = logging.getLogger(__name__)


class Mol2vecError(ValueError):
    """Vectors cannot be trained or read; the message says why."""


class Mol2vecSettings(BaseModel):
    """How vectors are trained; the defaults are those of the Mol2vec publication."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    dim: int = Field(default=300, gt=0)
    radius: int = Field(default=1, ge=0, le=4, description="largest Morgan radius of the identifiers")
    window: int = Field(default=10, gt=0, description="identifiers to each side that count as context")
    rare: int = Field(default=3, ge=0, description="identifiers seen no more often become UNK")
    epochs: int = Field(default=5, gt=0)
    seed: int = Field(default=0, ge=0)


@dataclass(frozen=True, slots=True)
class Mol2vecVectors:
    """tokens: distinct identifiers as decimal text, `UNK` among them; vectors: float32 `(tokens, dim)`."""

    tokens: tuple[str, ...]
    vectors: NDArray[np.float32]

    @property
    def dim(self) -> int:
        return int(self.vectors.shape[1])


_DEFAULT_SETTINGS = Mol2vecSettings()


def train_vectors(smiles: Iterable[str], settings: Mol2vecSettings = _DEFAULT_SETTINGS) -> Mol2vecVectors:
    """Train vectors on a corpus; structures that do not parse are left out and logged.

    One thread, so that the same corpus, settings and library versions give the same vectors. Where the corpus
    has no rare identifier, `UNK` is the mean of all vectors.

    Raises:
        Mol2vecError: mol2vec or gensim is not installed, or no structure of the corpus parses.
    """
    sentence_of = _sentence_function()
    try:
        from gensim.models import Word2Vec
    except ImportError as error:
        raise _missing("gensim") from error
    sentences = []
    skipped = 0
    for one in smiles:
        mol = _canonical_mol(one)
        if mol is None:
            skipped += 1
        else:
            sentences.append(sentence_of(mol, settings.radius))
    if not sentences:
        raise Mol2vecError("The corpus has no structure to train Mol2vec vectors on.")
    if skipped:
        _LOG.warning("Mol2vec: %d structures of the corpus do not parse and were left out", skipped)
    _replace_rare(sentences, settings.rare)

    # mol2vec 0.2.2 cannot train with gensim 4: its train_word2vec_model passes `size`, which is `vector_size`
    # now. So its sentences and its UNK rule are kept (`insert_unk` only works on files), and gensim is called
    # directly with the arguments that the package would pass.
    model = Word2Vec(
        sentences,
        vector_size=settings.dim,
        window=settings.window,
        min_count=1,  # rare identifiers are UNK by now; a rare UNK itself must not vanish
        sg=1,
        epochs=settings.epochs,
        seed=settings.seed,
        workers=1,
    )
    tokens = tuple(model.wv.index_to_key)
    vectors = np.asarray(model.wv.vectors, dtype=np.float32)
    if UNKNOWN not in tokens:
        tokens = (UNKNOWN, *tokens)
        vectors = np.concatenate([vectors.mean(axis=0, keepdims=True), vectors])
    return Mol2vecVectors(tokens, vectors)


def load_vectors(path: Path) -> Mol2vecVectors:
    """Read an `.npz` of `tokens` (text) and `vectors` (float32, `(tokens, dim)`), or Text2Mol's own
    `token_embedding_dict.npy`, a pickled dict, of which nothing is executed.

    Raises:
        Mol2vecError: the file is neither, a token is empty or repeated, `UNK` is missing, or a value is not
            finite.
    """
    if path.suffix == ".npy":
        return _checked(path, *_from_dict(path))
    try:
        tokens, vectors = load_arrays(path, "tokens", "vectors")
    except ArrayFileError as error:
        raise Mol2vecError(str(error)) from error
    if tokens.ndim != 1 or tokens.dtype.kind != "U":
        raise Mol2vecError(f"The tokens in {path} must be one row of text, not {tokens.dtype} {tokens.shape}.")
    if vectors.dtype != np.float32 or vectors.ndim != 2 or len(vectors) != len(tokens) or not vectors.size:
        raise Mol2vecError(
            f"The vectors in {path} must be float32 of the shape ({len(tokens)}, dim), not {vectors.dtype} "
            f"{vectors.shape}."
        )
    return _checked(path, tuple(str(token) for token in tokens), vectors.astype(np.float32, copy=False))


def _from_dict(path: Path) -> tuple[tuple[str, ...], NDArray[np.float32]]:
    try:
        stored = load_pickled_vectors(path)
    except PickledVectorsError as error:
        raise Mol2vecError(str(error)) from error
    return tuple(stored), np.stack(list(stored.values()))


def _checked(path: Path, names: tuple[str, ...], vectors: NDArray[np.float32]) -> Mol2vecVectors:
    if "" in names or len(set(names)) != len(names):
        raise Mol2vecError(f"A token in {path} is empty or occurs more than once.")
    if UNKNOWN not in names:
        raise Mol2vecError(f"{path} has no token {UNKNOWN}, which stands for unknown identifiers.")
    if not bool(np.isfinite(vectors).all()):
        raise Mol2vecError(f"A vector in {path} is not finite.")
    return Mol2vecVectors(names, vectors)


def _replace_rare(sentences: Sequence[list[str]], rare: int) -> None:
    """Identifiers that occur at most `rare` times in all sentences become `UNK`, in place."""
    counts = Counter(token for sentence in sentences for token in sentence)
    for sentence in sentences:
        sentence[:] = [token if counts[token] > rare else UNKNOWN for token in sentence]


def _canonical_mol(smiles: str) -> Chem.Mol | None:
    """Read back from canonical SMILES, as the package does: neighbours in a sentence are neighbours there."""
    try:
        canonical = parse_structure(smiles).smiles
    except StructureError:
        return None
    with rdBase.BlockLogs():
        return Chem.MolFromSmiles(canonical)


def _sentence_function() -> Callable[[Chem.Mol, int], list[str]]:
    try:
        from mol2vec.features import mol2alt_sentence
    except ImportError as error:
        raise _missing("mol2vec") from error

    def sentence(mol: Chem.Mol, radius: int) -> list[str]:
        # The package calls a deprecated RDKit function, which says so once a molecule.
        with rdBase.BlockLogs():
            return list(mol2alt_sentence(mol, radius))

    return sentence


def _missing(package: str) -> Mol2vecError:
    return Mol2vecError(f"Training Mol2vec vectors needs {package}, which is not installed: pip install -e '.[train]'.")
