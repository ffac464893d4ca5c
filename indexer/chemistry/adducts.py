"""Whether components lie beside each other as in salts, hydrates and adducts."""

from rdkit import Chem

# Of sulfur, phosphorus, carbon, nitrogen and the like, or of a halogen.
_ACID = Chem.MolFromSmarts("[$([OX2H1]-[!#1]=O),$([OX2H1]-[N+](=O)[O-]),$([F,Cl,Br,I;H1])]")


def is_a_salt(smiles: str) -> bool:
    """Whether components lie beside each other as in salts, hydrates and adducts: no charge is left over, and what a
    free acid has beside it is a base with nitrogen, or water. What OPSIN makes of "fructose bisphosphate" is none.
    """
    components = [Chem.MolFromSmiles(part) for part in smiles.split(".")]
    charges = [Chem.GetFormalCharge(part) for part in components]
    if any(charges):
        return sum(charges) == 0
    dry = [part for part in components if part.GetNumAtoms() > 1 or part.GetAtomWithIdx(0).GetAtomicNum() != 8]
    others = [part for part in dry if not part.HasSubstructMatch(_ACID)]
    return len(others) in (0, len(dry)) or any(map(_has_nitrogen, others))


def _has_nitrogen(component: Chem.Mol) -> bool:
    return any(atom.GetAtomicNum() == 7 for atom in component.GetAtoms())
