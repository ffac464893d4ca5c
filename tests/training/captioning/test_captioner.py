"""Captioning with a T5 made on the spot: only the adapter learns, and what it learned is kept."""

from __future__ import annotations

import pytest
import torch

from tests.support.tiny_run import TRAIN
from training.captioning.captioner import Captioner


def test_only_the_adapter_is_trained_and_its_loss_falls(t5: str) -> None:
    torch.manual_seed(0)
    captioner = Captioner(t5, 8)
    before = {name: value.clone() for name, value in captioner.t5.state_dict().items()}
    smiles, texts = zip(*TRAIN, strict=True)
    vectors = torch.nn.functional.normalize(torch.randn(len(TRAIN), 8), dim=1)
    optimizer = torch.optim.Adam([one for one in captioner.parameters() if one.requires_grad], lr=1e-2)
    losses = []
    for _ in range(20):
        loss = captioner(smiles, vectors, texts)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < losses[0]
    assert all(value.equal(before[name]) for name, value in captioner.t5.state_dict().items())
    with torch.no_grad():
        other = captioner(smiles, vectors.flip(0), texts)
    assert other.item() != pytest.approx(losses[-1], abs=1e-6)  # the molecule is seen
