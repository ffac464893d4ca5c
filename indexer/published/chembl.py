"""ChEMBL: its structures from `chembl_NN_chemreps.txt.gz`, preferred names from the SDF.

`checksums.txt` of a release names its files, with their SHA-256. The SDF says `None` for a molecule without a name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from indexer.corpus.lines import numbered_lines, open_bytes
from indexer.corpus.rows import CorpusLimits
from indexer.corpus.sdf import read_items
from indexer.errors import CorpusError
from indexer.published.corpus import MAX_BYTES, Addresses, GatheredCorpus, MoleculeTable
from model.counts import counted
from model.published.checks import ChecksumsCheck, GzipCheck, Sized, read_checksums
from model.published.sources import DataSource, RemoteFile

_CHECKSUMS = RemoteFile("checksums.txt", Sized(1, 10_000_000, ChecksumsCheck()), 2_000)
_STRUCTURES_BYTES, _SDF_BYTES = 280_000_000, 900_000_000
_ROOT = "https://ftp.ebi.ac.uk/pub/databases/chembl/ChEMBLdb"


def chembl_source(release: int | None, names: bool, digests: Mapping[str, str] | None = None) -> DataSource:
    """A release, the latest where None. Without `digests`, by file name, its number is `NN` and nothing is checked."""
    found = (re.fullmatch(r"chembl_(\d+)_chemreps\.txt\.gz", name) for name in digests or ())
    number = next((match[1] for match in found if match), str(release or "NN"))
    sizes = {f"chembl_{number}_chemreps.txt.gz": _STRUCTURES_BYTES}
    if names:
        sizes[f"chembl_{number}.sdf.gz"] = _SDF_BYTES
    missing = [name for name in sizes if digests is not None and name not in digests]
    if missing:
        raise CorpusError(f"{_CHECKSUMS.name} of ChEMBL names no {missing[0]}")
    files = [
        RemoteFile(name, Sized(1, MAX_BYTES, GzipCheck((digests or {}).get(name, ""))), sizes[name]) for name in sizes
    ]
    return DataSource(
        key="chembl",
        title=f"ChEMBL, {f'release {release}' if release else 'latest release'}",
        base_url=f"{_ROOT}/releases/chembl_{release}" if release else f"{_ROOT}/latest",
        files=tuple(files),
        citation="Zdrazil et al.: The ChEMBL Database in 2023, Nucleic Acids Research 52",
        licence="CC BY-SA 3.0 (attribution, share alike)",
    )


def gather_chembl(out: Path, release: int | None, names: bool, addresses: Addresses) -> GatheredCorpus:
    """Fetch a release into `out` and write `molecules.tsv`; with `names`, preferred names are in it.

    A `checksums.txt` that is there decides which release is fetched, so that a second call resumes the first.

    Raises:
        DownloadError: a file cannot be fetched, or is not what its checksum says.
        CorpusError: a file is not in the format that ChEMBL publishes.
    """
    plan = chembl_source(release, names)
    listing = DataSource(plan.key, plan.title, plan.base_url, (_CHECKSUMS,), plan.citation, plan.licence)
    [checksums] = addresses.fetch(listing, out)
    files = addresses.fetch(chembl_source(release, names, read_checksums(checksums.path)), out)
    preferred = dict(_preferred_names(files[1].path)) if names else {}
    with MoleculeTable(out) as table:
        for id, smiles in _structures(files[0].path):
            table.write(id, smiles, preferred.get(id, ""))
        return table.finish(files)


def _structures(path: Path) -> Iterator[tuple[str, str]]:
    with open_bytes(path) as stream:
        columns: list[str] | None = None
        for number, line, _ in numbered_lines(stream, CorpusLimits().max_row_bytes):
            cells = line.decode("utf-8", "replace").split("\t")
            if columns is None:
                columns = cells
                try:
                    id, smiles = columns.index("chembl_id"), columns.index("canonical_smiles")
                except ValueError:
                    raise CorpusError(f"{path} has no columns chembl_id and canonical_smiles") from None
            elif line.strip():
                if len(cells) != len(columns):
                    raise CorpusError(
                        f"{path}, line {number}: {counted(len(cells), 'column')} instead of {len(columns)}"
                    )
                yield cells[id], cells[smiles]


def _preferred_names(path: Path) -> Iterator[tuple[str, str]]:
    for title, items in read_items(path, CorpusLimits().max_row_bytes):
        name = items.get("chembl_pref_name")  # "None" counts as missing
        if name:
            yield items.get("chembl_id", title), name
