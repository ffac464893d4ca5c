"""What the corpus has in place of a structure that it does not have: dry, written in another way, or its components."""

from __future__ import annotations

import re
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
# Several components, charges, or a bracket with a metal in it, whose symbol is none of these.
_MAY_HAVE_OTHER_FORMS = re.compile(r"[.+-]|\[\d*(?!(?:Cl|Br|Si|Se|As|Te|[HBCNOFPSI])(?![a-z]))[A-Z]")
# Few molecules have one formula with a metal in it, and few structures so many components.
_MOST_COMPARED, _MOST_COMPONENTS = 20, 6
# Heteropoly acids crystallise with some 30 of water. Each takes RDKit a look at the whole: 600 take half a second.
_MOST_PARTS = 100


@dataclass(frozen=True, slots=True)
class OtherForm:
    """Molecules of the corpus, and how they differ from what was asked for; remark: empty where they do not."""

    matches: tuple[Match, ...]
    remark: str


@dataclass(frozen=True, slots=True)
class OtherForms:
    """Looks for other forms in one release, whose structures were standardised by `policy`."""

    chemistry: Chemistry
    policy: Standardization
    lexicon: Lexicon
    records: Records

    def find(self, text: str, structure: ReadStructure) -> OtherForm | None:
        """In this order: the same without water or solvent; the same formula and ligands, of a metal; the components
        that are not there for the salt's sake.
        """
        smiles = structure.smiles
        if _MAY_HAVE_OTHER_FORMS.search(smiles) is None or smiles.count(".") >= _MOST_PARTS:
            return None
        components = self._components(text, self.policy)
        if components is None:
            return None
        return (
            self._dry(components.dry) or self._rewritten(components, smiles) or self._parents(text, components, smiles)
        )

    def _components(self, text: str, policy: Standardization) -> Components | None:
        try:
            return self.chemistry.read(text, policy, Want.COMPONENTS).result().components
        except StructureError:
            return None

    def _dry(self, smiles: str) -> OtherForm | None:
        if not smiles:
            return None
        try:
            dry = self.chemistry.read(smiles, "none", Want.INCHIKEY | Want.COMPONENTS).result()
        except StructureError:
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
            matches = tuple(
                replace(match, kind="composition")
                for match, own in zip(found, written, strict=True)
                if (other := self._components(own, "none")) is not None and other.ligands == components.ligands
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
        found = [matches for parent in parents if (matches := self._parent(parent))]
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

    def _parent(self, text: str) -> tuple[Match, ...]:
        try:
            parent = self.chemistry.read(text, "parent", Want.INCHIKEY).result()
        except StructureError:
            return ()
        matches = match_structure(parent, self.lexicon)
        return tuple(match if match.kind == "salt" else replace(match, kind="parent") for match in matches)
