"""Which column of a file is the structure, the id, the name, the description, the tags."""

import re
from collections.abc import Mapping, Sequence

from indexer.corpus.rows import FieldName, Role
from indexer.errors import CorpusError

# In order of preference, where a file has several. Compared without case, spaces, dashes and underscores.
ALIASES: dict[FieldName, tuple[str, ...]] = {
    "smiles": (
        "smiles",
        "isomeric_smiles",
        "canonical_smiles",
        "openeye_iso_smiles",
        "pubchem_smiles",
        "structure",
        "mol_smiles",
        "smi",
        "inchi",
    ),
    "id": (
        "id",
        "compound_id",
        "molecule_id",
        "mol_id",
        "identifier",
        "chebi_id",
        "chembl_id",
        "molecule_chembl_id",
        "drugbank_id",
        "hmdb_id",
        "zinc_id",
        "catalog_id",
        "idnumber",
        "registry_id",
        "accession",
    ),
    "cid": ("cid", "pubchem_cid", "pubchem_compound_cid"),
    "name": (
        "name",
        "compound_name",
        "molecule_name",
        "preferred_name",
        "pref_name",
        "generic_name",
        "chebi_name",
        "title",
        "iupac_name",
        "pubchem_iupac_name",
    ),
    "description": ("description", "text", "caption", "definition", "summary"),
    "tags": ("tags", "tag"),
    "synonyms": (
        "synonyms",
        "synonym",
        "cmpdsynonym",
        "molecule_synonyms",
        "compound_synonyms",
        "other_names",
        "alternative_names",
        "aliases",
    ),
}

REQUIRED: dict[Role, FieldName] = {"molecules": "smiles", "descriptions": "description"}


def normalised(column: str) -> str:
    """A column name as it is compared: letters and digits only, lower case."""
    return re.sub(r"[\W_]+", "", column).lower()


def find_columns(columns: Sequence[str], chosen: Mapping[FieldName, str]) -> dict[FieldName, int]:
    """Positions of the columns that are understood; `chosen` names columns for fields and wins over aliases.

    A column that the caller chose and the file lacks is left out, as one that no alias matches.
    """
    positions: dict[str, int] = {}
    for position, column in enumerate(columns):
        positions.setdefault(normalised(column), position)
    found: dict[FieldName, int] = {}
    for field, aliases in ALIASES.items():
        for alias in (chosen[field],) if field in chosen else aliases:
            if normalised(alias) in positions:
                found[field] = positions[normalised(alias)]
                break
    return found


def require_columns(file: str, role: Role, columns: Sequence[str], found: Mapping[FieldName, int]) -> None:
    """Raise a CorpusError that lists the file's columns if it lacks the one that its role needs."""
    needed = REQUIRED[role]
    if needed in found:
        return
    shown = ", ".join(column[:60] for column in columns[:20]) or "none"
    raise CorpusError(
        f"{file} has no {needed} column (known names: {', '.join(ALIASES[needed])}); its columns are: {shown}"
    )
