"""What the columns of exports are called: PubChem, ChEMBL, ChEBI, LIPID MAPS, DrugBank, HMDB, ZINC, COCONUT, Enamine,
BindingDB, CompTox, NP Atlas, FooDB, T3DB, SwissLipids, SureChEMBL, ChemSpider, MolPort, DrugCentral and MoleculeNet.

Names are compared without case, spaces, dashes and underscores. Within a field the first that a file has is taken.
"""

import re
from collections.abc import Sequence
from functools import lru_cache

from indexer.corpus.rows import FieldName

# Those that promise most first: of two that say the same, the one that is called isomeric is whole in every row.
SMILES = (
    "isomeric_smiles",
    "isosmiles",
    "pubchem_openeye_iso_smiles",
    "openeye_iso_smiles",
    "absolute_smiles",
    "cxsmiles",
    "smiles",
    "pubchem_smiles",
    "structure",
    "structure_smiles",
    "mol_smiles",
    "smi",
    "canonical_smiles",
    "unique_smiles",
    "connectivity_smiles",
    "pubchem_connectivity_smiles",
    "pubchem_openeye_can_smiles",
    "openeye_can_smiles",
    "mol",  # of MoleculeNet, a SMILES
)
INCHI = ("inchi", "standard_inchi", "inchi_identifier", "pubchem_iupac_inchi")

# Names that a table has for its own rows, never for those of another database.
_OWN_IDS = (
    "chebi_accession",
    "npaid",
    "public_id",
    "database_id",
    "lm_id",
    "cmpd_chemblid",
    "compound_id",
    "id",
    "molecule_id",
    "mol_id",
    "identifier",
    "accession",
    "catalog_id",
    "catalogue_id",
    "idnumber",
    "id_number",
    "registry_id",
    "np_id",
    "lipid_id",
    "bindingdb_monomerid",
    "catalog_number",
    "catalogue_number",
    "catalog_no",
    "compound_number",
    "compound_no",
    "sample_id",
    "substance_id",
    "molregno",
)
# Names that other databases have for their cross-references, too. A table's own comes before these.
CROSS_REFERENCES = (
    "chebi_id",
    "chembl_id",
    "molecule_chembl_id",
    "drugbank_id",
    "lipidmaps_id",
    "lmid",
    "hmdb_id",
    "t3db_id",
    "foodb_id",
    "ymdb_id",
    "ecmdb_id",
    "zinc_id",
    "coconut_id",
    "npatlas_id",
    "drugcentral_id",
    "swisslipids_id",
    "surechembl_id",
    "schembl_id",
    "csid",
    "chemspider_id",
    "molportid",
    "molport_id",
    "mcule_id",
    "emolecules_id",
    "enamine_id",
    "dtxsid",
    "dsstox_substance_id",
    "unii",
    "kegg_id",
    "kegg_compound_id",
    "pubchem_sid",
    "pubchem_substance_id",
)

ALIASES: dict[FieldName, tuple[str, ...]] = {
    "smiles": (*SMILES, *INCHI),
    "id": _OWN_IDS,
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
        "traditional_name",
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
    "cas": (
        "cas",
        "cas_number",
        "cas_no",
        "casrn",
        "cas_rn",
        "cas_reg_no",
        "cas_registry_number",
        "cas_registry_no",
        "cas_numbers",
        "cas_registry_numbers",
    ),
}


@lru_cache(maxsize=1 << 12)  # every record of an SD file has the same names
def normalised(column: str) -> str:
    """A column name as it is compared: letters and digits only, lower case."""
    return re.sub(r"[\W_]+", "", column).lower()


_CROSS_REFERENCES = frozenset(map(normalised, CROSS_REFERENCES))
_KNOWN = _CROSS_REFERENCES | {normalised(alias) for known in ALIASES.values() for alias in known}


def is_known(column: str) -> bool:
    """Whether a column has one of these names."""
    return normalised(column) in _KNOWN


def position_of(columns: Sequence[str], name: str) -> int | None:
    """Where the column of a name is: the very name first, then one that only differs in case, spaces and marks."""
    if not name:
        return None
    if name in columns:
        return columns.index(name)
    wanted = normalised(name)
    compared = [normalised(column) for column in columns]
    return compared.index(wanted) if wanted and wanted in compared else None  # of "#" and "%" nothing is left


def known_position(columns: Sequence[str], field: FieldName) -> int | None:
    """Where the column is that is known for a field. Of cross-references the leftmost is the table's own."""
    compared = [normalised(column) for column in columns]
    for alias in ALIASES[field]:
        if normalised(alias) in compared:
            return compared.index(normalised(alias))
    if field == "id":
        return next((place for place, name in enumerate(compared) if name in _CROSS_REFERENCES), None)
    return None
