"""Tuning of a trained text tower on queries for classes, roles and parts; the molecule tower stays fixed.

A text that says only a class has many answers. In the batches of contrastive training most of them count as wrong,
and training on such texts from the start costs more than it brings (docs/results.md). With the vectors fixed,
all answers are known at once: what is learned is a softmax over every training molecule, equal for all that answer. All
other texts are to stay where they are: those of training, as the network sees them without dropout, anchor the tower.
"""

from __future__ import annotations

import contextlib
import copy
import random
import time
from collections.abc import Sequence
from pathlib import Path

import torch
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor, nn
from tqdm import tqdm

from model import DualEncoder
from model.inputs.batch import collate_texts
from training.categories.questions import Question, Questions
from training.config import OptimizerConfig
from training.loop.optimizers import encoder_optimizer, learning_rate_factor, set_learning_rates
from training.loop.precision import autocast_dtype
from training.loop.run_state import Position, load_state, save_state


class TuningSettings(BaseModel):
    """questions, anchors: texts of either kind in a step; anchor_weight: of 1 − cosine of anchors
    before and now; temperature: of the softmax over molecules.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    steps: int = Field(default=150, ge=1)
    questions: int = Field(default=512, ge=1)
    anchors: int = Field(default=512, ge=1)
    anchor_weight: float = Field(default=500.0, ge=0)
    temperature: float = Field(default=0.05, gt=0)
    optimizer: OptimizerConfig = OptimizerConfig(
        name="adamw",
        learning_rate=1e-3,
        text_learning_rate=3e-5,
        bag_learning_rate=1e-3,
        schedule="cosine",
        warmup_share=0.05,
        clip_norm=1.0,
    )
    seed: int = Field(default=0, ge=0)


def tune(
    network: DualEncoder,
    questions: Questions,
    molecules: Tensor,
    texts: Sequence[str],
    settings: TuningSettings,
    state: Path,
    *,
    save_every_seconds: float = 60.0,
) -> None:
    """Tune the text tower of `network` in place. Called again with the same arguments it resumes from `state`.

    Args:
        network: as it was trained, on the device to compute on.
        molecules: float32 (questions.molecules, dim), the network's own vectors of them, L2-normalised.
        texts: all that it was trained on; some are sampled for each step.
        state: directory for weights and optimizer, saved now and then.
    """
    with torch.no_grad():
        before = copy.deepcopy(network).eval()
    network.requires_grad_(False)
    for part in (network.text_encoder, network.text_bag):
        if part is not None:
            part.requires_grad_(True)
    optimizer = encoder_optimizer(settings.optimizer, network, ())
    learned = [parameter for group in optimizer.param_groups for parameter in group["params"]]
    modules: dict[str, nn.Module] = {"network": network}
    position = load_state(state, modules, {"encoder": optimizer}) or Position()
    saved = time.monotonic()
    with tqdm(total=settings.steps, initial=position.step, unit="step", disable=None, mininterval=1) as progress:
        for step in range(position.step, settings.steps):
            rng = random.Random(f"{settings.seed} {step}")
            torch.manual_seed(rng.getrandbits(63))  # dropout
            set_learning_rates(optimizer, learning_rate_factor(settings.optimizer, step, settings.steps))
            optimizer.zero_grad(set_to_none=True)
            sampled = [questions.sample(rng) for _ in range(settings.questions)]
            vectors = _embedded(network, [question.text for question in sampled], train=True)
            answer_loss = _answer_loss(vectors, sampled, molecules, settings.temperature)
            anchors = [rng.choice(texts) for _ in range(settings.anchors)]
            places = torch.from_numpy(before.encode_text(anchors)).to(network.device)
            anchor_loss = _distance(_embedded(network, anchors, train=False), places)
            (answer_loss + settings.anchor_weight * anchor_loss).backward()  # type: ignore[no-untyped-call]
            nn.utils.clip_grad_norm_(learned, settings.optimizer.clip_norm or float("inf"))
            optimizer.step()
            progress.update()
            progress.set_postfix(
                answers=f"{answer_loss.item():.3f}", anchors=f"{anchor_loss.item():.4f}", refresh=False
            )
            if step + 1 == settings.steps or time.monotonic() - saved > save_every_seconds:
                save_state(state, Position(step=step + 1), modules, {"encoder": optimizer})
                saved = time.monotonic()
    network.requires_grad_(False).eval()


def _embedded(network: DualEncoder, texts: Sequence[str], *, train: bool) -> Tensor:
    """float32 (texts, dim) with gradient; dropout only in training."""
    network.train(train)
    device = network.device
    dtype = autocast_dtype("auto", device)
    batch = collate_texts(network.text_featurizer(texts), network.text_featurizer.pad_token).to(device)
    with torch.autocast(device.type, dtype) if dtype is not None else contextlib.nullcontext():
        embedding: Tensor = network.embed_texts(batch).embedding
    return embedding.float()


def _answer_loss(texts: Tensor, questions: Sequence[Question], molecules: Tensor, temperature: float) -> Tensor:
    """KL divergence from the answers, all equally probable, to the softmax over all molecules."""
    log_probabilities = nn.functional.log_softmax(texts @ molecules.T / temperature, dim=1)
    target = torch.zeros_like(log_probabilities)
    for row, question in enumerate(questions):
        target[row, list(question.answers)] = 1 / len(question.answers)
    return nn.functional.kl_div(log_probabilities, target, reduction="batchmean")


def _distance(vectors: Tensor, others: Tensor) -> Tensor:
    """Half the mean squared distance of unit vectors, which is 1 − cosine."""
    return (1 - (vectors * others).sum(dim=1)).mean()
