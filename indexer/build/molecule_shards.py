"""Molecule shards: the parsed and embedded molecules of a corpus."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from indexer.build.chunks import Chunk, read_chunks
from indexer.build.embedding import Encoded
from indexer.build.job import Job
from indexer.build.parsing import Failure, Known, ParsedMolecule
from indexer.build.partial_shards import EmbeddingQueue, PartialShard
from indexer.build.shards import MoleculeEntry, Shard, ShardStore, ShardSummary
from indexer.build.sources import Keys, concatenated, keys_of
from indexer.build.workbench import Workbench
from indexer.corpus import Reject
from indexer.search.substructure import PATTERN_BYTES
from model.inputs.features import MoleculeFeatures

_FINGERPRINT_BYTES = 256

Structure = ParsedMolecule | Known


def build_molecule_shards(bench: Workbench, job: Job) -> list[Shard]:
    """Work all rows of the molecule files into shards, resuming after those that an earlier run has finished."""
    store = ShardStore(job.work / "molecules", MoleculeEntry)
    queue: EmbeddingQueue[MoleculeFeatures]
    queue = EmbeddingQueue(store, bench.embedder.molecules, bench.clock, bench.shard_rows)
    shards: list[Shard] = []
    with bench.bar("molecules", job.rows("molecules")) as bar:
        for chunk in read_chunks(bench, job.files("molecules"), store, first=0, whole=True):
            if chunk.shard is not None:
                shards += queue.finish()
                for entry in chunk.shard.molecules():
                    bench.lookup.add_molecule(entry.id, entry.cid, entry.inchikey)
                    bench.tags.add(entry.tags)
                shards.append(chunk.shard)
            else:
                shards += queue.add(_partial_shard(bench, chunk))
            bar.update(len(chunk.rows))
        shards += queue.finish()
    bench.lookup.finish_molecules()
    return shards


def _partial_shard(bench: Workbench, chunk: Chunk) -> PartialShard[MoleculeFeatures]:
    """The chunk's molecules with all that is reused or was computed while parsing."""
    entries, structures, texts, rejects = _accept(bench, chunk)
    fingerprints = np.zeros((len(entries), _FINGERPRINT_BYTES), dtype=np.uint8)
    patterns = np.zeros((len(entries), PATTERN_BYTES), dtype=np.uint8)
    vectors = np.zeros((len(entries), bench.embedder.dim), dtype=np.float32)
    with bench.clock.measure("reuse"):
        smiles = keys_of("smiles", (entry.smiles for entry in entries))
        rows = _reused_rows(bench, structures, smiles)
        keys = concatenated([keys_of("structure", texts), smiles])
        if bench.previous is not None:
            reused = np.flatnonzero(rows >= 0)
            vectors[reused] = bench.previous.molecule_vectors(rows[reused])
            known = np.flatnonzero([isinstance(one, Known) for one in structures])
            fingerprints[known] = bench.previous.fingerprints(rows[known])
            patterns[known] = bench.previous.patterns(rows[known])
    bench.clock.reused["molecules"] += int(np.sum(rows >= 0))
    missing, items = [], []
    for row, one in enumerate(structures):
        if isinstance(one, Known):
            continue
        fingerprints[row], patterns[row] = one.fingerprint, one.pattern
        if rows[row] >= 0:
            continue
        if isinstance(one.features, Encoded):
            vectors[row] = one.features.vector
            bench.clock.embedded["molecules"] += 1
        else:
            missing.append(row)
            items.append(one.features)
    return PartialShard(
        number=chunk.number,
        entries=entries,
        rejects=rejects,
        summary=ShardSummary(entries=len(entries), tallies=chunk.tally(rejects)),
        arrays={"fingerprints": fingerprints, "patterns": patterns, "sources": keys},
        vectors=vectors,
        missing=missing,
        items=items,
    )


def _reused_rows(bench: Workbench, structures: Sequence[Structure], smiles: Keys) -> NDArray[np.int64]:
    """Row of the previous release that has each molecule's vector, or -1: int64 `(molecules,)`.

    Blanks the keys in `smiles` of molecules that do not follow from their SMILES: nobody may find them by it.
    """
    none = np.full(len(structures), -1, np.int64)
    rows = none if bench.previous is None else bench.previous.smiles_rows(smiles)
    for row, one in enumerate(structures):
        if isinstance(one, Known):
            if rows[row] < 0:
                smiles[row] = 0
            rows[row] = one.row
        elif not one.reproducible:
            smiles[row] = 0
            rows[row] = -1
    return rows


def _accept(
    bench: Workbench, chunk: Chunk
) -> tuple[list[MoleculeEntry], list[Structure], list[str | None], list[Reject]]:
    """Entries of accepted molecules, their structures, the texts these were given as, and rejects, all in row order."""
    entries: list[MoleculeEntry] = []
    structures: list[Structure] = []
    texts: list[str | None] = []
    rejects: list[Reject] = []
    for row, parsed in chunk.parsed(bench.clock):
        if isinstance(row, Reject):
            rejects.append(row)
            continue
        if isinstance(parsed, Failure):
            rejects.append(row.reject("smiles", parsed.code, parsed.reason))
            continue
        assert isinstance(parsed, ParsedMolecule | Known)
        identity = parsed.identity
        id = row.id or f"{row.file}:{row.line}"
        added = bench.lookup.add_molecule(id, row.cid, identity.inchikey)
        if not added and row.id_is_title:  # a title that repeats is a name
            id = f"{row.file}:{row.line}"
            added = bench.lookup.add_molecule(id, row.cid, identity.inchikey)
        if not added:
            rejects.append(row.reject("id", "duplicate_id", f"An earlier row has the id {id}."))
            continue
        bench.tags.add(row.tags)
        rejects += row.remarks
        entries.append(
            MoleculeEntry(
                id=id,
                cid=row.cid,
                name=row.name,
                smiles=identity.smiles,
                inchikey=identity.inchikey,
                source_smiles=identity.source_smiles,
                text=row.description,
                tags=row.tags,
                synonyms=row.synonyms,
                properties=parsed.properties,
            )
        )
        structures.append(parsed)
        texts.append(row.structure)
    return entries, structures, texts, rejects
