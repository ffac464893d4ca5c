"""A molecule as a bag of features: chiral Morgan, feature-Morgan and torsion counts, groups, composition."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterator, Mapping
from functools import cache

from rdkit import Chem
from rdkit.Chem import rdFingerprintGenerator, rdMolDescriptors

from model.anatomy import Anatomy
from model.groups import group_counts
from model.vocabulary import Vocabulary

# A count c enters as one feature per threshold it reaches, so that sums of embeddings can follow any monotone curve.
_THRESHOLDS = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32)


def molecule_features(mol: Chem.Mol) -> list[str]:
    """The features of a molecule, each once.

    `m` chiral Morgan environments up to radius 3, `f` feature-Morgan up to radius 2, `t` topological torsions,
    `g` RDKit's functional groups, `e` elements, `r` rings by size and aromaticity, and `d` charge, hydrogens,
    stereocentres, double-bond geometry, fragments; each with its count threshold as `>n`. `x` is the formula.
    """
    features: list[str] = []
    for prefix, counts in _counts(Anatomy(mol)):
        for key, count in counts.items():
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
        self._tables: dict[str, dict[Hashable, list[tuple[int, int]]]] = {}

    def __call__(self, anatomy: Anatomy) -> list[int]:
        """Rows in the order of the features."""
        rows: list[int] = []
        for prefix, counts in _counts(anatomy):
            if prefix not in self._tables:
                self._tables[prefix] = self._table(prefix)
            known = self._tables[prefix]
            rows += [
                row
                for key, count in counts.items()
                if key in known
                for threshold, row in known[key]
                if count >= threshold
            ]
        return rows + self._vocabulary.known_rows([_formula(anatomy.mol)])

    def _table(self, prefix: str) -> dict[Hashable, list[tuple[int, int]]]:
        """What is known of a prefix: thresholds and rows of each key, which may be counted as a string or a number."""
        table: dict[Hashable, list[tuple[int, int]]] = {}
        for row, token in enumerate(self._vocabulary.tokens):
            key, sign, threshold = token.removeprefix(prefix).rpartition(">")
            if token.startswith(prefix) and sign and threshold.isdecimal():
                thresholds = table.setdefault(key, [])
                thresholds.append((int(threshold), row))
                if key.isdecimal():
                    table[int(key)] = thresholds
        for thresholds in table.values():
            thresholds.sort()
        return table


def _formula(mol: Chem.Mol) -> str:
    return f"x{rdMolDescriptors.CalcMolFormula(mol)}"


def _counts(anatomy: Anatomy) -> Iterator[tuple[str, Mapping[str, int] | Mapping[int, int]]]:
    """What is counted, by the letter that the features' names begin with."""
    mol = anatomy.mol
    morgan, feature_morgan, torsions = _generators()
    yield "m", morgan.GetSparseCountFingerprint(mol).GetNonzeroElements()
    yield "f", feature_morgan.GetSparseCountFingerprint(mol).GetNonzeroElements()
    yield "t", torsions.GetSparseCountFingerprint(mol).GetNonzeroElements()
    yield "g", group_counts(anatomy)
    yield "e", Counter(anatomy.symbols)
    yield "r", _rings(anatomy)
    yield "d", _descriptors(anatomy)


@cache
def _generators() -> tuple[rdFingerprintGenerator.FingerprintGenerator64, ...]:
    """Chiral Morgan of radius 3, feature-Morgan of radius 2, topological torsions."""
    feature_atoms = rdFingerprintGenerator.GetMorganFeatureAtomInvGen()
    return (
        rdFingerprintGenerator.GetMorganGenerator(radius=3, includeChirality=True),
        rdFingerprintGenerator.GetMorganGenerator(radius=2, atomInvariantsGenerator=feature_atoms),
        rdFingerprintGenerator.GetTopologicalTorsionGenerator(),
    )


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
        "rotatable": rdMolDescriptors.CalcNumRotatableBonds(mol),
        "isotopes": sum([atom.GetIsotope() != 0 for atom in anatomy.atoms]),
        "radicals": sum([atom.GetNumRadicalElectrons() for atom in anatomy.atoms]),
        "unset_centres": rdMolDescriptors.CalcNumUnspecifiedAtomStereoCenters(mol),
        **{f"cip{label}": count for label, count in labels.items()},
        **{f"bond{name}": count for name, count in geometries.items()},
        **charged_atoms,
    }
