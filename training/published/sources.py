"""The published pairs that can be fetched, where they are, and what their files must look like.

Row counts are those that the files were published with. The ChEBI-20 files of the Text2Mol repository itself
(`mol2vec_ChEBI_20_*.txt`) hold Mol2vec vectors in place of structures; the same splits with SMILES are published by
the same authors with MolT5.
"""

from __future__ import annotations

from model.published.checks import LinesCheck, Sized
from model.published.sources import DataSource, RemoteFile
from training.pairs.tables import PCDES_DESCRIPTIONS, PCDES_SMILES
from training.published.table_check import TableCheck


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
