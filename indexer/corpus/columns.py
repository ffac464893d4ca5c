"""Which column of a file is the structure, the id, the name, the description, the tags, the synonyms, the CAS number.

The aliases are those of exports of PubChem, ChEMBL, ChEBI, LIPID MAPS, DrugBank, HMDB, ZINC, COCONUT, Enamine,
BindingDB, CompTox, NP Atlas, FooDB, DrugCentral and MoleculeNet.
"""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

from indexer.corpus.rows import FieldName, Role, is_missing, printable
from indexer.errors import CorpusError
from indexer.search.understanding import looks_like_structure

_SMILES = (
    "smiles",
    "isomeric_smiles",
    "isosmiles",
    "pubchem_openeye_iso_smiles",
    "openeye_iso_smiles",
    "pubchem_smiles",
    "absolute_smiles",
    "cxsmiles",
    "canonical_smiles",
    "unique_smiles",
    "structure",
    "structure_smiles",
    "mol_smiles",
    "smi",
    "connectivity_smiles",
    "pubchem_connectivity_smiles",
    "pubchem_openeye_can_smiles",
    "openeye_can_smiles",
    "mol",  # of MoleculeNet, a SMILES
)
# Where a file has none of these, any column with SMILES in its name ("Ligand SMILES", "compound_smiles") but for those
# that are no longer, or not, the molecule itself.
_NOT_THE_MOLECULE = re.compile(
    r"ready|fragment|scaffold|murcko|reactant|product|monomer|reaction|sugarfree|core|target|rxn"
)
_INCHI = ("inchi", "standard_inchi", "inchi_identifier", "pubchem_iupac_inchi")

# In order of preference, where a file has several. Compared without case, spaces, dashes and underscores.
ALIASES: dict[FieldName, tuple[str, ...]] = {
    "smiles": (*_SMILES, *_INCHI),
    "id": (
        "chebi_accession",
        "id",
        "compound_id",
        "molecule_id",
        "mol_id",
        "identifier",
        "chebi_id",
        "chembl_id",
        "molecule_chembl_id",
        "lm_id",
        "lipidmaps_id",
        "drugbank_id",
        "hmdb_id",
        "zinc_id",
        "coconut_id",
        "catalog_id",
        "catalogue_id",
        "idnumber",
        "id_number",
        "registry_id",
        "accession",
        "npaid",
        "np_id",
        "dtxsid",
        "public_id",
        "drugcentral_id",
        "bindingdb_monomerid",
        "catalog_number",
        "catalogue_number",
        "catalog_no",
        "compound_number",
        "compound_no",
        "sample_id",
        "substance_id",
        "unii",
        "database_id",
    ),
    "cid": (
        "cid",
        "pubchem_cid",
        "pubchem_compound_cid",
        "compound_cid",
        "pubchem_compound_id",
        "pubchem_cid_of_ligand",
    ),
    "name": (
        "name",
        "cmpdname",
        "compound_name",
        "molecule_name",
        "preferred_name",
        "pref_name",
        "chembl_pref_name",
        "generic_name",
        "common_name",
        "chebi_name",
        "compound_names",
        "inn",
        "drug_name",
        "substance_name",
        "chemical_name",
        "ligand_name",
        "bindingdb_ligand_name",
        "product_name",
        "trivial_name",
        "title",
        "systematic_name",
        "iupac_name",
        "pubchem_iupac_name",
        "pubchem_iupac_openeye_name",
        "traditional_iupac",
    ),
    "description": ("description", "text", "caption", "definition", "summary"),
    "tags": ("tags", "tag"),
    "synonyms": (
        "synonyms",
        "synonym",
        "cmpdsynonym",
        "pubchem_compound_synonym",
        "molecule_synonyms",
        "compound_synonyms",
        "other_names",
        "alternative_names",
        "aliases",
        "alternate_names",
        "also_known_as",
        "brand_names",
        "trade_names",
    ),
    "cas": ("cas", "cas_number", "cas_no", "casrn", "cas_rn", "cas_reg_no", "cas_registry_number", "cas_registry_no"),
}

REQUIRED: dict[Role, FieldName] = {"molecules": "smiles", "descriptions": "description"}


@lru_cache(maxsize=1 << 12)  # every record of an SD file has the same names
def normalised(column: str) -> str:
    """A column name as it is compared: letters and digits only, lower case."""
    return re.sub(r"[\W_]+", "", column).lower()


