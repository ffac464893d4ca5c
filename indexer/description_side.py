"""Description shards: the molecules' own descriptions first, then those of description files, linked to molecules."""

from collections.abc import Sequence

from indexer.chunks import Pending, parse_ahead, read_chunks, tally
from indexer.corpus import CorpusFile, Reject
from indexer.parsing import Failure, Identity
from indexer.shards import DescriptionEntry, Shard, ShardStore, ShardSummary
from indexer.workbench import Workbench


def build_description_shards(
    bench: Workbench, molecules: Sequence[Shard], files: Sequence[CorpusFile], store: ShardStore, total: int | None
) -> list[Shard]:
    """Work all descriptions into shards, taking over those that an earlier run has finished.

    The own descriptions of the molecules of shard i become description shard i, if it has any.
    """
    shards = []
    with bench.bar("descriptions", total) as bar:
        first_row = 0
        for number, molecule_shard in enumerate(molecules):
            shard = _own_descriptions(bench, number, molecule_shard, first_row, store)
            if shard is not None:
                shards.append(shard)
                bar.update(shard.summary.entries)
            first_row += molecule_shard.summary.entries
        chunks = read_chunks(files, bench.shard_rows, len(molecules), bench.clock)
        for pending in parse_ahead(chunks, store, bench.pool, False, bench.clock):
            shards.append(_make_shard(bench, pending, store))
            bar.update(len(pending.chunk.rows))
    return shards


def _own_descriptions(
    bench: Workbench, number: int, molecules: Shard, first_row: int, store: ShardStore
) -> Shard | None:
    entries = []
    for row, molecule in enumerate(molecules.molecules(), start=first_row):
        if molecule.text is not None:
            bench.lookup.add_text(_owner(row, None), molecule.text)
            entries.append(DescriptionEntry(molecule.id, None, None, None, molecule.text, row))
    if not entries:
        return None
    finished = store.find(number)
    if finished is not None:
        bench.clock.resumed_shards += 1
        return finished
    return _embed_and_write(bench, number, entries, [], ShardSummary(entries=len(entries), tallies={}), store)


def _make_shard(bench: Workbench, pending: Pending, store: ShardStore) -> Shard:
    if pending.shard is not None:
        for entry in pending.shard.descriptions():
            bench.lookup.add_text(_owner(entry.molecule_row, entry.id), entry.text)
        return pending.shard
    entries, rejects, conflicts = _sort_out(bench, pending)
    summary = ShardSummary(entries=len(entries), tallies=tally(pending.chunk.rows, rejects), link_conflicts=conflicts)
    return _embed_and_write(bench, pending.chunk.number, entries, rejects, summary, store)


def _sort_out(bench: Workbench, pending: Pending) -> tuple[list[DescriptionEntry], list[Reject], int]:
    """Accepted entries and rejects in row order, and how many ids contradicted the row's own structure."""
    entries: list[DescriptionEntry] = []
    rejects: list[Reject] = []
    conflicts = 0
    for row, parsed in pending.parsed(bench.clock):
        if isinstance(row, Reject):
            rejects.append(row)
            continue
        if isinstance(parsed, Failure):
            rejects.append(row.reject("smiles", parsed.code, parsed.reason))
            continue
        identity = parsed if isinstance(parsed, Identity) else None
        link = bench.lookup.link(row.id, row.cid, identity.inchikey if identity else None)
        id = row.id or link.id or f"{row.file}:{row.line}"
        assert row.description is not None  # RowMaker rejects rows of description files that have none
        if not bench.lookup.add_text(_owner(link.row, id), row.description):
            reason = "The same molecule or id has exactly this description already."
            rejects.append(row.reject("description", "duplicate_description", reason))
            continue
        conflicts += link.conflict
        smiles = identity.smiles if identity else None
        entries.append(DescriptionEntry(id, row.cid, row.name, smiles, row.description, link.row))
    return entries, rejects, conflicts


def _embed_and_write(
    bench: Workbench,
    number: int,
    entries: list[DescriptionEntry],
    rejects: list[Reject],
    summary: ShardSummary,
    store: ShardStore,
) -> Shard:
    vectors = bench.embedder.texts([entry.text for entry in entries])
    with bench.clock.measure("write"):
        return store.write(number, entries, rejects, {"vectors": vectors}, summary)


def _owner(molecule_row: int | None, id: str | None) -> str:
    """Whose description a text is, for telling repeated ones."""
    return f"row {molecule_row}" if molecule_row is not None else f"id {id}"
