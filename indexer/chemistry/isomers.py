"""What isomers have in common whose substituents are in other places: what a name without locants says of them."""

from collections import Counter
from dataclasses import dataclass

from rdkit import Chem
from rdkit.Chem.rdMolDescriptors import CalcMolFormula


@dataclass(frozen=True, slots=True)
class Outline:
    """Equal for o-, m- and p-xylene, and another for ethylbenzene.

    formula: in Hill order; parts: rings, chains and substituents, each with its atoms, how many neighbours these have
    in it, and what is attached to it.
    """

    formula: str
    parts: tuple[str, ...]


def outline(mol: Chem.Mol) -> Outline:
    """The molecule cut where rings and heteroatoms are attached, but for the carbon of a carbonyl group."""
    cut = Chem.RWMol(mol)
    attachments = [(bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()) for bond in mol.GetBonds() if _is_attachment(bond)]
    for pair in attachments:
        cut.RemoveBond(*pair)
    parts: list[str] = []
    part_of: dict[int, int] = {}
    for members in Chem.GetMolFrags(cut):
        part_of.update(dict.fromkeys(members, len(parts)))
        atoms = [(mol.GetAtomWithIdx(place), cut.GetAtomWithIdx(place).GetDegree()) for place in members]
        kinds = Counter(f"{atom.GetSymbol()}{degree}{'r' if atom.IsInRing() else ''}" for atom, degree in atoms)
        parts.append(" ".join(f"{kind}:{count}" for kind, count in sorted(kinds.items())))
    attached: list[list[str]] = [[] for _ in parts]
    for one, other in attachments:
        attached[part_of[one]].append(parts[part_of[other]])
        attached[part_of[other]].append(parts[part_of[one]])
    described = [f"{part} ({', '.join(sorted(others))})" for part, others in zip(parts, attached, strict=True)]
    return Outline(str(CalcMolFormula(mol)), tuple(sorted(described)))


def _is_attachment(bond: Chem.Bond) -> bool:
    if bond.IsInRing() or bond.GetBondType() != Chem.BondType.SINGLE:
        return False
    one, other = bond.GetBeginAtom(), bond.GetEndAtom()
    if one.IsInRing() or other.IsInRing():
        return True
    pair = {one.GetSymbol(), other.GetSymbol()}
    return len(pair) == 2 and "C" in pair and not _is_carbonyl(one) and not _is_carbonyl(other)


def _is_carbonyl(atom: Chem.Atom) -> bool:
    return atom.GetSymbol() == "C" and any(
        bond.GetBondType() == Chem.BondType.DOUBLE and bond.GetOtherAtom(atom).GetSymbol() == "O"
        for bond in atom.GetBonds()
    )
