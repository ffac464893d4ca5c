"""The adapter of a captioner trained on pairs, epoch by epoch."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from model import TextMoleculeEncoder, load_checkpoint
from model.inputs.structure import StructureError, parse_structure
from training.captioning.captioner import Captioner
from training.captioning.metrics import caption_metrics, text2mol_metric
from training.config import ConfigError
from training.evaluation import EvaluationError
from training.pairs import Pair

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class CaptionSettings:
    """Our values: the paper gives none for training the adapter."""

    epochs: int = 10
    batch_size: int = 32
    learning_rate: float = 1e-3
    seed: int = 0


def fit_adapter(
    checkpoint: str, t5: str, pairs: Sequence[Pair], out: Path, settings: CaptionSettings, device: str
) -> int:
    """Train the adapter and keep it in `out` after every epoch; returns how many epochs it has been trained.

    Called again, it resumes after the last whole epoch, with fresh Adam moments.

    Raises:
        ConfigError: the T5 cannot be loaded, or `out` holds an adapter of another T5 or another dimension.
        EvaluationError: no pair has a structure that can be read.
    """
    torch.manual_seed(settings.seed)
    encoder = load_checkpoint(checkpoint, device).encoder
    done = 0
    if (out / "adapter.json").is_file():
        captioner, done = Captioner.load(out)
        if captioner.source != t5 or captioner.adapter is None or captioner.adapter[0].in_features != encoder.dim:
            raise ConfigError(f"{out} holds an adapter of another T5 or checkpoint; choose another --out")
    else:
        captioner = Captioner(t5, encoder.dim)
    captioner.to(device)
    assert captioner.adapter is not None
    readable, vectors = _embedded(encoder, pairs)
    optimizer = torch.optim.Adam(captioner.adapter.parameters(), lr=settings.learning_rate)
    for epoch in range(done, settings.epochs):
        order = np.random.default_rng([settings.seed, epoch]).permutation(len(readable))
        losses = []
        for rows in _batches(order, settings.batch_size):
            chosen = [readable[row] for row in rows]
            smiles, captions = [one.smiles for one in chosen], [one.text for one in chosen]
            loss = captioner(smiles, torch.from_numpy(vectors[rows]), captions)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        captioner.save(out, epoch=epoch + 1)
        log.info("epoch %d  loss %.3f", epoch + 1, np.mean(losses))
    return max(done, settings.epochs)


def evaluate_captions(
    captioner: Captioner,
    checkpoint: str,
    pairs: Sequence[Pair],
    *,
    judge: str | None = None,
    batch_size: int = 32,
    device: str = "cpu",
) -> tuple[dict[str, float], list[str]]:
    """Metrics of the captions of the pairs' molecules, and these captions, one for each readable pair.

    checkpoint: embeds what the captioner sees; judge: a checkpoint for the Text2Mol metric, the same without one.

    Raises:
        EvaluationError: no pair has a structure that can be read.
    """
    encoder = load_checkpoint(checkpoint, device).encoder
    captioner.to(device)
    readable, vectors = _embedded(encoder, pairs)
    captions: list[str] = []
    for rows in _batches(np.arange(len(readable)), batch_size):
        captions += captioner.caption([readable[row].smiles for row in rows], torch.from_numpy(vectors[rows]))
    metrics = caption_metrics(captions, [pair.text for pair in readable])
    if judge is not None:
        encoder = load_checkpoint(judge, device).encoder
        readable, vectors = _embedded(encoder, readable)
    metrics["text2mol"] = text2mol_metric(encoder.encode_text(captions), vectors)
    return metrics, captions


def _embedded(encoder: TextMoleculeEncoder, pairs: Sequence[Pair]) -> tuple[list[Pair], NDArray[np.float32]]:
    readable, molecules = [], []
    for pair in pairs:
        try:
            molecules.append(parse_structure(pair.smiles))
        except StructureError:
            continue
        readable.append(pair)
    if not readable:
        raise EvaluationError("No pair has a readable structure.")
    return readable, encoder.encode_molecules(molecules)


def _batches(rows: NDArray[np.int64], size: int) -> Iterator[NDArray[np.int64]]:
    for start in range(0, len(rows), size):
        yield rows[start : start + size]
