"""What the service asks of RDKit, as calls that run in a worker process: read, match, draw."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Flag, auto
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from rdkit import Chem, rdBase

from indexer.chemistry.adducts import is_a_salt
from indexer.chemistry.components import Components, may_have_other_forms, read_components
from indexer.chemistry.drawing import DrawingError, draw_svg, molblock
from indexer.chemistry.isomers import Outline, outline
from indexer.policy import Standardization
from indexer.properties import Properties, properties_of
from indexer.search.substructure import Pattern, PatternError, drawn_pattern, match, read_pattern
from indexer.standardize import standardize
from model.inputs.features import MoleculeFeatures
from model.inputs.fingerprint import morgan_fingerprint
from model.inputs.structure import Molecule, StructureError, StructureLimits, parse_structure
from model.network.encoder import MoleculeFeaturizer

# Processor time of InChI for one query, after which it has no key: its search for a canonical numbering takes half a
# second and more on symmetric graphs of a few hundred atoms, but at most 11 ms on any molecule of ChEBI-20.
_INCHI_MILLISECONDS = 30
# It looks at the clock between its steps, and one of them takes seconds where hundreds of atoms at which rings meet are
# all alike, as in a prism. Of so many none has a key in time; those of C60 are 60.
_MOST_ALIKE = 100


class Want(Flag):
    """What is computed of a structure beside its canonical SMILES."""

    FEATURES = auto()
    FINGERPRINT = auto()
    INCHIKEY = auto()
    PROPERTIES = auto()
    COMPONENTS = auto()
    OUTLINE = auto()


StereoGroups = Literal["none", "some", "racemic"]
"""Whether centres are marked as racemic or as relative to each other, in a CXSMILES (`|&1:1|`) or a V3000 molblock;
`racemic`: all of the molecule's.
"""


@dataclass(frozen=True, slots=True)
class ReadStructure:
    """A structure as it was understood, and what was wanted of it; the rest is None.

    smiles: canonical and standardised; fingerprint: packed Morgan, uint8 `(256,)`; inchikey: empty where InChI cannot
    describe the structure, or takes too long; properties: as they are in records; components: of what may be in a
    corpus in another form; outline: see there;
    stereo_groups: as the text has them, nothing else here knows of them.
    """

    smiles: str
    features: MoleculeFeatures | None
    fingerprint: NDArray[np.uint8] | None
    inchikey: str | None
    properties: Properties | None = None
    components: Components | None = None
    outline: Outline | None = None
    stereo_groups: StereoGroups = "none"


@dataclass(frozen=True, slots=True)
class DrawnStructure:
    """A structure as canonical SMILES, and as a SMARTS that finds what contains it, or why there is none."""

    smiles: str
    smarts: str | None
    no_smarts: str | None


class Chemist:
    """Runs in a worker process. `featurizers`: by the digest of their checkpoint; empty: no features are wanted."""

    def __init__(self, limits: StructureLimits, featurizers: Mapping[str, MoleculeFeaturizer]) -> None:
        self._limits = limits
        self._featurizers = featurizers

    def read(self, text: str, policy: Standardization, want: Want, model: str = "") -> ReadStructure:
        """Read and standardise a structure; features are those of the checkpoint `model`. Raises StructureError."""
        parsed = parse_structure(text, self._limits)
        molecule = standardize(parsed, policy)
        try:
            with rdBase.BlockLogs():
                return self._describe(molecule, want, model, _stereo_groups(parsed.mol))
        except MemoryError:
            raise
        except Exception as error:  # RDKit raises many kinds of errors on odd chemistry
            reason = " ".join(str(error).split()) or type(error).__name__
            raise StructureError(
                "too_complex", f"RDKit cannot compute what a search needs of the structure: {reason[:200]}."
            ) from error

    def _describe(self, molecule: Molecule, want: Want, model: str, groups: StereoGroups) -> ReadStructure:
        return ReadStructure(
            smiles=molecule.smiles,
            features=self._featurizers[model](molecule) if self._featurizers and Want.FEATURES in want else None,
            fingerprint=morgan_fingerprint(molecule.mol) if Want.FINGERPRINT in want else None,
            inchikey=_inchikey(molecule) if Want.INCHIKEY in want else None,
            properties=properties_of(molecule.mol) if Want.PROPERTIES in want else None,
            components=_components(molecule) if Want.COMPONENTS in want else None,
            outline=outline(molecule.mol) if Want.OUTLINE in want else None,
            stereo_groups=groups,
        )

    def pattern(self, smarts: str) -> Pattern:
        """Read a SMARTS. Raises PatternError."""
        return read_pattern(smarts)

    def read_drawn(self, text: str) -> DrawnStructure:
        """Read a structure as one and as a substructure to look for. Raises StructureError."""
        molecule = parse_structure(text, self._limits)
        try:
            return DrawnStructure(molecule.smiles, drawn_pattern(molecule.mol).smarts, None)
        except PatternError as error:
            return DrawnStructure(molecule.smiles, None, str(error))

    def match(self, smiles: Sequence[str], has: Sequence[str], lacks: Sequence[str]) -> tuple[list[bool], float]:
        """For each SMILES, whether it has all of the SMARTS `has` and none of `lacks`; and the seconds it took."""
        return match(smiles, has, lacks)

    def draw(self, smiles: str, width: int, height: int, marked: Sequence[str] = (), others: Sequence[str] = ()) -> str:
        """The structure as SVG. Raises DrawingError."""
        return draw_svg(smiles, width, height, marked, others)

    def is_a_salt(self, smiles: str) -> bool:
        """See `indexer.chemistry.adducts`. Raises for what is no SMILES."""
        return is_a_salt(smiles)

    def molblocks(self, smiles: Sequence[str]) -> list[str | None]:
        """The structures as molblocks with 2-D coordinates; None for what cannot be laid out."""
        return [_molblock(each) for each in smiles]


def _molblock(smiles: str) -> str | None:
    try:
        return molblock(smiles)
    except DrawingError:
        return None


def _inchikey(molecule: Molecule) -> str:
    """As `molecule.inchikey`, in bounded time."""
    if _alike_where_rings_meet(molecule.mol) > _MOST_ALIKE:
        return ""
    return str(Chem.MolToInchiKey(molecule.mol, options=f"-WM{_INCHI_MILLISECONDS}"))  # type: ignore[no-untyped-call]


def _alike_where_rings_meet(mol: Chem.Mol) -> int:
    """How many atoms with three bonds or more in rings nothing tells apart; 0 if they are few anyway."""
    if 2 * (mol.GetNumBonds() - mol.GetNumAtoms()) < _MOST_ALIKE:
        return 0
    ranks = Chem.CanonicalRankAtoms(mol, breakTies=False)
    kinds = Counter(
        rank
        for rank, atom in zip(ranks, mol.GetAtoms(), strict=True)
        if sum(map(Chem.Bond.IsInRing, atom.GetBonds())) > 2
    )
    return max(kinds.values(), default=0)


def _components(molecule: Molecule) -> Components | None:
    if not may_have_other_forms(molecule.smiles):
        return None
    try:
        return read_components(molecule)
    except MemoryError:
        raise
    except Exception:  # RDKit raises many kinds of errors on odd chemistry, which can be searched for all the same
        return None


def _stereo_groups(mol: Chem.Mol) -> StereoGroups:
    kinds = Chem.StereoGroupType
    groups = [group for group in mol.GetStereoGroups() if group.GetGroupType() != kinds.STEREO_ABSOLUTE]
    if not groups:
        return "none"
    racemic = {
        atom.GetIdx() for group in groups if group.GetGroupType() == kinds.STEREO_AND for atom in group.GetAtoms()
    }
    centres = {atom.GetIdx() for atom in mol.GetAtoms() if atom.GetChiralTag() != Chem.ChiralType.CHI_UNSPECIFIED}
    return "racemic" if centres and centres <= racemic else "some"
