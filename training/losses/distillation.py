"""Distillation: within a batch, match the teachers' similarities."""

from __future__ import annotations

from torch import Tensor, nn


def distillation_loss(text: Tensor, molecule: Tensor, taught: Tensor, *, temperature: float) -> Tensor:
    """mean_i KL(T_i ‖ P_i), the mean of both directions; only P gets a gradient.

    text, molecule: (batch, dim), L2-normalised; taught: (batch, batch), the teachers' cosines of text i and molecule j.
    T and P are softmaxes of the teachers' and of the network's cosines over `temperature`. Returns a scalar ≥ 0.
    """
    taught = taught.detach() / temperature
    similarity = text @ molecule.T / temperature
    return (_kl(taught, similarity) + _kl(taught.T, similarity.T)) / 2


def _kl(teacher: Tensor, student: Tensor) -> Tensor:
    """mean_i KL(teacher_i ‖ student_i) of the rows' softmaxes."""
    target = nn.functional.log_softmax(teacher.float(), dim=1)
    found = nn.functional.log_softmax(student.float(), dim=1)
    return nn.functional.kl_div(found, target, reduction="batchmean", log_target=True)
