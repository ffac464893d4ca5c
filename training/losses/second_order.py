"""Second-order similarity losses (Song et al., arXiv 2410.23715, eqs. 6 to 10): similarity *distributions* agree.

For a batch, each row i of the four similarity matrices text–text, molecule–molecule, text–molecule and
molecule–text becomes a distribution over the batch by a softmax of cosines over a temperature.

Where the paper is unclear: its eq. 6 says "cosine distance" where only a similarity makes the nearest neighbour the
most probable, so cosine similarity is used; it gives no temperature, so the `paper` preset keeps the literal 1 and
other presets may sharpen it. The instance itself stays in its distributions, in all four alike.
"""

from __future__ import annotations

from torch import Tensor, nn


def uni_to_uni_loss(text: Tensor, molecule: Tensor, *, temperature: float = 1.0) -> Tensor:
    """L_u2u: mean_i KL(P_tt ‖ P_mm) + KL(P_mm ‖ P_tt), both with gradient.

    text, molecule: (batch, dim), L2-normalised; row i of both is a pair. Returns a scalar ≥ 0.
    """
    tt = _log_distribution(text, text, temperature)
    mm = _log_distribution(molecule, molecule, temperature)
    return _kl(tt, mm) + _kl(mm, tt)


def uni_to_cross_loss(text: Tensor, molecule: Tensor, *, temperature: float = 1.0) -> Tensor:
    """L_u2c: mean_i KL(P_tt ‖ P_tm) + KL(P_mm ‖ P_mt); the uni-modal side is the teacher and gets no gradient.

    text, molecule: (batch, dim), L2-normalised; row i of both is a pair. Returns a scalar ≥ 0.
    """
    tt = _log_distribution(text, text, temperature).detach()
    mm = _log_distribution(molecule, molecule, temperature).detach()
    tm = _log_distribution(text, molecule, temperature)
    mt = _log_distribution(molecule, text, temperature)
    return _kl(tt, tm) + _kl(mm, mt)


def _log_distribution(anchors: Tensor, others: Tensor, temperature: float) -> Tensor:
    """log softmax over rows of cosines / temperature: (batch, batch)."""
    return nn.functional.log_softmax(anchors @ others.T / temperature, dim=1)


def _kl(teacher: Tensor, student: Tensor) -> Tensor:
    """mean_i KL(teacher_i ‖ student_i), both as log-probabilities."""
    return nn.functional.kl_div(student, teacher, reduction="batchmean", log_target=True)
