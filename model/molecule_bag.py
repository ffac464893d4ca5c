"""A molecule as a bag of features: chiral Morgan, feature-Morgan and torsion counts, groups, composition."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import cache

from rdkit import Chem
from rdkit.Chem import Fragments, rdFingerprintGenerator, rdMolDescriptors

# A count c enters as one feature per threshold it reaches, so that sums of embeddings can follow any monotone curve.
_THRESHOLDS = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32)

_GROUPS = tuple(
    (name.removeprefix("fr_"), function)
    for name, function in sorted(vars(Fragments).items())
    if name.startswith("fr_") and callable(function)
)


def molecule_features(mol: Chem.Mol) -> list[str]:
    """The features of a molecule, each once.

    `m` chiral Morgan environments up to radius 3, `f` feature-Morgan up to radius 2, `t` topological torsions,
    `g` RDKit's functional groups, `e` elements, `r` rings by size and aromaticity, and `d` charge, hydrogens,
    stereocentres, double-bond geometry, fragments; each with its count threshold as `>n`. `x` is the formula.
    """
    features: list[str] = []
    for prefix, counts in _counts(mol):
        for key, count in counts.items():
            if count == 1:  # most of them
                features.append(f"{prefix}{key}>1")
            else:
                features += [f"{prefix}{key}>{threshold}" for threshold in _THRESHOLDS if count >= threshold]
    features.append(f"x{rdMolDescriptors.CalcMolFormula(mol)}")
    return features


def _counts(mol: Chem.Mol) -> Iterator[tuple[str, Mapping[str, int] | Mapping[int, int]]]:
    morgan, feature_morgan, torsions = _generators()
    atoms = list(mol.GetAtoms())  # once: walking RDKit's atoms costs more than asking them something
    yield "m", morgan.GetSparseCountFingerprint(mol).GetNonzeroElements()
    yield "f", feature_morgan.GetSparseCountFingerprint(mol).GetNonzeroElements()
    yield "t", torsions.GetSparseCountFingerprint(mol).GetNonzeroElements()
    yield "g", {name: count for name, function in _GROUPS if (count := function(mol))}
    yield "e", Counter([atom.GetSymbol() for atom in atoms])
    yield "r", _rings(mol, atoms)
    yield "d", _descriptors(mol, atoms)


@cache
def _generators() -> tuple[rdFingerprintGenerator.FingerprintGenerator64, ...]:
    """Chiral Morgan of radius 3, feature-Morgan of radius 2, topological torsions."""
    feature_atoms = rdFingerprintGenerator.GetMorganFeatureAtomInvGen()
    return (
        rdFingerprintGenerator.GetMorganGenerator(radius=3, includeChirality=True),
        rdFingerprintGenerator.GetMorganGenerator(radius=2, atomInvariantsGenerator=feature_atoms),
        rdFingerprintGenerator.GetTopologicalTorsionGenerator(),
    )


def _rings(mol: Chem.Mol, atoms: Sequence[Chem.Atom]) -> Counter[str]:
    counts: Counter[str] = Counter()
    for ring in mol.GetRingInfo().AtomRings():
        members = [atoms[index] for index in ring]
        aromatic = "a" if all(atom.GetIsAromatic() for atom in members) else ""
        hetero = "".join(sorted(atom.GetSymbol() for atom in members if atom.GetAtomicNum() != 6))
        counts[f"{len(ring)}{aromatic}"] += 1
        counts[f"{len(ring)}{aromatic}{hetero}"] += 1
    return counts


def _descriptors(mol: Chem.Mol, atoms: Sequence[Chem.Atom]) -> dict[str, int]:
    labels = Counter(atom.GetProp("_CIPCode") for atom in atoms if atom.HasProp("_CIPCode"))
    none = Chem.BondStereo.STEREONONE
    geometry = Counter(str(stereo) for bond in mol.GetBonds() if (stereo := bond.GetStereo()) != none)
    charge = Chem.GetFormalCharge(mol)
    charged_atoms = Counter(f"atom{atom.GetFormalCharge():+d}" for atom in atoms if atom.GetFormalCharge())
    return {
        f"charge{charge:+d}": 1,
        "hydrogens": sum([atom.GetTotalNumHs() for atom in atoms]),
        "heavy": mol.GetNumHeavyAtoms(),
        "fragments": len(Chem.GetMolFrags(mol)),
        "rotatable": rdMolDescriptors.CalcNumRotatableBonds(mol),
        "isotopes": sum([atom.GetIsotope() != 0 for atom in atoms]),
        "radicals": sum([atom.GetNumRadicalElectrons() for atom in atoms]),
        "unset_centres": rdMolDescriptors.CalcNumUnspecifiedAtomStereoCenters(mol),
        **{f"cip{label}": count for label, count in labels.items()},
        **{f"bond{name}": count for name, count in geometry.items()},
        **charged_atoms,
    }
