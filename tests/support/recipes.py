"""Training runs that take seconds: real recipes, small, over real compounds."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import yaml

from model import DualEncoder, parse_structure
from model.inputs.identifiers import atom_identifiers
from training.config import TrainingConfig
from training.inputs.corpus import Corpus
from training.inputs.dataset import PairDataset
from training.runs.network import build_encoder
from training.runs.run_data import RunFiles

_COMPOUNDS = Path(__file__).parents[2] / "indexer" / "examples" / "compounds.tsv"


@dataclass(frozen=True)
class Compound:
    id: str
    smiles: str
    description: str


def compounds(count: int, start: int = 0) -> list[Compound]:
    """Some compounds of the bundled example corpus, spread over it."""
    with _COMPOUNDS.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    chosen = rows[start :: max(1, len(rows) // count)][:count]
    return [Compound(row["id"], row["smiles"], row["description"]) for row in chosen]


def write_vectors(path: Path, chosen: list[Compound], dim: int = 16) -> Path:
    """Mol2vec vectors (random ones) of the compounds' identifiers, so that no test has to train them."""
    tokens = dict.fromkeys(token for one in chosen for token in atom_identifiers(parse_structure(one.smiles).mol))
    vectors = np.random.default_rng(0).normal(size=(len(tokens) + 1, dim)).astype(np.float32)
    np.savez(path, tokens=np.array(["UNK", *tokens]), vectors=vectors)
    return path


def recipe(vectors: Path, **changes: object) -> TrainingConfig:
    """A small recipe with every branch, every loss and a text encoder from scratch; top-level fields replaceable."""
    values: dict[str, object] = {
        "name": "small",
        "model": {
            "dim": 24,
            "text_encoder": {"source": "scratch", "max_tokens": 48},
            "text_bag": {"width": 24, "min_count": 2, "input_dropout": 0.3},
            "graph_encoder": {"input_dim": 16, "hidden_dim": 24, "layers": 2, "extra_features": True},
            "molecule_bag": {"width": 24, "min_count": 2, "input_dropout": 0.3},
            "projector": {"slots": 4},
        },
        "scratch_text": {"vocabulary_size": 300, "hidden_dim": 24, "layers": 1, "heads": 2},
        "atom_vectors": {"source": str(vectors)},
        "loss": {"adversarial": {"critic_hidden_dim": 16}},
        "optimizer": {"learning_rate": 3e-3},
        "batch_size": 8,
        "epochs": 3,
        "precision": "float32",
    }
    return TrainingConfig.model_validate(values | changes)


def without_dropout(config: TrainingConfig) -> TrainingConfig:
    """The recipe with bags that drop nothing; the text encoder's own dropout is left to `silence`."""
    bags = {
        name: bag.model_copy(update={"input_dropout": 0.0})
        for name, bag in (("text_bag", config.model.text_bag), ("molecule_bag", config.model.molecule_bag))
        if bag is not None
    }
    return config.model_copy(update={"model": config.model.model_copy(update=bags)})


def fresh(config: TrainingConfig, chosen: list[Compound]) -> tuple[DualEncoder, PairDataset]:
    """A new network and its data set."""
    smiles, texts = [one.smiles for one in chosen], [one.description for one in chosen]
    encoder = build_encoder(config, Corpus(smiles, texts, workers=0))
    dataset = PairDataset(
        texts=encoder.text_featurizer(texts),
        molecules=[encoder.featurizer(parse_structure(one)) for one in smiles],
        molecule_of=np.arange(len(chosen)),
        text_of=np.arange(len(chosen)),
        pad_token=encoder.text_featurizer.pad_token,
    )
    return encoder, dataset


def write_pairs(path: Path, chosen: list[Compound]) -> str:
    lines = [f"{one.id}\t{one.smiles}\t{one.description}" for one in chosen]
    path.write_text("\n".join(["id\tsmiles\tdescription", *lines]) + "\n", encoding="utf-8")
    return str(path)


def write_recipe(path: Path, config: TrainingConfig) -> Path:
    path.write_text(yaml.safe_dump(config.model_dump(mode="json")), encoding="utf-8")
    return path


def write_run(directory: Path, pairs: int, validation: int) -> tuple[RunFiles, Path]:
    """Files of a run (to be made in `directory`/run), and a preset file for it."""
    chosen = compounds(pairs + validation)
    held_out, trained = chosen[:validation], chosen[validation:]
    vectors = write_vectors(directory / "vectors.npz", chosen)
    files = RunFiles(
        pairs=[write_pairs(directory / "pairs.tsv", trained)],
        validation=write_pairs(directory / "validation.tsv", held_out),
        candidates=write_pairs(directory / "candidates.tsv", chosen),
        out=directory / "run",
    )
    return files, write_recipe(directory / "small.yaml", recipe(vectors))
