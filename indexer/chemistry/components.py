"""What a structure is made of: metals, ligands, counter-ions, solvents. A corpus may have another form of it.

A corpus has one substance in one form; people draw hydrates, and write metals with bonds or with charges.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from rdkit import Chem
from rdkit.Chem.rdMolDescriptors import CalcMolFormula

from model.inputs.structure import Molecule

# By atomic number: hydrogen, boron to fluorine, silicon to chlorine, arsenic to bromine, tellurium, iodine, rare gases.
_NO_METALS = frozenset({1, 2, 5, 6, 7, 8, 9, 10, 14, 15, 16, 17, 18, 33, 34, 35, 36, 52, 53, 54, 85, 86})
_WATER = "O"
# As one SMILES each: components of crystals, and what bases and acids are made salts with. As a part of something else
# than a salt each is a component as any other.
_SOLVENTS = (
    "CO.CCO.CCCO.CC(C)O.CC(C)=O.CCC(C)=O.CC#N.C1CCOC1.ClCCl.ClC(Cl)Cl.CN(C)C=O.CS(C)=O.CCOC(C)=O.CCOCC.C1COCCO1."
    "c1ccccc1.Cc1ccccc1.CCCCCC"
)
_ACIDS = (
    "CC(=O)O.OC=O.OC(=O)C(F)(F)F.OC(=O)C(=O)O.OC(=O)CC(=O)O.OC(=O)C=CC(=O)O.OC(=O)CCC(=O)O.OC(=O)C(O)C(O)C(=O)O."
    "OC(=O)CC(O)C(=O)O.OC(=O)CC(O)(C(=O)O)CC(=O)O.CC(O)C(=O)O.OCC(O)C(O)C(O)C(O)C(=O)O.CS(=O)(=O)O.CCS(=O)(=O)O."
    "OS(=O)(=O)c1ccccc1.Cc1ccc(S(=O)(=O)O)cc1.OS(=O)(=O)C(F)(F)F.OC(=O)c1ccccc1.OC(=O)c1ccccc1O.OC(=O)C(O)c1ccccc1."
    "OC(=O)O.SC#N.OC#N.C#N.COS(=O)(=O)O"
)
_BASES = "CCN(CC)CC.CCNCC.OCCN.OCCNCCO.OCCN(CCO)CCO.OCC(N)(CO)CO.CNCC(O)C(O)C(O)C(O)CO.NCCN.C1CCC(NC2CCCCC2)CC1"
_ACID_GROUPS = ("[CX3](=O)[OX1-,OX2H]", "[SX4](=O)(=O)[OX1-,OX2H]", "P(=O)[OX1-,OX2H]")
# Several components, charges, or a bracket with a metal in it, whose symbol is none of these.
_MAY_HAVE_OTHER_FORMS = re.compile(r"[.+-]|\[\d*(?!(?:Cl|Br|Si|Se|As|Te|[HBCNOFPSI])(?![a-z]))[A-Z]")
# Heteropoly acids crystallise with some 30 of water. Each takes RDKit a look at the whole: 600 take half a second.
_MOST_PARTS = 100


@dataclass(frozen=True, slots=True)
class Components:
    """What a structure is made of, as far as it may be in a corpus in another form.

    formulas: of the whole in Hill order, if there is a metal in it; a second one where nitrogen is drawn on a metal
    without the hydrogen of an ammine, as in `N[Pt](N)(Cl)Cl`. ligands: what is left of all atoms without bonds to
    metals, charges and orders of bonds, as a SMILES: the same for ionic and covalent drawings, another for isomers of a
    ligand. arranged: whether different ligands can lie about a metal in several ways, cis and trans. dry: SMILES
    without water and other solvents, empty where there are none, or nothing else. parents: SMILES of the components
    that a corpus may have alone, without counter-ions, the largest first; mixture: whether nothing else is in it.
    """

    formulas: tuple[str, ...]
    ligands: str
    arranged: bool
    dry: str
    parents: tuple[str, ...]
    mixture: bool


def may_have_other_forms(smiles: str) -> bool:
    """Whether a structure may be in a corpus in another form, by its canonical SMILES: it is worth a look at its
    components.
    """
    return _MAY_HAVE_OTHER_FORMS.search(smiles) is not None and smiles.count(".") < _MOST_PARTS


def read_components(molecule: Molecule) -> Components:
    """What a molecule, which stays as it is, is made of."""
    mol = molecule.mol
    apart = _without_metal_bonds(mol)
    metals = any(map(_is_metal, mol.GetAtoms()))
    parts = list(Chem.GetMolFrags(apart, asMols=True, sanitizeFrags=False))
    parents = _by_smiles(_of_a_metal(parts)) if metals else _without_counter_ions(parts)
    return Components(
        formulas=tuple(dict.fromkeys((CalcMolFormula(mol), _with_ammines(mol)))) if metals else (),
        ligands=_skeleton(apart) if metals else "",
        arranged=metals and _arranged([part for part in parts if not any(map(_is_metal, part.GetAtoms()))]),
        dry=_dry(molecule),
        parents=tuple(sorted(parents, key=lambda smiles: _size(parents[smiles]), reverse=True)),
        mixture=len(parents) > 1 and not metals and all(map(_is_neutral, parts)),
    )


def _arranged(ligands: Sequence[Chem.Mol]) -> bool:
    return len(ligands) > 2 and len(set(map(_skeleton, ligands))) > 1


def _without_metal_bonds(mol: Chem.Mol) -> Chem.Mol:
    """The same with the charges of ions in place of bonds to metals."""
    apart = Chem.RWMol(mol)
    for atom in apart.GetAtoms():
        hydrogens = atom.GetTotalNumHs()
        atom.SetNoImplicit(True)
        atom.SetNumExplicitHs(hydrogens)
    for bond in list(mol.GetBonds()):
        metal, other = bond.GetBeginAtom(), bond.GetEndAtom()
        if _is_metal(other):
            metal, other = other, metal
        if not _is_metal(metal) or _is_metal(other):
            continue
        apart.RemoveBond(metal.GetIdx(), other.GetIdx())
        if bond.GetBondType() != Chem.BondType.DATIVE and other.GetSymbol() != "N":  # amines are drawn both ways
            for atom, sign in ((metal, 1), (other, -1)):
                here = apart.GetAtomWithIdx(atom.GetIdx())
                here.SetFormalCharge(here.GetFormalCharge() + sign * round(bond.GetBondTypeAsDouble()))
    apart.UpdatePropertyCache(strict=False)
    return apart.GetMol()


def _skeleton(mol: Chem.Mol) -> str:
    """Atoms, what is bound to what, and the hydrogen atoms of carbon: a SMILES without all else."""
    bare = Chem.RWMol(mol)
    for atom in bare.GetAtoms():
        hydrogens = atom.GetTotalNumHs()
        atom.SetNoImplicit(True)
        atom.SetNumExplicitHs(hydrogens if atom.GetSymbol() == "C" else 0)
        atom.SetFormalCharge(0)
        atom.SetIsAromatic(False)
        atom.SetNumRadicalElectrons(0)
        atom.SetChiralTag(Chem.ChiralType.CHI_UNSPECIFIED)
    for bond in bare.GetBonds():
        bond.SetBondType(Chem.BondType.SINGLE)
        bond.SetIsAromatic(False)
        bond.SetStereo(Chem.BondStereo.STEREONONE)
        bond.SetBondDir(Chem.BondDir.NONE)
    lone = [atom.GetIdx() for atom in bare.GetAtoms() if atom.GetAtomicNum() == 1 and not atom.GetIsotope()]
    for place in sorted(lone, reverse=True):  # a hydride is a hydrogen of its metal elsewhere
        bare.RemoveAtom(place)
    bare.UpdatePropertyCache(strict=False)
    Chem.FastFindRings(bare)
    return str(Chem.MolToSmiles(bare))


def _with_ammines(mol: Chem.Mol) -> str:
    """The formula with one hydrogen more on each amine that is drawn on a metal as if it were an amide."""
    more = Chem.RWMol(mol)
    for atom in more.GetAtoms():
        hydrogens = atom.GetTotalNumHs()
        single = all(bond.GetBondType() == Chem.BondType.SINGLE for bond in atom.GetBonds())
        on_metal = any(map(_is_metal, atom.GetNeighbors()))
        if atom.GetSymbol() == "N" and not atom.GetFormalCharge() and hydrogens and single and on_metal:
            atom.SetNoImplicit(True)
            atom.SetNumExplicitHs(hydrogens + 1)
    more.UpdatePropertyCache(strict=False)
    return str(CalcMolFormula(more))


def _dry(molecule: Molecule) -> str:
    """Without water, and without organic solvents where it is a salt: in a mixture these are components."""
    parts = molecule.smiles.split(".")
    if len(parts) == 1:
        return ""
    kept = [part for part in parts if part != _WATER]
    if not all(map(_is_neutral, Chem.GetMolFrags(molecule.mol, asMols=True, sanitizeFrags=False))):
        kept = [part for part in kept if part not in _solvents()]
    return ".".join(kept) if 0 < len(kept) < len(parts) else ""


def _of_a_metal(parts: Sequence[Chem.Mol]) -> list[Chem.Mol]:
    """The organic ions of a metal's salt. What is bound by carbon, or is neutral, is no more than a ligand."""
    return [
        part
        for part in parts
        if _is_organic(part)
        and not _is_neutral(part)
        and not any(atom.GetSymbol() == "C" and atom.GetFormalCharge() < 0 for atom in part.GetAtoms())
        and not any(map(_is_metal, part.GetAtoms()))
    ]


