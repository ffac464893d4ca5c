"""What a SMILES, an InChI or a molblock says, read from its text alone: before RDKit spends anything on it.

RDKit keeps charges and hydrogens in a byte, so `[C+999999999]` becomes an anion and `[CH256]` a bare carbon, and it
perceives rings while it reads a molblock. What is written is compared with what can be, and with what was read.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

MOST_CHARGE = 15
MOST_HYDROGENS = 9
MOST_ISOTOPE = 999
MOST_NUMBER = 118

Bonds = list[tuple[int, int]]

_RING_LABEL = re.compile(r"%\(\d+\)|%\d\d|\d")
_BRACKET = re.compile(r"\[[^\]]*\]")
_VALUES: tuple[tuple[str, re.Pattern[str], int], ...] = (
    ("an isotope", re.compile(r"\[(\d+)"), MOST_ISOTOPE),
    ("an atomic number", re.compile(r"#(\d+)"), MOST_NUMBER),
    ("a number of hydrogens", re.compile(r"H(\d+)"), MOST_HYDROGENS),
    ("a charge", re.compile(r"[+-](\d+)"), MOST_CHARGE),
)
_RUN_OF_SIGNS = re.compile(rf"\+{{{MOST_CHARGE + 1}}}|-{{{MOST_CHARGE + 1}}}")


def ring_labels(smiles: str) -> Counter[str]:
    """How often each ring-closure label of a SMILES occurs, outside bracket atoms."""
    outside = _BRACKET.sub("", smiles)
    return Counter(label.strip("%()") for label in _RING_LABEL.findall(outside))


def impossible_value(smiles: str) -> str | None:
    """A value of a bracket atom that no atom has, in words with its place, or None if there is none."""
    for bracket in _BRACKET.finditer(smiles):
        for name, pattern, most in _VALUES:
            for found in pattern.finditer(bracket[0]):
                if len(found[1]) > 3 or int(found[1]) > most:
                    place = bracket.start() + 1
                    return f"the atom at position {place} has {name} of {found[1][:20]}; at most {most} is possible"
        if _RUN_OF_SIGNS.search(bracket[0]):
            return f"the atom at position {bracket.start() + 1} has more than {MOST_CHARGE} charges"
    return None


@dataclass(frozen=True, slots=True)
class Composition:
    """Atoms by element (hydrogens of both kinds) and the total charge."""

    atoms: Counter[str]
    charge: int


def inchi_heavy_atoms(inchi: str) -> int:
    """Atoms but hydrogens, by the formula layer."""
    return sum(count for element, count in _formula(inchi).items() if element != "H")


def inchi_composition(inchi: str) -> Composition:
    """By the formula, charge and proton layers of the main part."""
    atoms, charge = _formula(inchi), 0
    for layer in inchi.split("/")[2:]:
        if layer[:1] in ("f", "r"):  # the fixed-H and reconnected parts say it all again
            break
        if layer[:1] == "p":
            protons = sum(int(count) for count in re.findall(r"[+-]\d{1,6}", layer))
            atoms["H"] += protons
            charge += protons
        elif layer[:1] == "q":
            for part in layer[1:].split(";"):
                found = re.fullmatch(r"(?:(\d{1,6})\*)?([+-]\d{1,6})", part)
                charge += int(found[1] or 1) * int(found[2]) if found else 0
    return Composition(+atoms, charge)


def inchi_bonds(inchi: str) -> Iterator[tuple[int, Bonds]]:
    """Of each component of each connection layer: the highest number of an atom, plus one, and the bonds.

    Atoms are numbered anew in each component, and `1-2(3)4,5` are branches of 2.
    """
    for layer in inchi.split("/")[2:]:
        if not layer.startswith("c"):
            continue
        for component in layer[1:].split(";"):
            bonds: Bonds = []
            branches: list[int] = []
            last = 0
            for token in re.findall(r"\d+|[(),]", re.sub(r"^\d+\*", "", component)):
                if token == "(":
                    branches.append(last)
                elif token == "," and branches:
                    last = branches[-1]
                elif token == ")" and branches:
                    last = branches.pop()
                elif token.isdecimal():
                    number = int(token[:6])
                    if last:
                        bonds.append((last, number))
                    last = number
            yield max((max(bond) for bond in bonds), default=0) + 1, bonds


def _formula(inchi: str) -> Counter[str]:
    """Atoms of a formula layer such as `C6H12O6` or, for several components, `2C2H6O.ClH`."""
    layers = inchi.split("/", 2)
    total: Counter[str] = Counter()
    for component in (layers[1] if len(layers) > 1 else "").split("."):
        found = re.match(r"\d*", component)
        copies = int(found[0][:6] or 1) if found else 1
        for element, count in re.findall(r"([A-Z][a-z]?)(\d*)", component):
            total[element] += copies * int(count[:9] or 1)
    return total


@dataclass(frozen=True, slots=True)
class BlockHead:
    """What a molblock's counts line states; RDKit reads no more atoms and bonds than these."""

    atoms: int
    bonds: int


def block_head(block: str) -> BlockHead | None:
    """The counts line of a V2000 or V3000 molblock, None if it is malformed."""
    lines = block.split("\n", 4)
    extended = re.search(r"^M  V30 COUNTS +(\d{1,9}) +(\d{1,9})", block, re.MULTILINE)
    stated = extended.groups() if extended else (lines[3][:3], lines[3][3:6]) if len(lines) > 3 else ("", "")
    try:
        atoms, bonds = (int(count) for count in stated)
    except ValueError:
        return None
    return BlockHead(atoms, bonds)


def block_bonds(block: str, head: BlockHead) -> Bonds:
    """The bonds between atoms that there are, numbered from 1; lines that are malformed are RDKit's to refuse."""
    if re.search(r"^M  V30 ", block, re.MULTILINE):
        joined = re.sub(r"-\n *M  V30 ", "", block)
        pairs = re.findall(r"^M  V30 +\d+ +\d+ +(\d{1,9}) +(\d{1,9})(?: |$)", joined, re.MULTILINE)
    else:
        lines = block.split("\n")[4 + head.atoms : 4 + head.atoms + head.bonds]
        pairs = [(line[:3].strip(), line[3:6].strip()) for line in lines]
    numbered = [(int(one), int(other)) for one, other in pairs if one.isdecimal() and other.isdecimal()]
    return [(one, other) for one, other in numbered if 0 < one <= head.atoms and 0 < other <= head.atoms]


def impossible_block_value(block: str) -> str | None:
    """A charge or isotope of a molblock that no atom has, in words, or None if there is none."""
    found = [(name, value) for name, value in re.findall(r"\b(CHG|MASS|RAD|VAL)=(-?\d+)", block)]
    for name, values in re.findall(r"^M  (CHG|ISO|RAD) *\d+((?: +-?\d+)+)", block, re.MULTILINE):
        found += [(name, value) for value in values.split()[1::2]]
    for name, value in found:
        most = MOST_ISOTOPE if name in ("MASS", "ISO") else MOST_CHARGE
        if len(value) > 4 or abs(int(value)) > most:
            return f"an atom has {name} {value[:20]}; from -{most} to {most} is possible"
    return None
