"""Entries of a build, made by hand."""

from __future__ import annotations

from rdkit import Chem

from indexer.build.shards import DescriptionEntry, MoleculeEntry
from indexer.properties import properties_of


def molecule(id: str, smiles: str, *, tags: str = "", text: str | None = None, cid: str | None = None) -> MoleculeEntry:
    mol = Chem.MolFromSmiles(smiles)
    return MoleculeEntry(
        id=id,
        cid=cid,
        name=None,
        smiles=Chem.MolToSmiles(mol),
        inchikey=Chem.MolToInchiKey(mol),
        source_smiles=None,
        text=text,
        tags=tags,
        synonyms=(),
        properties=properties_of(mol),
    )


def description(text: str, molecule_row: int | None, *, id: str = "d") -> DescriptionEntry:
    return DescriptionEntry(id, None, None, None, text, molecule_row)