def _without_counter_ions(parts: Sequence[Chem.Mol]) -> dict[str, Chem.Mol]:
    """The components that are no counter-ions, by SMILES; of one molecule, or of several alike, that molecule."""
    kinds = _by_smiles(parts)
    if len(kinds) == 1:
        return kinds
    left = {smiles: part for smiles, part in kinds.items() if _is_organic(part) and smiles not in _solvents()}
    acids = {smiles: part for smiles, part in left.items() if _is_one_of(part, _ACIDS)}
    bases = {smiles: part for smiles, part in left.items() if _is_one_of(part, _BASES)}
    others = {smiles: part for smiles, part in left.items() if smiles not in acids and smiles not in bases}
    if any(map(_has_nitrogen, (others | bases).values())):
        left = {smiles: part for smiles, part in left.items() if smiles not in acids}
    if any(map(_is_acid, (others | acids).values())) and not left.keys().isdisjoint(others | acids):
        left = {smiles: part for smiles, part in left.items() if smiles not in bases}
    if all(map(_is_neutral, parts)):
        left |= {smiles: part for smiles, part in kinds.items() if smiles in _solvents()}
    return left


def _by_smiles(parts: Sequence[Chem.Mol]) -> dict[str, Chem.Mol]:
    return {Chem.MolToSmiles(part): part for part in parts}


