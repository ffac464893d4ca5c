"""Find, report and drop training pairs of held-out molecules, by full InChIKey.

Two structures are the same molecule when their standard InChIKeys are equal; SMILES of one molecule are
written in many ways. Molecules that share only the first block (14 characters, the connectivity:
stereo-isomers, isotopes, salts of another charge) are counted too but are not leaks: a retriever must tell them
apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from model.counts import counted
from training.pairs.reading import Pair
from training.pairs.structures import Structures

CONNECTIVITY_CHARACTERS = 14
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
            f"{name}: {counted(self.pairs[name], 'training pair')} of "
            f"{counted(self.molecules[name], 'held-out molecule')}; their connectivity alone is that of "
            f"{counted(self.connectivity[name], 'further training molecule')}"
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
    structures: Structures | None = None,
) -> LeakReport:
    """Compare training pairs with held-out molecules.

    Args:
        train: training pairs.
        held_out: SMILES by set name, `{"validation": (pair.smiles for pair in validation)}`.
        structures: what was already parsed, if anything was.
    """
    smiles_of = {name: list(smiles) for name, smiles in held_out.items()}
    structures = structures or Structures()
    train_keys = [structures.key(pair.smiles) for pair in train]
    distinct = {key for key in train_keys if key}
    pairs: dict[str, int] = {}
    molecules: dict[str, int] = {}
    connectivity: dict[str, int] = {}
    leaking: dict[int, Leak] = {}
    for name, smiles in smiles_of.items():
        keys = {structures.key(one) for one in smiles} - {""}
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


def _is_inchikey(key: str) -> bool:
    return len(key) == 27 and key[14] == key[25] == "-"


def _connectivity(key: str) -> str:
    return key[:CONNECTIVITY_CHARACTERS] if _is_inchikey(key) else key
