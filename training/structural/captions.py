"""Rule-based captions of the parts of a structure, for molecules that nobody described in such words.

A caption names nearly all of the molecule's parts, in any order and wording, and often its formula and weight: "A
compound with a pyridine ring, two cyano groups and no stereocentre. Its formula is C7H3N3." A shorter caption fits
many molecules equally well, and training on such captions hurts (docs/results.md).
"""

from __future__ import annotations

import random

from rdkit import Chem
from rdkit.Chem import Descriptors
from rdkit.Chem.rdMolDescriptors import CalcMolFormula

from training.structural.parts import found_in

_FEWEST, _MOST = 4, 14
_OPENINGS = (
    "The molecule contains {}.",
    "The molecule has {}.",
    "It has {}.",
    "A compound with {}.",
    "A molecule containing {}.",
    "A compound that bears {}.",
)
_FORMULAS = ("Its formula is {}.", "The molecular formula is {}.", "Formula {}.")
_WEIGHTS = ("Its molecular weight is {:.1f}.", "Molecular weight {:.0f}.")


def structural_caption(mol: Chem.Mol, rng: random.Random) -> str | None:
    """A caption of the molecule; None if it has fewer than four parts."""
    found = found_in(mol)
    if len(found) < _FEWEST:
        return None
    phrases = [rng.choice(one.all) for one in rng.sample(found, min(_MOST, len(found)))]
    sentences = [rng.choice(_OPENINGS).format(f"{', '.join(phrases[:-1])} and {phrases[-1]}")]
    if rng.random() < 0.5:
        sentences.insert(rng.choice((0, 1)), rng.choice(_FORMULAS).format(CalcMolFormula(mol)))
    if rng.random() < 0.25:
        sentences.append(rng.choice(_WEIGHTS).format(Descriptors.MolWt(mol)))  # type: ignore[attr-defined]
    return " ".join(sentences)