def _is_one_of(part: Chem.Mol, smiles: str) -> bool:
    """Whether a component has the atoms and bonds of one of some others, all in one SMILES."""
    known = _skeletons(smiles)
    return _size(part) <= max(known.values()) and _skeleton(part) in known


@cache
def _solvents() -> frozenset[str]:
    return frozenset(Chem.MolToSmiles(Chem.MolFromSmiles(_SOLVENTS)).split("."))


@cache
def _skeletons(smiles: str) -> dict[str, int]:
    """Of each molecule in a SMILES, with the number of its heavy atoms."""
    return {_skeleton(part): _size(part) for part in Chem.GetMolFrags(Chem.MolFromSmiles(smiles), asMols=True)}


def _is_acid(part: Chem.Mol) -> bool:
    return any(part.HasSubstructMatch(Chem.MolFromSmarts(group)) for group in _ACID_GROUPS)


def _has_nitrogen(part: Chem.Mol) -> bool:
    return any(atom.GetSymbol() == "N" for atom in part.GetAtoms())


def _is_organic(part: Chem.Mol) -> bool:
    return any(atom.GetSymbol() == "C" for atom in part.GetAtoms())


def _is_neutral(part: Chem.Mol) -> bool:
    """No ion, and no acid without carbon: with HCl an amine is a salt, however it is drawn."""
    return Chem.GetFormalCharge(part) == 0 and (_is_organic(part) or Chem.MolToSmiles(part) == _WATER)


def _is_metal(atom: Chem.Atom) -> bool:
    return atom.GetAtomicNum() > 0 and atom.GetAtomicNum() not in _NO_METALS


def _size(part: Chem.Mol) -> int:
    return int(part.GetNumHeavyAtoms())
