"""Second-order similarity losses (Song et al., arXiv 2410.23715, §II-B, eqs. 6 to 8): similarity *distributions* agree.

For a batch, each row i of the four similarity matrices text–text (tt), molecule–molecule (mm), text–molecule (tm) and
molecule–text (mt) becomes a distribution over the batch: a softmax of cosines over a temperature. Both losses have two
terms, named as in Table II; each compares distributions over the same candidates:

    L_u2u = L_t2m + L_m2t    L_t2m = KL(mm ‖ tt)    L_m2t = KL(tt ‖ mm)    eq. 7, both sides trained
    L_u2c = L_2m + L_2t      L_2m = KL(mm ‖ tm)     L_2t = KL(tt ‖ mt)     eq. 8, the uni-modal side a fixed teacher

Where the paper is ambiguous: eq. 6 says "cosine distance", but only a similarity makes the nearest neighbour the most
probable one, so we use cosine similarity. It gives no temperature: the `paper` preset takes it literally as 1, other
presets may sharpen it. Table II describes L_t2m in words, as the divergence "of TTSD from MMSD"; it is read like
L_2m beside it, "of TMSD from MMSD", which eq. 8 writes as KL(mm ‖ tm). The instance itself stays in its distributions.
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor, nn


@dataclass(frozen=True, slots=True)
class SecondOrderTerms:
    """The four divergences, scalars ≥ 0, each the mean over the batch."""

    t2m: Tensor
    m2t: Tensor
    to_molecule: Tensor
    """L_2m"""
    to_text: Tensor
    """L_2t"""


def second_order_terms(text: Tensor, molecule: Tensor, *, temperature: float = 1.0) -> SecondOrderTerms:
    """All four terms of a batch; text, molecule: (batch, dim), L2-normalised, row i of both is a pair."""
    tt = _log_distribution(text, text, temperature)
    mm = _log_distribution(molecule, molecule, temperature)
    tm = _log_distribution(text, molecule, temperature)
    mt = _log_distribution(molecule, text, temperature)
    return SecondOrderTerms(
        t2m=_kl(mm, tt), m2t=_kl(tt, mm), to_molecule=_kl(mm.detach(), tm), to_text=_kl(tt.detach(), mt)
    )


def uni_to_uni_loss(text: Tensor, molecule: Tensor, *, temperature: float = 1.0) -> Tensor:
    """L_u2u (eq. 7): mean_i KL(P_tt ‖ P_mm) + KL(P_mm ‖ P_tt), both with gradient. Shapes as `second_order_terms`."""
    terms = second_order_terms(text, molecule, temperature=temperature)
    return terms.t2m + terms.m2t


def uni_to_cross_loss(text: Tensor, molecule: Tensor, *, temperature: float = 1.0) -> Tensor:
    """L_u2c (eq. 8): mean_i KL(P_tt ‖ P_mt) + KL(P_mm ‖ P_tm), the uni-modal teachers without gradient.

    Shapes as `second_order_terms`.
    """
    terms = second_order_terms(text, molecule, temperature=temperature)
    return terms.to_molecule + terms.to_text


def _log_distribution(anchors: Tensor, others: Tensor, temperature: float) -> Tensor:
    """log softmax over rows of cosines / temperature: (batch, batch)."""
    return nn.functional.log_softmax(anchors @ others.T / temperature, dim=1)


def _kl(teacher: Tensor, student: Tensor) -> Tensor:
    """mean_i KL(teacher_i ‖ student_i), both as log-probabilities."""
    return nn.functional.kl_div(student, teacher, reduction="batchmean", log_target=True)
