"""Which published data sets Molseek can fetch, where they are, and what their files must look like.

Row counts are those that the files were published with. The ChEBI-20 files of the Text2Mol repository itself
(`mol2vec_ChEBI_20_*.txt`) hold Mol2vec vectors in place of structures; the same splits with SMILES are published by
the same authors with MolT5.
"""

from __future__ import annotations

from dataclasses import dataclass

from training.pairs.tables import PCDES_DESCRIPTIONS, PCDES_SMILES
from training.published.checks import LinesCheck, OboCheck, Sized, TableCheck


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file of a data set; its address is the set's base address, a slash and `name`."""

    name: str
    check: Sized

    @property
    def max_bytes(self) -> int:
        return self.check.max_bytes


@dataclass(frozen=True, slots=True)
class DataSource:
    """A published data set: plain files under one address."""

    key: str
    title: str
    base_url: str
    files: tuple[RemoteFile, ...]
    citation: str
    licence: str


def _split(name: str, rows: range, min_bytes: int, max_bytes: int) -> RemoteFile:
    table = TableCheck(columns=("cid", "smiles", "description"), structure="smiles", rows=rows)
    return RemoteFile(name, Sized(min_bytes, max_bytes, table))


CHEBI20 = DataSource(
    key="chebi20",
    title="ChEBI-20",
    base_url="https://raw.githubusercontent.com/blender-nlp/MolT5/main/ChEBI-20_data",
    files=(
        _split("train.txt", range(26_400, 26_411), 5_000_000, 40_000_000),
        _split("validation.txt", range(3_300, 3_303), 500_000, 5_000_000),
        _split("test.txt", range(3_299, 3_303), 500_000, 5_000_000),
    ),
    citation="Edwards, Zhai, Ji: Text2Mol, EMNLP 2021; files: Edwards et al.: MolT5, EMNLP 2022",
    licence="texts from ChEBI, CC BY 4.0 (attribution)",
)

PCDES = DataSource(
    key="pcdes",
    title="PCdes",
    base_url="https://raw.githubusercontent.com/thunlp/KV-PLM/master/Ret",
    files=(
        RemoteFile(PCDES_SMILES, Sized(300_000, 10_000_000, LinesCheck(range(15_000, 15_001), filled=True))),
        # Surplus texts at the end are as published, and some may be empty.
        RemoteFile(
            PCDES_DESCRIPTIONS, Sized(1_000_000, 200_000_000, LinesCheck(range(15_000, 1_000_001), filled=False))
        ),
    ),
    citation="Zeng, Yao, Liu, Sun: KV-PLM, Nature Communications 2022",
    licence="texts from PubChem depositors: mixed, some of them non-commercial",
)

CHEBI = DataSource(
    key="chebi",
    title="ChEBI, current release",
    base_url="https://ftp.ebi.ac.uk/pub/databases/chebi/ontology",
    files=(RemoteFile("chebi.obo.gz", Sized(5_000_000, 1_000_000_000, OboCheck(range(50_000, 10_000_001)))),),
    citation="Hastings et al.: ChEBI in 2016, Nucleic Acids Research 44",
    licence="CC BY 4.0 (attribution)",
)
