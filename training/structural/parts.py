"""The parts of a molecule that people ask for, found in its structure.

Captions mention what their authors found worth mentioning; RDKit finds all of it. Patterns are those of `ring_names`
and `group_names`; in addition there are elements, charges, stereocentres and double bonds of stated configuration,
rings that share atoms in uncommon ways, and counts.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from rdkit import Chem
from rdkit.Chem import rdMolDescriptors

from model.inputs.structure import StructureError, parse_structure
from training.inputs.parallel import map_chunks
from training.inputs.prepared import PreparedInputs
from training.structural.group_names import GROUP_NAMES
from training.structural.ring_names import RINGS, SEPARATE_RINGS

_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_RING_SIZES = {3: "three", 4: "four", 7: "seven", 8: "eight", 9: "nine", 10: "ten"}
_MOST = 50  # matches of a pattern that are counted
_LEAST_CHAIN = 5  # carbons; shorter ones every molecule has
_ELEMENTS = {
    "fluorine": 9,
    "chlorine": 17,
    "bromine": 35,
    "iodine": 53,
    "nitrogen": 7,
    "oxygen": 8,
    "sulfur": 16,
    "phosphorus": 15,
    "silicon": 14,
    "boron": 5,
    "selenium": 34,
    "sodium": 11,
    "potassium": 19,
    "calcium": 20,
    "magnesium": 12,
    "lithium": 3,
    "aluminium": 13,
    "iron": 26,
    "copper": 29,
    "zinc": 30,
    "cobalt": 27,
    "nickel": 28,
    "manganese": 25,
    "chromium": 24,
    "platinum": 78,
    "gold": 79,
    "silver": 47,
    "mercury": 80,
    "tin": 50,
    "lead": 82,
    "arsenic": 33,
    "antimony": 51,
    "bismuth": 83,
}


@dataclass(frozen=True, slots=True)
class Found:
    """What a molecule has, `count` times. nouns: of one meaning, the commonest first, "nitrile", "cyano group"; where
    there is nothing to count (count 0), phrases: "no stereocentre", "a positive charge".
    """

    nouns: tuple[str, ...]
    count: int = 0

    @property
    def any(self) -> tuple[str, ...]:
        """Phrases for its presence: "a nitrile", "a cyano group"."""
        return tuple(f"{_article(noun)} {noun}" for noun in self.nouns) if self.count else self.nouns

    @property
    def all(self) -> tuple[str, ...]:
        """Phrases with the count: "two nitriles", "two cyano groups"; for a count of one the same as `any`."""
        if self.count < 2:
            return self.any
        return tuple(f"{_number(self.count)} {_plural(noun)}" for noun in self.nouns)


@dataclass(frozen=True, slots=True)
class Part:
    """names: noun phrases with their articles, all of one meaning, the commonest first: "a nitrile", "a cyano group";
    of a count, "two nitriles", "two cyano groups".
    """

    names: tuple[str, ...]


def found_in(mol: Chem.Mol) -> list[Found]:
    """Everything in the tables that the molecule has, each once, with its count."""
    return list(dict.fromkeys(_found(mol)))


def parts_of(mol: Chem.Mol) -> list[Part]:
    """What can be asked about the molecule: that it has a part and, where it has two to six of them, how many."""
    phrases = (one for found in found_in(mol) for one in (found.any, *([found.all] if 1 < found.count <= 6 else [])))
    return [Part(names) for names in dict.fromkeys(phrases)]


def parts_of_all(smiles: Sequence[str], workers: int, prepared: PreparedInputs | None = None) -> list[list[Part]]:
    """`parts_of` of each SMILES, in order, in worker processes, or as `prepared` has them; an empty list for an
    invalid structure.
    """

    def find() -> list[str]:
        return [line for chunk in map_chunks(_parts_of_chunk, smiles, workers, "find parts") for line in chunk]

    tables = (RINGS, SEPARATE_RINGS, GROUP_NAMES)
    lines = find() if prepared is None else prepared.lines("parts", smiles, find, depends_on=tables)
    return [[Part(tuple(names)) for names in json.loads(line)] for line in lines]


def _parts_of_chunk(smiles: Sequence[str]) -> list[str]:
    """A JSON list of each molecule's parts, each the list of its names."""
    found = []
    for one in smiles:
        try:
            found.append(json.dumps([part.names for part in parts_of(parse_structure(one).mol)]))
        except StructureError:
            found.append("[]")
    return found


def _found(mol: Chem.Mol) -> Iterator[Found]:
    for names, pattern in _rings_by_name():
        matches = mol.GetSubstructMatches(pattern, maxMatches=_MOST)
        yield from _counted(names, sum(_bonds_within(mol, atoms) == pattern.GetNumBonds() for atoms in matches))
    for names, pattern in _groups_by_name():
        yield from _counted(names, len(mol.GetSubstructMatches(pattern, maxMatches=_MOST)))
    numbers = [atom.GetAtomicNum() for atom in mol.GetAtoms()]
    for element, number in _ELEMENTS.items():
        yield from _counted((f"{element} atom",), numbers.count(number))
    yield from _stereo(mol)
    yield from _rings(mol)
    yield from (Found(phrases) for phrases in _uncounted(mol))


