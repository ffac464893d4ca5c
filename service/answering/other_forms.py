"""What the corpus has in place of a structure that it does not have: dry, written in another way, or its components."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from indexer.chemistry import Chemistry, ReadStructure, Want
from indexer.chemistry.components import Components
from indexer.policy import Standardization
from indexer.release.records import Records
from indexer.search.identifiers import Identifier
from indexer.search.lexicon import Lexicon, Match
from indexer.search.understanding import match_structure
from model.inputs.structure import StructureError

NEAR_REMARKS = {
    "skeleton": "The corpus has this structure only with other stereochemistry, isotopes or protons.",
    "parent": "The corpus has this structure only without its salts and charges.",
    "salt": "The corpus has this structure only as a salt or solvate, or as another one.",
}
_DRY = "The corpus has this structure only without its water or solvent of crystallisation."
_SEVERAL = "The structure is drawn several times; the corpus has it once."
_REWRITTEN = (
    "The corpus has the same formula, of the same ions or ligands, written in another way (with bonds to the metal, or "
    "with charges)."
)
_AMMINES = "Amines on the metal were read with their hydrogen, as ammines."
_ARRANGED = "Whether they lie about the metal in the same way, such as cis or trans, cannot be told."
# Few molecules have one formula with a metal in it, and few structures so many components.
_MOST_COMPARED, _MOST_COMPONENTS = 20, 6


@dataclass(frozen=True, slots=True)
class OtherForm:
    """Molecules of the corpus, and how they differ from what was asked for; remark: empty where they do not."""

    matches: tuple[Match, ...]
    remark: str


@dataclass(frozen=True, slots=True)
class OtherForms:
    """Looks for other forms in one release."""

    chemistry: Chemistry
    lexicon: Lexicon
    records: Records

    def find(self, text: str, structure: ReadStructure) -> OtherForm | None:
        """In this order: the same without water or solvent; the same formula and ligands, of a metal; the components
        that are not there for the salt's sake. The structure has been read with its components, if it has any.
        """
        components = structure.components
        if components is None:
            return None
        return (
            self._dry(components.dry)
            or self._rewritten(components, structure.smiles)
            or self._parents(text, components, structure.smiles)
        )

    def _dry(self, smiles: str) -> OtherForm | None:
        if not smiles:
            return None
        [dry] = self._read([(smiles, "none")], Want.INCHIKEY | Want.COMPONENTS)
        if dry is None:
            return None
        matches = match_structure(dry, self.lexicon)
        if not matches:
            return self._rewritten(dry.components, dry.smiles) if dry.components is not None else None
        if matches[0].kind == "structure":
            return OtherForm(tuple(replace(match, kind="parent") for match in matches), _DRY)
        return OtherForm(matches, NEAR_REMARKS[matches[0].kind])

    def _rewritten(self, components: Components, smiles: str) -> OtherForm | None:
        """What is made of the same metals and ligands. InChI tells apart how they are bound."""
        for formula in components.formulas:
            found = self.lexicon.find_identifier(Identifier("formula", formula))[:_MOST_COMPARED]
            written = self.records.smiles([match.row for match in found])
            same = [match for match, own in zip(found, written, strict=True) if own == smiles]
            if same:  # as it is; there is no InChI of bonds that ligands alone give
                return OtherForm(tuple(replace(match, kind="structure") for match in same), "")
            others = self._read([(own, "none") for own in written], Want.COMPONENTS)
            matches = tuple(
                replace(match, kind="composition")
                for match, other in zip(found, others, strict=True)
                if other is not None and other.components is not None and other.components.ligands == components.ligands
            )
            if matches:
                ammines = [_AMMINES] if formula != components.formulas[0] else []
                arranged = [_ARRANGED] if components.arranged else []
                return OtherForm(matches, " ".join([_REWRITTEN, *ammines, *arranged]))
        return None

    def _parents(self, text: str, components: Components, smiles: str) -> OtherForm | None:
        """What the structure is without its salts and charges; of a mixture, what it is made of."""
        parents: Sequence[str] = components.parents[:_MOST_COMPONENTS]
        if len(parents) == 1 and "." not in smiles:
            parents = [text]
        read = self._read([(parent, "parent") for parent in parents], Want.INCHIKEY)
        found = [matches for parent in read if parent is not None and (matches := self._parent(parent))]
        if not found:
            return None
        together = tuple(dict.fromkeys(match for matches in found for match in matches))
        if "." in smiles and len(set(smiles.split("."))) == 1:
            return OtherForm(together, _SEVERAL)
        if not components.mixture:
            return OtherForm(together, NEAR_REMARKS[together[0].kind])
        number = "all" if len(found) == len(components.parents) else f"{len(found)}"
        remark = f"The corpus does not have this mixture; it has {number} of its {len(components.parents)} components."
        return OtherForm(together, remark)

    def _parent(self, parent: ReadStructure) -> tuple[Match, ...]:
        matches = match_structure(parent, self.lexicon)
        return tuple(match if match.kind == "salt" else replace(match, kind="parent") for match in matches)

    def _read(self, texts: Sequence[tuple[str, Standardization]], want: Want) -> list[ReadStructure | None]:
        """Structures, each by a policy; workers are asked for all of them at once. None for what cannot be read."""
        asked = [self.chemistry.read(text, policy, want) for text, policy in texts]
        read: list[ReadStructure | None] = []
        for future in asked:
            try:
                read.append(future.result())
            except StructureError:
                read.append(None)
        return read
