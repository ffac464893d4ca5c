"""Parts of molecules by the names that a request gives them, and a SMARTS for each that says just that."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache

from rdkit import Chem

from indexer.search.substructure import MOST_CHARACTERS, Pattern, read_pattern

SYMBOLS: dict[str, tuple[str, ...]] = {
    "halogen": ("F", "Cl", "Br", "I"),
    "aluminum": ("Al",),
    "antimony": ("Sb",),
    "arsenic": ("As",),
    "bismuth": ("Bi",),
    "boron": ("B",),
    "bromine": ("Br",),
    "calcium": ("Ca",),
    "carbon": ("C",),
    "chlorine": ("Cl",),
    "chromium": ("Cr",),
    "cobalt": ("Co",),
    "copper": ("Cu",),
    "fluorine": ("F",),
    "gallium": ("Ga",),
    "germanium": ("Ge",),
    "gold": ("Au",),
    "iodine": ("I",),
    "iridium": ("Ir",),
    "iron": ("Fe",),
    "lead": ("Pb",),
    "lithium": ("Li",),
    "magnesium": ("Mg",),
    "manganese": ("Mn",),
    "mercury": ("Hg",),
    "nickel": ("Ni",),
    "nitrogen": ("N",),
    "oxygen": ("O",),
    "palladium": ("Pd",),
    "phosphorus": ("P",),
    "platinum": ("Pt",),
    "potassium": ("K",),
    "rhodium": ("Rh",),
    "ruthenium": ("Ru",),
    "selenium": ("Se",),
    "silicon": ("Si",),
    "silver": ("Ag",),
    "sodium": ("Na",),
    "sulfur": ("S",),
    "tin": ("Sn",),
    "titanium": ("Ti",),
    "uranium": ("U",),
    "vanadium": ("V",),
    "zinc": ("Zn",),
}
"""Of the elements that a request may name, in American spelling."""
# Hydrogen, boron, carbon and so on, half-metals included, but for antimony.
_NO_METALS = 0, 1, 2, *range(5, 11), *range(14, 19), *range(32, 37), *range(52, 55), 85, 86
_NUMBER = Chem.GetPeriodicTable().GetAtomicNumber
ELEMENTS: dict[str, str] = {
    "metal": f"[{';'.join(f'!#{number}' for number in _NO_METALS)}]",
    **{name: f"[{','.join(f'#{_NUMBER(symbol)}' for symbol in symbols)}]" for name, symbols in SYMBOLS.items()},
}
# Neither of an amide nor of anything with a further heteroatom at the nitrogen.
_AMINE = "!$(N[C,S,P]=[O,S,N]);!$(N~[#7,#8,#16]);!$(N=*);!$(N#*)"
GROUPS: dict[str, str] = {
    "acetyl": "[CH3]C(=O)[!#1]",
    "acid chloride": "[CX3](=O)Cl",
    "acyl chloride": "[CX3](=O)Cl",
    "aldehyde": "[$([CX3H1](=O)[#6]),$([CX3H2]=O)]",
    "alkene": "[CX3]=[CX3]",
    "alkyne": "[CX2]#[CX2]",
    "amide": "[CX3](=O)[NX3]",
    "amine": f"[NX3,NX4+;{_AMINE}][#6]",
    "amino": f"[NX3,NX4+;{_AMINE}][#6]",
    "anhydride": "[CX3](=O)[OX2][CX3](=O)",
    "azide": "[NX2,NX1]=[NX2+]=[NX1-]",
    "azo": "[#6]N=N[#6]",
    "boronic acid": "[#6]B([OX2H])[OX2H]",
    "carbamate": "[NX3]C(=O)[OX2][#6]",
    "carbonyl": "[CX3]=[OX1]",
    "carboxy": "[CX3](=O)[OX2H1,OX1-]",
    "carboxylate": "[CX3](=O)[OX2H1,OX1-]",
    "carboxylic acid": "[CX3](=O)[OX2H1,OX1-]",
    "cyano": "[CX2]#[NX1]",
    "disulfide": "[#6][SX2][SX2][#6]",
    "epoxide": "C1OC1",
    "ester": "[#6][CX3](=O)[OX2][#6]",
    "ether": "[OX2;!$(O[C,S,P]=[O,S,N])]([#6])[#6]",
    "guanidine": "NC(=N)N",
    "hydrazine": "[NX3;!$(N=*);!$(NC=[O,S])][NX3;!$(NC=[O,S])]",
    "hydrazone": "[CX3]=[NX2][NX3]",
    "hydroxy": "[OX2H]",
    "hydroxyl": "[OX2H]",
    "imine": "[CX3]=[NX2;!$(N~[N,O,S])]",
    "isocyanate": "N=C=O",
    "isopropyl": "[CX4;H1]([CH3])[CH3]",
    "isothiocyanate": "N=C=S",
    "ketone": "[#6][CX3](=O)[#6]",
    "methoxy": "[#6][OX2][CH3]",
    "nitrile": "[CX2]#[NX1]",
    "nitro": "[$([NX3](=O)=O),$([NX3+](=O)[O-])]",
    "oxime": "[CX3]=[NX2][OX2]",
    "peroxide": "[OX2][OX2]",
    "phenol": "c[OX2H]",
    "phosphate": "[PX4](=O)([OX2,OX1-])([OX2,OX1-])[OX2,OX1-]",
    "phosphonate": "[#6][PX4](=O)([OX2,OX1-])[OX2,OX1-]",
    "primary amine": f"[$([NX3;H2]),$([NX4+;H3]);{_AMINE}][#6]",
    "quaternary ammonium": "[NX4+]([#6])([#6])([#6])[#6]",
    "secondary amine": f"[$([NX3;H1]),$([NX4+;H2]);{_AMINE}]([#6])[#6]",
    "sulfate": "[SX4](=O)(=O)([OX2,OX1-])[OX2,OX1-]",
    "sulfonamide": "[SX4](=O)(=O)[NX3]",
    "sulfonate": "[#6][SX4](=O)(=O)[OX2,OX1-]",
    "sulfone": "[#6][SX4](=O)(=O)[#6]",
    "sulfonic acid": "[SX4](=O)(=O)[OX2H1,OX1-]",
    "sulfoxide": "[#6][$([SX3]=O),$([S+][O-])][#6]",
    "tert-butyl": "[CX4;H0]([CH3])([CH3])[CH3]",
    "tertiary amine": f"[$([NX3;H0]),$([NX4+;H1]);{_AMINE}]([#6])([#6])[#6]",
    "thioether": "[#6][SX2][#6]",
    "thiol": "[#6][SX2H]",
    "trifluoromethyl": "[#6](F)(F)F",
    "urea": "[NX3]C(=O)[NX3]",
}
RINGS: dict[str, str] = {
    "aromatic": "a",
    "azetidine": "C1CNC1",
    "aziridine": "C1NC1",
    "benzene": "c1ccccc1",
    "benzimidazole": "c1nc2ccccc2n1",
    "benzofuran": "o1ccc2ccccc12",
    "beta-lactam": "O=C1CCN1",
    "carbazole": "c1ccc2c(c1)[nX3]c1ccccc12",
    "coumarin": "O=c1ccc2ccccc2o1",
    "cyclobutane": "C1CCC1",
    "cyclohexane": "C1CCCCC1",
    "cyclopentane": "C1CCCC1",
    "cyclopropane": "C1CC1",
    "cyclopropyl": "C1CC1",
    "furan": "o1cccc1",
    "imidazole": "n1cncc1",
    "indole": "c1ccc2[nX3]ccc2c1",
    "isoquinoline": "c1nccc2ccccc12",
    "isoxazole": "o1nccc1",
    "lactam": "[C;R](=O)[N;R]",
    "lactone": "[#6;R](=O)[#8;R][#6;R]",
    "morpholine": "O1CCNCC1",
    "naphthalene": "c1ccc2ccccc2c1",
    "oxazole": "o1cncc1",
    "oxetane": "C1COC1",
    "phenothiazine": "c1ccc2c(c1)Nc1ccccc1S2",
    "phenyl": "c1ccccc1",
    "piperazine": "N1CCNCC1",
    "piperidine": "N1CCCCC1",
    "purine": "c1ncc2ncnc2n1",
    "pyrazine": "n1ccncc1",
    "pyrazole": "n1nccc1",
    "pyridazine": "n1ncccc1",
    "pyridine": "n1ccccc1",
    "pyrimidine": "n1cnccc1",
    "pyrrole": "[nX3]1cccc1",
    "pyrrolidine": "N1CCCC1",
    "quinoline": "n1cccc2ccccc12",
    # Any bond orders (estradiol has an aromatic ring), and nitrogen for carbon (finasteride).
    "steroid": "_1~_~_~[#6]2~[#6](~_~1)~_~_~[#6]1~[#6]~2~_~_~[#6]2~[#6]~1~_~_~_~2".replace("_", "[#6,#7,#8]"),
    "tetrahydrofuran": "O1CCCC1",
    "tetrazole": "n1nnnc1",
    "thiazole": "s1cncc1",
    "thiophene": "s1cccc1",
    "triazole": "[$(n1nncc1),$(n1ncnc1)]",
}
PARTS: dict[str, str] = ELEMENTS | GROUPS | RINGS


# Rings that are called so by themselves.
_CLASSES = frozenset({"beta-lactam", "coumarin", "lactam", "lactone", "steroid"})
_PREFIXES = ("yl", "oxy", "cyano", "nitro", "azo", "ammonium")


def part_in_words(part: str) -> str:
    """As a sentence says it: "nitro group", "pyridine ring", "ketone"."""
    if part.endswith(_PREFIXES):
        return f"{part} group"
    return f"{part} ring" if part in RINGS and part not in _CLASSES else part


@cache
def part_pattern(part: str) -> Pattern:
    return read_pattern(PARTS[part])


@cache
def either_pattern(parts: tuple[str, ...]) -> Pattern | None:
    """What has one of some parts or another; None where that is too long for a SMARTS."""
    smarts = f"[{','.join(f'$({PARTS[part]})' for part in parts)}]"
    return read_pattern(smarts) if len(smarts) <= MOST_CHARACTERS else None


def any_of(names: Iterable[str]) -> str:
    """The longest first: a sulfonamide is no amide."""
    return "|".join(sorted(map(re.escape, names), key=len, reverse=True))
