"""What the salts of a corpus are salts of, so that the free acid or base finds them where it is not there itself."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping

from rdkit import Chem, rdBase

from indexer.search.lexicon import SALT_KEY
from indexer.standardize import standardize
from model.inputs.structure import Molecule

# Processor time of one InChIKey: a structure that is worth more has been given its whole key with more patience.
_INCHI_MILLISECONDS = 200
_SALTS = "SELECT row, smiles FROM molecules WHERE instr(smiles, '.') ORDER BY row"


def salt_parents(records: sqlite3.Connection, known: Mapping[str, str]) -> Iterator[tuple[str, int]]:
    """Key of the parent and row, of each molecule of several components of which the largest organic one has a key.

    The key is the InChIKey without its last letter, which tells acids from their ions. `known`: keys of some SMILES,
    from an earlier release.
    """
    for row, smiles in records.execute(_SALTS):
        key = known.get(smiles) or _parent_key(smiles)
        if key:
            yield key, row


def known_parents(lexicon: sqlite3.Connection, records: sqlite3.Connection) -> dict[str, str]:
    """What `salt_parents` found for an earlier release, by SMILES."""
    keys = {row: key for key, row in lexicon.execute("SELECT parent, row FROM salts")}
    return {smiles: keys[row] for row, smiles in records.execute(_SALTS) if row in keys}


def _parent_key(smiles: str) -> str:
    with rdBase.BlockLogs():
        mol = Chem.MolFromSmiles(smiles)
        if mol is None:
            return ""
        try:
            parent = standardize(Molecule(smiles, mol), "largest-fragment").mol
            if not any(atom.GetAtomicNum() == 6 for atom in parent.GetAtoms()):
                return ""  # rock salt is no salt of chlorine's
            key = str(Chem.MolToInchiKey(parent, options=f"-WM{_INCHI_MILLISECONDS}"))  # type: ignore[no-untyped-call]
        except MemoryError:
            raise
        except Exception:  # RDKit raises many kinds of errors on odd chemistry; none may cost a build
            return ""
    return key[:SALT_KEY]
