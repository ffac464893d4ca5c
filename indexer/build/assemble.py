"""Finished shards become the files of a release."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np

from indexer.build.records_writer import RecordsWriter
from indexer.build.shards import Array, Shard
from indexer.build.sources import Keys, write_sources
from indexer.columns import write_columns
from indexer.corpus import Reject
from indexer.corpus.values import printable
from indexer.durable import sync_file
from indexer.release.opened import (
    DESCRIPTION_SOURCES,
    DESCRIPTION_VECTORS,
    FINGERPRINTS,
    MOLECULE_SOURCES,
    MOLECULE_VECTORS,
    PATTERNS,
    RECORDS,
    REJECTS,
)
from indexer.search.substructure import PATTERN_BYTES

_FINGERPRINT_BYTES = 256


def write_data(directory: Path, molecules: Sequence[Shard], descriptions: Sequence[Shard], dim: int) -> int:
    """Write vectors, fingerprints, records and rejects of a release into an existing directory, one shard at a time.

    Returns how many molecules standardisation has changed.
    """
    molecule_count, description_count = count_entries(molecules), count_entries(descriptions)
    write_npy(directory / MOLECULE_VECTORS, "<f4", (molecule_count, dim), (s.array("vectors") for s in molecules))
    write_npy(
        directory / DESCRIPTION_VECTORS, "<f4", (description_count, dim), (s.array("vectors") for s in descriptions)
    )
    fingerprints = (shard.array("fingerprints") for shard in molecules)
    write_npy(directory / FINGERPRINTS, "|u1", (molecule_count, _FINGERPRINT_BYTES), fingerprints)
    patterns = (shard.array("patterns") for shard in molecules)
    write_npy(directory / PATTERNS, "|u1", (molecule_count, PATTERN_BYTES), patterns)
    write_sources(directory / MOLECULE_SOURCES, lambda: (_sources(shard) for shard in molecules))
    write_sources(directory / DESCRIPTION_SOURCES, lambda: (_sources(shard) for shard in descriptions))
    records = RecordsWriter(directory / RECORDS)
    for shard in molecules:
        records.add_molecules(shard.molecules())
    for shard in descriptions:
        records.add_descriptions(shard.descriptions())
    records.finish()
    write_columns(directory, directory / RECORDS)
    write_rejects(directory / REJECTS, (reject for shard in (*molecules, *descriptions) for reject in shard.rejects()))
    return records.standardized


def _sources(shard: Shard) -> Keys:
    return shard.array("sources").astype(np.uint64, copy=False)


def count_entries(shards: Iterable[Shard]) -> int:
    return sum(shard.summary.entries for shard in shards)


def write_npy(path: Path, dtype: str, shape: tuple[int, int], parts: Iterator[Array]) -> None:
    """Write a `.npy` file of known shape part by part."""
    with path.open("wb") as stream:
        np.lib.format.write_array_header_1_0(stream, {"descr": dtype, "fortran_order": False, "shape": shape})
        for part in parts:
            stream.write(np.ascontiguousarray(part, dtype=dtype).data)
    sync_file(path)


def write_rejects(path: Path, rejects: Iterable[Reject]) -> None:
    """Write a rejects file: TSV with a header, one line a reject, no cell with a tab or line end in it."""
    with path.open("w", encoding="utf-8", newline="\n") as stream:
        stream.write("file\tline\tfield\tcode\treason\texcerpt\n")
        for r in rejects:
            cells = (r.file, str(r.line), r.field, r.code, r.reason, r.excerpt)
            stream.write("\t".join(printable(cell) for cell in cells) + "\n")
    sync_file(path)
