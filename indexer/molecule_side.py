"""Molecule shards: parsed and embedded molecules of a corpus."""

from collections.abc import Sequence

import numpy as np

from indexer.chunks import Pending, parse_ahead, read_chunks, tally
from indexer.corpus import CorpusFile, Reject
from indexer.parsing import Failure, ParsedMolecule
from indexer.shards import Array, MoleculeEntry, Shard, ShardStore, ShardSummary
from indexer.workbench import Workbench

_FINGERPRINT_BYTES = 256


def build_molecule_shards(
    bench: Workbench, files: Sequence[CorpusFile], store: ShardStore, total: int | None
) -> list[Shard]:
    """Work all rows of the files into shards, taking over those that an earlier run has finished."""
    shards = []
    chunks = read_chunks(files, bench.shard_rows, 0, bench.clock)
    with bench.bar("molecules", total) as bar:
        for pending in parse_ahead(chunks, store, bench.pool, True, bench.clock):
            if pending.shard is not None:
                for entry in pending.shard.molecules():
                    bench.lookup.add_molecule(entry.id, entry.cid, entry.inchikey)
                shards.append(pending.shard)
            else:
                shards.append(_make_shard(bench, pending, store))
            bar.update(len(pending.chunk.rows))
    bench.lookup.finish_molecules()
    return shards


def _make_shard(bench: Workbench, pending: Pending, store: ShardStore) -> Shard:
    entries, kept, rejects = _sort_out(bench, pending)
    vectors = bench.embedder.molecules([parsed.features for parsed in kept])
    fingerprints = np.zeros((len(kept), _FINGERPRINT_BYTES), dtype=np.uint8)
    for row, parsed in enumerate(kept):
        fingerprints[row] = parsed.fingerprint
    summary = ShardSummary(entries=len(entries), tallies=tally(pending.chunk.rows, rejects))
    with bench.clock.measure("write"):
        arrays: dict[str, Array] = {"vectors": vectors, "fingerprints": fingerprints}
        return store.write(pending.chunk.number, entries, rejects, arrays, summary)


def _sort_out(bench: Workbench, pending: Pending) -> tuple[list[MoleculeEntry], list[ParsedMolecule], list[Reject]]:
    """Accepted entries with their parsed molecules, and rejects, both in row order."""
    entries: list[MoleculeEntry] = []
    kept: list[ParsedMolecule] = []
    rejects: list[Reject] = []
    for row, parsed in pending.parsed(bench.clock):
        if isinstance(row, Reject):
            rejects.append(row)
            continue
        if isinstance(parsed, Failure):
            rejects.append(row.reject("smiles", parsed.code, parsed.reason))
            continue
        assert isinstance(parsed, ParsedMolecule)
        smiles, inchikey = parsed.identity.smiles, parsed.identity.inchikey
        id = row.id or f"{row.file}:{row.line}"
        if not bench.lookup.add_molecule(id, row.cid, inchikey):
            rejects.append(row.reject("id", "duplicate_id", f"An earlier row has the id {id}."))
            continue
        if row.dropped_text is not None:
            rejects.append(row.dropped_text)
        entries.append(MoleculeEntry(id, row.cid, row.name, smiles, inchikey, row.description, parsed.properties))
        kept.append(parsed)
    return entries, kept, rejects
