"""A calibration of nothing in particular, for tests of what carries and shows one."""

from __future__ import annotations

from model import Calibration
from model.checkpoint.calibration import ConfidenceCurve, DirectionCalibration, Reliability

CURVE = ConfidenceCurve(sharpness=40.0, none_weight=8.0, none_slope=-7.0, background=0.6)


def a_calibration(fitted_on: str = "pairs.tsv", sha256: str = "0" * 64) -> Calibration:
    text2mol = DirectionCalibration(
        curve=CURVE,
        queries=3301,
        pool=33010,
        first=Reliability(ece=0.0234, brier=0.1762, log_loss=0.5265),
        hits=Reliability(ece=0.0032, brier=0.0554, log_loss=0.1977),
        absent=0.358,
    )
    mol2text = text2mol.model_copy(update={"curve": CURVE.model_copy(update={"sharpness": 20.0}), "pool": 3301})
    return Calibration(fitted_on=fitted_on, sha256=sha256, text2mol=text2mol, mol2text=mol2text)
