"""No molecule of a held-out set may be trained on: found by full InChIKey, reported and dropped.

Two structures are the same molecule when their standard InChIKeys are equal; SMILES of one molecule are
written in many ways. Molecules that share only the first block (14 characters, the connectivity:
stereo-isomers, isotopes, salts of another charge) are counted too but are no leak: a retriever must tell them
apart.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field

from model.inputs.structure import StructureError, parse_structure
from training.pairs.reading import Pair

CONNECTIVITY_CHARACTERS = 14
_WORTH_WORKERS = 20_000  # structures; a spawned process first spends seconds on its imports
_CHUNK = 500
_EXAMPLES = 5


@dataclass(frozen=True, slots=True)
class Leak:
    """One training pair whose molecule is held out."""

    pair: Pair
    held_out: str
    """The name of the held-out set."""
    inchikey: str


@dataclass(frozen=True, slots=True)
class LeakReport:
    """What training pairs and held-out sets have in common.

    pairs: training pairs whose molecule is held out, by set; molecules: distinct ones (full InChIKey), by
        set;
    connectivity: distinct training molecules that share connectivity with a held-out one but are not it, by
        set;
    examples: the first few leaks; rows: the positions of all leaking pairs in the training pairs; unreadable:
    training pairs whose structure does not parse or has no InChIKey and whose canonical SMILES was compared
    instead, or nothing at all.
    """

    pairs: Mapping[str, int]
    molecules: Mapping[str, int]
    connectivity: Mapping[str, int]
    examples: tuple[Leak, ...] = ()
    rows: frozenset[int] = field(default=frozenset(), repr=False)
    unreadable: int = 0

    @property
    def clean(self) -> bool:
        return not self.rows

    def __str__(self) -> str:
        lines = [
            f"{name}: {self.pairs[name]} training pairs of {self.molecules[name]} held-out molecules; "
            f"{self.connectivity[name]} further training molecules share only their connectivity"
            for name in self.pairs
        ]
        shown = [
            f"  {leak.inchikey} {leak.pair.smiles} ({leak.pair.source}, {leak.held_out})" for leak in self.examples
        ]
        return "\n".join([*lines, *shown])


def find_leaks(
    train: Sequence[Pair],
    held_out: Mapping[str, Iterable[str]],
    *,
    workers: int = 1,
) -> LeakReport:
    """Compare training pairs with held-out molecules.

    Args:
        train: training pairs.
        held_out: SMILES by set name, `{"validation": (pair.smiles for pair in validation)}`.
        workers: processes to make InChIKeys in (about 4,000 a second each, parsing included).
    """
    smiles_of = {name: list(smiles) for name, smiles in held_out.items()}
    everything = [*(pair.smiles for pair in train), *(one for smiles in smiles_of.values() for one in smiles)]
    key_of = inchikeys(everything, workers=workers)

    train_keys = [key_of[pair.smiles] for pair in train]
    distinct = {key for key in train_keys if key}
    pairs: dict[str, int] = {}
    molecules: dict[str, int] = {}
    connectivity: dict[str, int] = {}
    leaking: dict[int, Leak] = {}
    for name, smiles in smiles_of.items():
        keys = {key_of[one] for one in smiles} - {""}
        blocks = {_connectivity(key) for key in keys}
        hits = [row for row, key in enumerate(train_keys) if key in keys]
        pairs[name] = len(hits)
        molecules[name] = len(distinct & keys)
        connectivity[name] = sum(_connectivity(key) in blocks for key in distinct - keys)
        for row in hits:
            leaking.setdefault(row, Leak(train[row], name, train_keys[row]))
    return LeakReport(
        pairs=pairs,
        molecules=molecules,
        connectivity=connectivity,
        examples=tuple(leaking[row] for row in sorted(leaking)[:_EXAMPLES]),
        rows=frozenset(leaking),
        unreadable=sum(not _is_inchikey(key) for key in train_keys),
    )


def drop_leaks(train: Sequence[Pair], report: LeakReport) -> list[Pair]:
    """The training pairs without those that `report`, made of the same pairs, found to leak; order kept."""
    return [pair for row, pair in enumerate(train) if row not in report.rows]


def inchikeys(smiles: Iterable[str], *, workers: int = 1) -> dict[str, str]:
    """The full InChIKey of each distinct SMILES.

    Where InChI cannot describe a structure its canonical SMILES stands in, and an empty string where there is
    no structure. The result is the same with any number of workers.
    """
    distinct = list(dict.fromkeys(smiles))
    chunks = [distinct[start : start + _CHUNK] for start in range(0, len(distinct), _CHUNK)]
    if workers <= 1 or len(distinct) < _WORTH_WORKERS:
        keys = [key for chunk in chunks for key in _keys(chunk)]
    else:
        # Not forked: the caller may hold threads (torch, OpenMP) whose locks a fork would copy in any state.
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(workers, mp_context=context) as executor:
            results = executor.map(_keys, chunks)
            keys = [key for result in results for key in result]
    return dict(zip(distinct, keys, strict=True))


def _keys(smiles: Sequence[str]) -> list[str]:
    return [_key(one) for one in smiles]


def _key(smiles: str) -> str:
    try:
        molecule = parse_structure(smiles)
    except StructureError:
        return ""
    return molecule.inchikey or molecule.smiles


def _is_inchikey(key: str) -> bool:
    return len(key) == 27 and key[14] == key[25] == "-"


def _connectivity(key: str) -> str:
    return key[:CONNECTIVITY_CHARACTERS] if _is_inchikey(key) else key