def find_columns(
    columns: Sequence[str], chosen: Mapping[FieldName, str], sample: Sequence[Sequence[str]] = ()
) -> dict[FieldName, int]:
    """Positions of the columns that are understood; `chosen` names columns for fields and wins over aliases.

    `sample`: cells of some rows, by which one of several structure columns is chosen: the one that says most about
    stereochemistry and isotopes. A column that was chosen and is missing is left out, as one that no alias matches.

    Raises:
        CorpusError: a column that is used has the name of another.
    """
    positions: dict[str, int] = {}
    for position, column in enumerate(columns):
        positions.setdefault(normalised(column), position)
    found: dict[FieldName, int] = {}
    structures = structure_columns(columns)
    for field, known in ALIASES.items():
        aliases = structures if field == "smiles" else known
        for alias in (chosen[field],) if field in chosen else aliases:
            if normalised(alias) in positions:
                found[field] = positions[normalised(alias)]
                break
    if "smiles" in found and "smiles" not in chosen and sample:
        found["smiles"] = _most_informative(positions, structures, sample)
    for position in found.values():
        if columns.count(columns[position]) > 1:
            raise CorpusError(f"the column {columns[position]} is there twice; rename one of them")
    return found


def structure_columns(columns: Sequence[str]) -> list[str]:
    """The columns that hold structures, by their names, in order of preference."""
    names = {normalised(column): column for column in reversed(columns)}
    known = [names[normalised(alias)] for alias in ALIASES["smiles"] if normalised(alias) in names]
    if any(normalised(column) in map(normalised, _SMILES) for column in known):
        return known
    named = [column for name, column in names.items() if "smiles" in name and not _NOT_THE_MOLECULE.search(name)]
    return [*reversed(named), *known] if len(columns) > 1 else known  # "smiles name" is two columns and no table


def _most_informative(positions: Mapping[str, int], structures: Sequence[str], sample: Sequence[Sequence[str]]) -> int:
    """The SMILES column with most marks of stereochemistry and isotopes; an InChI column where no SMILES has any."""

    def best(aliases: Sequence[str]) -> tuple[int, int] | None:
        there = [positions[normalised(alias)] for alias in aliases if normalised(alias) in positions]
        scored = [(_marks([row[position] for row in sample if position < len(row)]), position) for position in there]
        return max(scored, key=lambda one: one[0], default=None)  # of equal ones the first

    known = {normalised(alias) for alias in _INCHI}
    smiles = best([column for column in structures if normalised(column) not in known])
    inchi = best([column for column in structures if normalised(column) in known])
    if smiles is None or (inchi is not None and smiles[0] <= 0 < inchi[0]):
        assert inchi is not None
        return inchi[1]
    return inchi[1] if inchi is not None and smiles[0] < 0 <= inchi[0] else smiles[1]


_SMILES_MARKS = re.compile(r"[@/\\]|\[[0-9]")
_INCHI_MARKS = re.compile(r"/[tbi]")


def _marks(cells: Sequence[str]) -> int:
    """How many structures tell stereochemistry or isotopes; -1 if there are no structures at all."""
    structures = [cell.strip() for cell in cells if not is_missing(cell)]
    if not structures:
        return -1
    return sum(bool((_INCHI_MARKS if text.startswith("InChI=") else _SMILES_MARKS).search(text)) for text in structures)


def require_columns(file: str, role: Role, columns: Sequence[str], found: Mapping[FieldName, int]) -> None:
    """Raise a CorpusError that lists the file's columns if it lacks the one that its role needs."""
    needed = REQUIRED[role]
    if needed in found:
        return
    shown = ", ".join(column[:60] for column in columns[:20]) or "none"
    first = columns[0].split() if columns else []
    if needed == "smiles" and first and len(first[0]) > 2 and looks_like_structure(first[0]) is not None:
        raise CorpusError(
            f"{file} begins with {printable(columns[0][:60])}, which looks like a molecule: give it a header line such "
            "as smiles,name, or call it .smi if it has a SMILES and a name on each line"
        )
    if len(columns) == 1 and len(first) > 1 and normalised(first[0]) in map(normalised, ALIASES[needed]):
        raise CorpusError(
            f"{file} has white space between its columns ({printable(columns[0][:60])}): put commas or tabs there, or "
            "call it .smi without this header line"
        )
    names = [*ALIASES[needed][:5], "…"] if len(ALIASES[needed]) > 5 else ALIASES[needed]
    raise CorpusError(
        f"{file} has no {needed} column (known names: {', '.join(names)}); its columns are: {shown}. Name one with "
        f"--column {needed}=NAME"
    )
