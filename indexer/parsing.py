"""RDKit's part of a build: structures in, canonical SMILES, InChIKeys, properties, fingerprints, features out.

Everything here is picklable and runs in worker processes as well as in the main one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from time import perf_counter

import numpy as np
from numpy.typing import NDArray
from rdkit import rdBase

from indexer.corpus.rows import RejectCode
from indexer.properties import Properties, properties_of
from model.encoder import MoleculeFeaturizer
from model.features import MoleculeFeatures
from model.fingerprint import morgan_fingerprint
from model.structure import StructureError, StructureLimits, parse_structure

_CODES: dict[str, RejectCode] = {
    "empty": "empty_structure",
    "too_long": "structure_too_long",
    "too_many_atoms": "too_many_atoms",
    "too_many_rings": "too_many_rings",
    "unparsable": "unparsable_structure",
    "invalid_chemistry": "invalid_chemistry",
}


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a structure is; `inchikey` is empty where InChI cannot describe it."""

    smiles: str
    inchikey: str


@dataclass(frozen=True, slots=True)
class ParsedMolecule:
    """A structure ready to be embedded: `fingerprint` is uint8 `(256,)`."""

    identity: Identity
    properties: Properties
    fingerprint: NDArray[np.uint8]
    features: MoleculeFeatures


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a structure cannot be used."""

    code: RejectCode
    reason: str


Parsed = ParsedMolecule | Identity | Failure | None


@dataclass(frozen=True, slots=True)
class ParsedBatch:
    """Results in the order of the structures, None where there was none, and seconds of this process."""

    results: list[Parsed]
    parse_seconds: float
    featurise_seconds: float


class StructureParser:
    """Parses structures; with a featurizer all that a molecule needs, without one only its identity."""

    def __init__(self, limits: StructureLimits, featurizer: MoleculeFeaturizer | None) -> None:
        self._limits = limits
        self._featurizer = featurizer

    def __call__(self, structures: Sequence[str | None], whole: bool) -> ParsedBatch:
        """Parse structures; `whole` asks for `ParsedMolecule`s, otherwise for `Identity`s."""
        start = perf_counter()
        featurise_seconds = 0.0
        results: list[Parsed] = []
        with rdBase.BlockLogs():
            for structure in structures:
                result, seconds = self._one(structure, whole) if structure is not None else (None, 0.0)
                results.append(result)
                featurise_seconds += seconds
        return ParsedBatch(results, perf_counter() - start - featurise_seconds, featurise_seconds)

    def _one(self, structure: str, whole: bool) -> tuple[Parsed, float]:
        try:
            molecule = parse_structure(structure, self._limits)
            identity = Identity(molecule.smiles, molecule.inchikey)
            if not whole or self._featurizer is None:
                return identity, 0.0
            properties, fingerprint = properties_of(molecule.mol), morgan_fingerprint(molecule.mol)
            start = perf_counter()
            features = self._featurizer(molecule)
            return ParsedMolecule(identity, properties, fingerprint, features), perf_counter() - start
        except StructureError as error:
            return Failure(_CODES[error.code], str(error)), 0.0
        except Exception as error:
            # RDKit raises many kinds of errors on odd chemistry; none of them may cost more than its own row.
            reason = f"RDKit cannot compute what is needed ({type(error).__name__}: {error})."
            return Failure("featurisation_failed", " ".join(reason.split())), 0.0