def _stereo(mol: Chem.Mol) -> Iterator[Found]:
    labels = [atom.GetProp("_CIPCode") for atom in mol.GetAtoms() if atom.HasProp("_CIPCode")]
    yield from _counted(("stereocentre", "chiral centre"), len(labels))
    for label in ("R", "S"):
        yield from _counted((f"{label} stereocentre", f"centre of {label} configuration"), labels.count(label))
    kinds = [bond.GetStereo() for bond in mol.GetBonds()]
    yield from _counted(("cis double bond", "Z double bond"), kinds.count(Chem.BondStereo.STEREOZ))
    yield from _counted(("trans double bond", "E double bond"), kinds.count(Chem.BondStereo.STEREOE))


def _rings(mol: Chem.Mol) -> Iterator[Found]:
    sizes = [len(ring) for ring in mol.GetRingInfo().AtomRings()]
    yield from _counted(("ring",), len(sizes))
    for size, word in _RING_SIZES.items():
        yield from _counted((f"{word}-membered ring",), sizes.count(size))
    yield from _counted(("macrocycle", "macrocyclic ring"), sum(size >= 12 for size in sizes))
    yield from _counted(("spiro centre", "spiro atom"), rdMolDescriptors.CalcNumSpiroAtoms(mol))


def _longest_chain(mol: Chem.Mol) -> int:
    """Carbons of the longest chain of carbons outside rings, whatever branches off it."""
    chain = {atom.GetIdx() for atom in mol.GetAtoms() if atom.GetAtomicNum() == 6 and not atom.IsInRing()}
    neighbours = {one: [end.GetIdx() for end in mol.GetAtomWithIdx(one).GetNeighbors()] for one in chain}
    longest = 0
    seen: set[int] = set()
    for start in sorted(chain):
        if start in seen:
            continue
        end, _ = _farthest(start, neighbours)
        last, distances = _farthest(end, neighbours)
        longest = max(longest, distances[last] + 1)
        seen |= distances.keys()
    return longest


def _farthest(start: int, neighbours: dict[int, list[int]]) -> tuple[int, dict[int, int]]:
    """In a tree, the atom farthest from `start`, and all distances in bonds."""
    distances, queue = {start: 0}, [start]
    for one in queue:
        for end in neighbours[one]:
            if end in neighbours and end not in distances:
                distances[end] = distances[one] + 1
                queue.append(end)
    return queue[-1], distances


def _uncounted(mol: Chem.Mol) -> Iterator[tuple[str, ...]]:
    if not mol.GetRingInfo().NumRings():
        yield ("no ring", "no rings", "an acyclic structure")
    if rdMolDescriptors.CalcNumBridgeheadAtoms(mol):
        yield ("a bridged ring system", "a bridged bicycle")
    if not rdMolDescriptors.CalcNumAtomStereoCenters(mol):
        yield ("no stereocentre", "no chiral centre")
    if (chain := _longest_chain(mol)) >= _LEAST_CHAIN:
        yield (f"a chain of {_number(chain)} carbons", f"a C{chain} chain")
    charge = Chem.GetFormalCharge(mol)
    if charge:
        yield ("a positive charge",) if charge > 0 else ("a negative charge",)
    if len(Chem.GetMolFrags(mol)) > 1:
        yield ("more than one component", "a counterion")
    if any(atom.GetIsotope() for atom in mol.GetAtoms()):
        yield ("an isotopic label", "an isotope")


def _counted(nouns: Sequence[str], count: int) -> Iterator[Found]:
    if count:
        yield Found(tuple(nouns), count)


def _number(count: int) -> str:
    return _NUMBERS[count] if count < len(_NUMBERS) else str(count)


def _plural(noun: str) -> str:
    head, of, rest = noun.partition(" of ")
    return f"{head}s{of}{rest}"


def _article(name: str) -> str:
    return "an" if name[0] in "aeioAEIO" or name.startswith(("N-oxide", "R ", "S ")) else "a"


def _bonds_within(mol: Chem.Mol, atoms: Sequence[int]) -> int:
    """Bonds among the atoms; the path around two fused rings has one more than a ring, across it."""
    inside = set(atoms)
    ends = (neighbour.GetIdx() for atom in atoms for neighbour in mol.GetAtomWithIdx(atom).GetNeighbors())
    return sum(end in inside for end in ends) // 2


@cache
def _rings_by_name() -> tuple[tuple[tuple[str, ...], Chem.Mol], ...]:
    separate = Chem.AdjustQueryParameters.NoAdjustments()
    separate.adjustRingCount = True  # type: ignore[assignment]  # an atom of two rings does not count
    rings = [(names, Chem.MolFromSmiles(smiles)) for names, smiles in _lines(RINGS)]
    rings += [
        (names, Chem.AdjustQueryProperties(Chem.MolFromSmiles(smiles), separate))
        for names, smiles in _lines(SEPARATE_RINGS)
    ]
    return tuple((_ring_names(names), pattern) for names, pattern in rings)


@cache
def _groups_by_name() -> tuple[tuple[tuple[str, ...], Chem.Mol], ...]:
    return tuple((names, Chem.MolFromSmarts(smarts)) for names, smarts in _lines(GROUP_NAMES))


def _ring_names(names: Sequence[str]) -> tuple[str, ...]:
    complete = [name if name.endswith((" ring", " group")) else f"{name} ring" for name in names]
    return (*complete, *(name for name in names if name not in complete))


def _lines(table: str) -> Iterator[tuple[tuple[str, ...], str]]:
    for line in table.strip().splitlines():
        names, _, pattern = line.rpartition(": ")
        yield tuple(name.strip() for name in names.split("|")), pattern
