"""A molecule as a bag of features: circular and torsion counts, groups, chains, building blocks, composition."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Mapping
from functools import cache

from rdkit import Chem
from rdkit.Chem import rdFingerprintGenerator, rdMolDescriptors

from model.inputs.anatomy import Anatomy
from model.inputs.building_blocks import building_block_counts
from model.inputs.carbon_chains import chain_counts
from model.inputs.feature_atoms import feature_invariants
from model.inputs.groups import group_counts
from model.inputs.rotatable import rotatable_bonds
from model.inputs.vocabulary import Vocabulary

# A count c enters as one feature per threshold it reaches, so that sums of embeddings can follow any monotone curve.
_THRESHOLDS = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32)

_Count = Callable[[Anatomy], Mapping[str, int] | Mapping[int, int]]


def molecule_features(mol: Chem.Mol) -> list[str]:
    """The features of a molecule, each once.

    `m` chiral Morgan environments up to radius 3, `f` feature-Morgan up to radius 2, `t` topological torsions,
    `g` RDKit's functional groups, `e` elements, `r` rings by size and aromaticity, `d` charge, hydrogens,
    stereocentres, double-bond geometry, fragments, `n` exact numbers of atoms and rings, `s` of stereocentres by their
    labels, `l` carbon chains, `h` building blocks; each with its count threshold as `>n`. `x` is the formula.
    """
    features: list[str] = []
    anatomy = Anatomy(mol)
    for prefix, counts in _COUNTS.items():
        for key, count in counts(anatomy).items():
            if count == 1:  # most of them
                features.append(f"{prefix}{key}>1")
            else:
                features += [f"{prefix}{key}>{threshold}" for threshold in _THRESHOLDS if count >= threshold]
    features.append(_formula(mol))
    return features


class FeatureRows:
    """The rows of a vocabulary that a molecule's features stand for: what `molecule_features` would find there.

    Most features of a molecule are not in the vocabulary, so they are looked up by what is counted, and no name is
    made for each.
    """

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._tables = _tables(vocabulary)  # what nobody asks for is not counted

    def __call__(self, anatomy: Anatomy) -> list[int]:
        """Rows in the order of the features."""
        rows: list[int] = []
        for prefix, known in self._tables.items():
            rows += [
                row
                for key, count in _COUNTS[prefix](anatomy).items()
                if (thresholds := known.get(key))
                for threshold, row in thresholds
                if count >= threshold
            ]
        return rows + self._vocabulary.known_rows([_formula(anatomy.mol)])


def _tables(vocabulary: Vocabulary) -> dict[str, dict[Hashable, list[tuple[int, int]]]]:
    """By prefix and by what is counted, which may be a string or a number: known thresholds and their rows."""
    tables: dict[str, dict[Hashable, list[tuple[int, int]]]] = {prefix: {} for prefix in _COUNTS}
    for row, token in enumerate(vocabulary.tokens):
        key, sign, threshold = token[1:].rpartition(">")
        if token[0] in tables and sign and threshold.isdecimal():
            table = tables[token[0]]
            thresholds = table.setdefault(key, [])
            thresholds.append((int(threshold), row))
            if key.isdecimal():
                table[int(key)] = thresholds
    for table in tables.values():
        for thresholds in table.values():
            thresholds.sort()
    return {prefix: table for prefix, table in tables.items() if table}


def _formula(mol: Chem.Mol) -> str:
    return f"x{rdMolDescriptors.CalcMolFormula(mol)}"


@cache
def _generators() -> dict[str, rdFingerprintGenerator.FingerprintGenerator64]:
    return {
        "m": rdFingerprintGenerator.GetMorganGenerator(radius=3, includeChirality=True),
        "f": rdFingerprintGenerator.GetMorganGenerator(radius=2),
        "t": rdFingerprintGenerator.GetTopologicalTorsionGenerator(),
    }


def _fingerprint(kind: str) -> _Count:
    def count(anatomy: Anatomy) -> Mapping[int, int]:
        return _generators()[kind].GetSparseCountFingerprint(anatomy.mol).GetNonzeroElements()  # type: ignore[no-any-return]

    return count


def _feature_morgan(anatomy: Anatomy) -> Mapping[int, int]:
    invariants = feature_invariants(anatomy)
    fingerprint = _generators()["f"].GetSparseCountFingerprint(anatomy.mol, customAtomInvariants=invariants)
    return fingerprint.GetNonzeroElements()  # type: ignore[no-any-return]


def _rings(anatomy: Anatomy) -> Counter[str]:
    counts: Counter[str] = Counter()
    symbols, aromatic = anatomy.symbols, anatomy.aromatic
    for ring in anatomy.rings:
        kind = f"{len(ring)}a" if all(aromatic[index] for index in ring) else str(len(ring))
        counts[kind] += 1
        counts[kind + "".join(sorted([symbols[index] for index in ring if symbols[index] != "C"]))] += 1
    return counts


def _descriptors(anatomy: Anatomy) -> dict[str, int]:
    mol, charges = anatomy.mol, anatomy.charges
    none = Chem.BondStereo.STEREONONE
    labels = Counter([label for label in anatomy.labels if label])
    geometries = Counter([str(geometry) for geometry in anatomy.geometries if geometry != none])
    charged_atoms = Counter([f"atom{charge:+d}" for charge in charges if charge])
    return {
        f"charge{sum(charges):+d}": 1,
        "hydrogens": sum(anatomy.hydrogens),
        "heavy": mol.GetNumHeavyAtoms(),
        "fragments": len(Chem.GetMolFrags(mol)),
        "rotatable": rotatable_bonds(anatomy),
        "isotopes": sum(map(bool, map(Chem.Atom.GetIsotope, anatomy.atoms))),
        "radicals": sum(map(Chem.Atom.GetNumRadicalElectrons, anatomy.atoms)),
        "unset_centres": anatomy.unset_centres,
        **{f"cip{label}": count for label, count in labels.items()},
        **{f"bond{name}": count for name, count in geometries.items()},
        **charged_atoms,
    }


def _elements(anatomy: Anatomy) -> Counter[str]:
    return Counter(anatomy.symbols)


def _composition(anatomy: Anatomy) -> dict[str, int]:
    """Exact numbers: thresholds alone cannot tell seventeen carbons from eighteen."""
    elements = Counter(anatomy.symbols)
    hydrogens = sum(anatomy.hydrogens)
    numbers = [f"{symbol}={count}" for symbol, count in elements.items() if symbol != "H"]
    numbers += [
        f"hydrogens={hydrogens}",
        f"heavy={anatomy.mol.GetNumHeavyAtoms()}",
        f"rings={len(anatomy.rings)}",
        f"C{elements['C']}H{hydrogens}",
        f"N{elements['N']}O{elements['O']}",
    ]
    return dict.fromkeys(numbers, 1)


def _configuration(anatomy: Anatomy) -> dict[str, int]:
    """Exact numbers again, of what a text lists as `(1S,4S,4aR,8aS)`: `model.inputs.text_bag` counts the same there."""
    labels = Counter(anatomy.labels)
    geometries = Counter(anatomy.geometries)
    centres = f"R{labels['R']}S{labels['S']}"
    bonds = f"E{geometries[Chem.BondStereo.STEREOE]}Z{geometries[Chem.BondStereo.STEREOZ]}"
    unset = f"unset{anatomy.unset_centres}"
    numbers = (f"R{labels['R']}", f"S{labels['S']}", centres, bonds, centres + bonds, unset)
    return dict.fromkeys(numbers, 1)


_COUNTS: Mapping[str, _Count] = {
    "m": _fingerprint("m"),
    "f": _feature_morgan,
    "t": _fingerprint("t"),
    "g": group_counts,
    "e": _elements,
    "r": _rings,
    "d": _descriptors,
    "n": _composition,
    "s": _configuration,
    "l": chain_counts,
    "h": building_block_counts,
}
"""What is counted, by the letter that the features' names begin with."""
