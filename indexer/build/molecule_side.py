"""Molecule shards: parsed and embedded molecules of a corpus."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from indexer.build.chunks import Pending, parse_ahead, read_chunks, tally
from indexer.build.drafts import Draft, Drafts
from indexer.build.parsing import Failure, Known, ParsedMolecule
from indexer.build.shards import MoleculeEntry, Shard, ShardStore, ShardSummary
from indexer.build.sources import Keys, concatenated, keys_of
from indexer.build.workbench import Workbench
from indexer.corpus import CorpusFile, Reject
from indexer.search.substructure import PATTERN_BYTES
from model.inputs.features import MoleculeFeatures

_FINGERPRINT_BYTES = 256


def build_molecule_shards(
    bench: Workbench, files: Sequence[CorpusFile], store: ShardStore, total: int | None
) -> list[Shard]:
    """Work all rows of the files into shards, taking over those that an earlier run has finished."""
    shards: list[Shard] = []
    drafts: Drafts[MoleculeFeatures] = Drafts(store, bench.embedder.molecules, bench.clock, bench.shard_rows)
    chunks = read_chunks(files, bench.shard_rows, 0, bench.clock)
    with bench.bar("molecules", total) as bar:
        for pending in parse_ahead(bench, chunks, store, whole=True):
            if pending.shard is not None:
                shards += drafts.finish()
                for entry in pending.shard.molecules():
                    bench.lookup.add_molecule(entry.id, entry.cid, entry.inchikey)
                    bench.tags.add(entry.tags)
                shards.append(pending.shard)
            else:
                shards += drafts.add(_draft(bench, pending))
            bar.update(len(pending.chunk.rows))
        shards += drafts.finish()
    bench.lookup.finish_molecules()
    return shards


@dataclass(slots=True)
class _Accepted:
    """Rows that become molecules, in order: their entries, what is known of them, and the text each was given as."""

    entries: list[MoleculeEntry] = field(default_factory=list)
    parsed: list[ParsedMolecule | Known] = field(default_factory=list)
    structures: list[str | None] = field(default_factory=list)


def _draft(bench: Workbench, pending: Pending) -> Draft[MoleculeFeatures]:
    accepted, rejects = _sort_out(bench, pending)
    entries, parsed = accepted.entries, accepted.parsed
    fingerprints = np.zeros((len(parsed), _FINGERPRINT_BYTES), dtype=np.uint8)
    patterns = np.zeros((len(parsed), PATTERN_BYTES), dtype=np.uint8)
    vectors = np.zeros((len(parsed), bench.embedder.dim), dtype=np.float32)
    with bench.clock.measure("reuse"):
        smiles = keys_of("smiles", (entry.smiles for entry in entries))
        earlier_rows = _earlier_rows(bench, parsed, smiles)
        keys = concatenated([keys_of("structure", accepted.structures), smiles])
        taken = np.flatnonzero(earlier_rows >= 0)
        if bench.earlier is not None and len(taken):
            vectors[taken] = bench.earlier.molecule_vectors(earlier_rows[taken])
        known = np.asarray([one.row if isinstance(one, Known) else -1 for one in parsed], np.int64)
        if bench.earlier is not None:
            fingerprints[known >= 0] = bench.earlier.fingerprints(known[known >= 0])
            patterns[known >= 0] = bench.earlier.patterns(known[known >= 0])
        for row, one in enumerate(parsed):
            if isinstance(one, ParsedMolecule):
                fingerprints[row], patterns[row] = one.fingerprint, one.pattern
    bench.clock.reused["molecules"] += len(taken)
    missing = [row for row, one in enumerate(parsed) if earlier_rows[row] < 0 and isinstance(one, ParsedMolecule)]
    return Draft(
        number=pending.chunk.number,
        entries=entries,
        rejects=rejects,
        summary=ShardSummary(entries=len(entries), tallies=tally(pending.chunk.rows, rejects)),
        arrays={"fingerprints": fingerprints, "patterns": patterns, "sources": keys},
        vectors=vectors,
        missing=missing,
        items=[one.features for row in missing if isinstance(one := parsed[row], ParsedMolecule)],
    )


def _earlier_rows(bench: Workbench, parsed: Sequence[ParsedMolecule | Known], smiles: Keys) -> NDArray[np.int64]:
    """Row of the earlier release that has each molecule's vector, or -1: int64 `(molecules,)`.

    Blanks the keys in `smiles` of molecules that do not follow from their SMILES: nobody may find them by it.
    """
    earlier = bench.earlier
    rows = np.full(len(parsed), -1, np.int64) if earlier is None else earlier.smiles_rows(smiles)
    for row, one in enumerate(parsed):
        if isinstance(one, Known):
            if rows[row] < 0:
                smiles[row] = 0
            rows[row] = one.row
        elif not one.reproducible:
            smiles[row] = 0
            rows[row] = -1
    return rows


def _sort_out(bench: Workbench, pending: Pending) -> tuple[_Accepted, list[Reject]]:
    """Accepted molecules and rejects, both in row order."""
    accepted = _Accepted()
    rejects: list[Reject] = []
    for row, parsed in pending.parsed(bench.clock):
        if isinstance(row, Reject):
            rejects.append(row)
            continue
        if isinstance(parsed, Failure):
            rejects.append(row.reject("smiles", parsed.code, parsed.reason))
            continue
        assert isinstance(parsed, ParsedMolecule | Known)
        identity = parsed.identity
        id = row.id or f"{row.file}:{row.line}"
        if not bench.lookup.add_molecule(id, row.cid, identity.inchikey):
            rejects.append(row.reject("id", "duplicate_id", f"An earlier row has the id {id}."))
            continue
        bench.tags.add(row.tags)
        if row.dropped_text is not None:
            rejects.append(row.dropped_text)
        accepted.entries.append(
            MoleculeEntry(
                id=id,
                cid=row.cid,
                name=row.name,
                smiles=identity.smiles,
                inchikey=identity.inchikey,
                source_smiles=identity.source_smiles,
                text=row.description,
                tags=row.tags,
                properties=parsed.properties,
            )
        )
        accepted.parsed.append(parsed)
        accepted.structures.append(row.structure)
    return accepted, rejects
