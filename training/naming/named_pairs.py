"""Pairs of molecules and names: names in training files, variations of them, and common names.

Written as one table, which `molseek-train fit --pairs` takes:

| column | |
|---|---|
| `source` | where the name comes from |
| `name` | |
| `smiles` | as OPSIN reads the name; for a common name, as in the training files |
| `description` | the text to train on |

Names come from a `mention` of a relative in a caption, from `variation` of another name, or are what people call a
molecule of the training files (`common`). What went into the table stands beside it, as `.json`.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from model.published.captions import name_text
from training.naming.common_names import CommonNames
from training.naming.mentions import mentioned_names
from training.naming.opsin import Opsin
from training.naming.variations import vary
from training.pairs import Pair, read_pairs
from training.pairs.made_pairs import origin_of, write_made_pairs
from training.pairs.structures import inchikeys

COLUMNS = ("source", "name", "smiles", "description")


@dataclass(frozen=True, slots=True)
class NamedPairsSummary:
    """Counts of names.

    names: what may be one in the training files; readable: those that OPSIN reads; own: those of molecules
    whose structure the files tell, own_readable, own_same, own_same_connectivity: how often OPSIN reads them, and
    reads that structure or at least its connectivity; variations and readable_variations: made from readable names;
    held_out: names left out for their molecule; refused: for a structure past our limits; mentions, varied: rows
    written; common, common_molecules: common names written, and of how many molecules.
    """

    names: int
    readable: int
    own: int
    own_readable: int
    own_same: int
    own_same_connectivity: int
    variations: int
    readable_variations: int
    held_out: int
    refused: int
    mentions: int
    varied: int
    common: int
    common_molecules: int

    def __str__(self) -> str:
        configurations = self.own_same_connectivity - self.own_same
        return (
            f"{self.names:,} words and phrases, {self.readable:,} read as names; {self.variations:,} variations, "
            f"{self.readable_variations:,} read\n"
            f"{self.own:,} names of molecules with a structure: {self.own_readable:,} read, "
            f"{self.own_same:,} of these with the same structure, {configurations:,} more with another configuration\n"
            f"{self.held_out:,} left out: their molecules are held out; {self.refused:,} for their structure\n"
            f"{self.mentions:,} mentioned names and {self.varied:,} variations written, "
            f"{self.common:,} common names of {self.common_molecules:,} molecules"
        )


def make_named_pairs(
    sources: Sequence[str],
    held_out: Collection[str],
    out: Path,
    *,
    variations: int = 6,
    common: int = 6,
    seed: int = 0,
    workers: int = 1,
    opsin: Opsin | None = None,
    common_names: CommonNames | None = None,
) -> NamedPairsSummary:
    """Read the names in training files, vary those that OPSIN understands, and write both with OPSIN's structures.

    To them come names that people use of the same molecules.

    Args:
        sources: what `fit --pairs` is given. The own names of an ontology's molecules are varied and not written:
            `names: true` trains on them.
        held_out: InChIKeys of molecules that must not be trained on (`held_out_keys`); those that the training
            files have themselves are let in, so a whole candidate pool may be given.
        variations: tries for each name that is understood.
        common: common names of each molecule of the training files at most; 0 does without them.
        seed: of the variations, and of the choice of common names. A name's depend on it and the name alone.
        workers: processes that make InChIKeys.
        opsin, common_names: as installed by default.

    Raises:
        OpsinError: OPSIN is not installed or fails.
        CommonNamesError: common names are asked for and not installed.
        PairFileError: a training file cannot be read.
        OSError: `out` cannot be written; what was there stays.
    """
    opsin = Opsin.find() if opsin is None else opsin
    if common and common_names is None:
        common_names = CommonNames.find()
    pairs = [pair for source in sources for pair in read_pairs(source, names=True).pairs]
    own, mentioned = _names(pairs)
    known = inchikeys((pair.smiles for pair in pairs), workers=workers)
    forbidden = frozenset(held_out) - set(known.values())

    smiles_of = _read(opsin, [*own, *mentioned])
    varied = _variations(list(smiles_of), variations, seed)
    variation_smiles = _read(opsin, [name for name in varied if name not in own and name not in mentioned])

    rows = [("mention", name, smiles_of[name]) for name in mentioned if name in smiles_of]
    rows += [("variation", name, smiles) for name, smiles in variation_smiles.items()]
    keys = inchikeys((smiles for _, _, smiles in rows), workers=workers)
    kept = [row for row in rows if keys[row[2]] and keys[row[2]] not in forbidden]
    if common and common_names is not None:
        trained = {key: smiles for smiles, key in known.items() if key}
        found = common_names.of(trained, opsin, per_molecule=common, seed=seed)
        taken = {*own, *(name for _, name, _ in kept)}
        kept += [("common", name, smiles) for name, smiles in found if name not in taken]
    written = Counter(source for source, _, _ in kept)
    given_and_read = _given_and_read(own, known, smiles_of)
    summary = NamedPairsSummary(
        names=len(own) + len(mentioned),
        readable=len(smiles_of),
        own=len(own),
        own_readable=len(given_and_read),
        own_same=sum(given == read for given, read in given_and_read),
        own_same_connectivity=sum(given.split("-")[0] == read.split("-")[0] for given, read in given_and_read),
        variations=len(varied),
        readable_variations=len(variation_smiles),
        held_out=sum(keys[smiles] in forbidden for _, _, smiles in rows),
        refused=sum(not keys[smiles] for _, _, smiles in rows),
        mentions=written["mention"],
        varied=written["variation"],
        common=written["common"],
        common_molecules=len({smiles for source, _, smiles in kept if source == "common"}),
    )
    origin = {
        "opsin": opsin.version,
        "chemicals": common_names.version if common and common_names is not None else None,
        "tries": variations,
        "common_of_each": common,
        "seed": seed,
        "sources": list(map(origin_of, sources)),
    }
    write_made_pairs(out, COLUMNS, ((*row, name_text(row[1])) for row in kept), asdict(summary) | origin)
    return summary


def _names(pairs: Iterable[Pair]) -> tuple[dict[str, str], dict[str, None]]:
    """The molecules' own names with their SMILES, and those that only captions mention."""
    texts = {pair.text: pair.smiles for pair in pairs}
    names = sorted({name for text in texts for name in mentioned_names(text)})
    own = {name: texts[name_text(name)] for name in names if name_text(name) in texts}
    return own, {name: None for name in names if name not in own}


def _given_and_read(
    own: Mapping[str, str], known: Mapping[str, str], smiles_of: Mapping[str, str]
) -> list[tuple[str, str]]:
    """InChIKeys of the molecules whose name OPSIN reads: of the structure in the files, and of that of the name."""
    read = {name: smiles_of[name] for name in own if name in smiles_of}
    keys = inchikeys(read.values())
    return [(known[own[name]], keys[smiles]) for name, smiles in read.items()]


def _read(opsin: Opsin, names: Sequence[str]) -> dict[str, str]:
    return {name: smiles for name, smiles in zip(names, opsin.read(names), strict=True) if smiles}


def _variations(names: Iterable[str], count: int, seed: int) -> list[str]:
    found: dict[str, None] = {}
    for name in names:
        rng = random.Random(f"{seed} {name}")
        found.update((vary(name, rng), None) for _ in range(count))
        found.pop(name, None)
    return list(found)
