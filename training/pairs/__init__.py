"""Molecule–text pairs: the files they come in, captions rendered from ontology rows, leaks, digests."""

from training.pairs.reading import (
    Candidate,
    FileKind,
    Pair,
    PairFile,
    read_candidates,
    read_pairs,
    read_structures,
)
from training.pairs.tables import PairFileError, parse_source

__all__ = [
    "Candidate",
    "FileKind",
    "Pair",
    "PairFile",
    "PairFileError",
    "parse_source",
    "read_candidates",
    "read_pairs",
    "read_structures",
]
