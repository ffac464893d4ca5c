"""Description shards: the molecules' own descriptions first, then those of description files, linked to molecules."""

from collections.abc import Sequence

import numpy as np

from indexer.build.chunks import Chunk, read_chunks
from indexer.build.job import Job
from indexer.build.parsing import Failure, Identity, Known
from indexer.build.partial_shards import MOST_WAITING, EmbeddingQueue, PartialShard
from indexer.build.reuse import embedded_text
from indexer.build.shards import DescriptionEntry, Shard, ShardStore, ShardSummary
from indexer.build.sources import concatenated, keys_of
from indexer.build.workbench import Workbench
from indexer.corpus import Reject


def build_description_shards(bench: Workbench, job: Job, molecules: Sequence[Shard]) -> list[Shard]:
    """Work all descriptions into shards, resuming after those that an earlier run has finished.

    The own descriptions of the molecules of shard i become description shard i, if it has any.
    """
    store = ShardStore(job.work / "descriptions", DescriptionEntry)
    queue: EmbeddingQueue[str] = EmbeddingQueue(
        store, bench.embedder.texts, bench.clock, enough=bench.text_rows, most=max(MOST_WAITING, bench.pool.ahead)
    )
    shards: list[Shard] = []
    with bench.bar("descriptions", job.rows("descriptions")) as bar:
        first_row = 0
        for number, molecule_shard in enumerate(molecules):
            entries = _own_descriptions(bench, molecule_shard, first_row)
            first_row += molecule_shard.summary.entries
            if not entries:
                continue
            finished = store.find(number)
            if finished is not None:
                bench.clock.resumed_shards += 1
                shards += [*queue.finish(), finished]
            else:
                summary = ShardSummary(entries=len(entries), tallies={})
                shards += queue.add(_partial_shard(bench, number, entries, [], summary))
            bar.update(len(entries))
        for chunk in read_chunks(bench, job.files("descriptions"), store, first=len(molecules), whole=False):
            if chunk.shard is not None:
                for entry in chunk.shard.descriptions():
                    bench.lookup.add_text(_owner(entry.molecule_row, entry.id), entry.text)
                shards += [*queue.finish(), chunk.shard]
            else:
                entries, rejects, conflicts = _accept(bench, chunk)
                summary = ShardSummary(entries=len(entries), tallies=chunk.tally(rejects), link_conflicts=conflicts)
                shards += queue.add(_partial_shard(bench, chunk.number, entries, rejects, summary))
            bar.update(len(chunk.rows))
        shards += queue.finish()
    return shards


def _own_descriptions(bench: Workbench, molecules: Shard, first_row: int) -> list[DescriptionEntry]:
    entries = []
    for row, molecule in enumerate(molecules.molecules(), start=first_row):
        if molecule.text is not None:
            bench.lookup.add_text(_owner(row, None), molecule.text)
            entries.append(DescriptionEntry(molecule.id, None, None, None, molecule.text, row))
    return entries


def _partial_shard(
    bench: Workbench,
    number: int,
    entries: list[DescriptionEntry],
    rejects: list[Reject],
    summary: ShardSummary,
) -> PartialShard[str]:
    """The shard with the vectors of all texts that the previous release has."""
    texts = [embedded_text(entry.text) for entry in entries]
    vectors = np.zeros((len(entries), bench.embedder.dim), dtype=np.float32)
    rows = np.full(len(entries), -1, dtype=np.int64)
    with bench.clock.measure("reuse"):
        keys = keys_of("text", texts)
        if bench.previous is not None:
            rows = bench.previous.text_rows(keys)
            vectors[rows >= 0] = bench.previous.description_vectors(rows[rows >= 0])
    missing = np.flatnonzero(rows < 0).tolist()
    bench.clock.reused["descriptions"] += len(entries) - len(missing)
    return PartialShard(
        number=number,
        entries=entries,
        rejects=rejects,
        summary=summary,
        arrays={"sources": concatenated([keys])},
        vectors=vectors,
        missing=missing,
        items=[texts[row] for row in missing],
    )


def _accept(bench: Workbench, chunk: Chunk) -> tuple[list[DescriptionEntry], list[Reject], int]:
    """Accepted entries and rejects in row order, and how many ids contradicted the row's own structure."""
    entries: list[DescriptionEntry] = []
    rejects: list[Reject] = []
    conflicts = 0
    for row, parsed in chunk.parsed(bench.clock):
        if isinstance(row, Reject):
            rejects.append(row)
            continue
        if isinstance(parsed, Failure):
            rejects.append(row.reject("smiles", parsed.code, parsed.reason))
            continue
        identity = parsed.identity if isinstance(parsed, Known) else parsed if isinstance(parsed, Identity) else None
        link = bench.lookup.link(row.id, row.cid, identity.inchikey if identity else None)
        id = row.id or row.cid or link.id or f"{row.file}:{row.line}"
        assert row.description is not None  # RowMaker rejects rows of description files that have none
        if not bench.lookup.add_text(_owner(link.row, id), row.description):
            reason = "The same molecule or id has exactly this description already."
            rejects.append(row.reject("description", "duplicate_description", reason))
            continue
        conflicts += link.conflict
        rejects += row.remarks
        smiles = identity.smiles if identity else None
        entries.append(DescriptionEntry(id, row.cid, row.name, smiles, row.description, link.row))
    return entries, rejects, conflicts


def _owner(molecule_row: int | None, id: str | None) -> str:
    """Whose description a text is, to recognise repeated ones."""
    return f"row {molecule_row}" if molecule_row is not None else f"id {id}"
