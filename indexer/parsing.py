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
from indexer.policy import Standardization
from indexer.properties import Properties, properties_of
from indexer.standardize import standardize
from indexer.substructure import pattern_fingerprint
from model.encoder import MoleculeFeaturizer
from model.features import MoleculeFeatures
from model.fingerprint import morgan_fingerprint
from model.structure import Molecule, StructureError, StructureLimits, parse_structure, read_canonical

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
    """Who a structure is; `inchikey` is empty where InChI cannot describe it.

    `source_smiles`: canonical SMILES of the structure as it was given, where standardisation has changed it.
    """

    smiles: str
    inchikey: str
    source_smiles: str | None = None


@dataclass(frozen=True, slots=True)
class ParsedMolecule:
    """A structure ready to be embedded: `fingerprint` is uint8 `(256,)`, `pattern` uint8 `(128,)`.

    `reproducible`: all of it follows from the canonical SMILES alone.
    """

    identity: Identity
    properties: Properties
    fingerprint: NDArray[np.uint8]
    pattern: NDArray[np.uint8]
    features: MoleculeFeatures
    reproducible: bool


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a structure cannot be used."""

    code: RejectCode
    reason: str


@dataclass(frozen=True, slots=True)
class Known:
    """A structure that an earlier release has at `row`: nothing needs to be computed."""

    row: int
    identity: Identity
    properties: Properties


Parsed = ParsedMolecule | Known | Identity | Failure | None


@dataclass(frozen=True, slots=True)
class ParsedBatch:
    """Results in the order of the structures, None where there was none, and seconds of this process."""

    results: list[Parsed]
    parse_seconds: float
    featurise_seconds: float


class StructureParser:
    """Parses structures; with a featurizer all that a molecule needs, without one only its identity.

    A structure is standardised, written as canonical SMILES and read again from that, so that the same molecule gives
    the same numbers to the last bit however it was written: in which order sums are taken depends on the atoms' order.
    """

    def __init__(
        self,
        limits: StructureLimits,
        featurizer: MoleculeFeaturizer | None,
        standardization: Standardization = "none",
    ) -> None:
        self._limits = limits
        self._featurizer = featurizer
        self._standardization = standardization

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
            given = parse_structure(structure, self._limits)
            chosen = standardize(given, self._standardization)
            molecule, reproducible = self._read_again(chosen, structure)
            source = given.smiles if given.smiles != molecule.smiles else None
            identity = Identity(molecule.smiles, molecule.inchikey, source)
            if not whole or self._featurizer is None:
                return identity, 0.0
            properties, fingerprint = properties_of(molecule.mol), morgan_fingerprint(molecule.mol)
            pattern = pattern_fingerprint(molecule.mol)
            start = perf_counter()
            features = self._featurizer(molecule)
            parsed = ParsedMolecule(identity, properties, fingerprint, pattern, features, reproducible)
            return parsed, perf_counter() - start
        except StructureError as error:
            return Failure(_CODES[error.code], str(error)), 0.0
        except Exception as error:
            # RDKit raises many kinds of errors on odd chemistry; none of them may cost more than its own row.
            reason = f"RDKit cannot compute what is needed ({type(error).__name__}: {error})."
            return Failure("featurisation_failed", " ".join(reason.split())), 0.0

    def _read_again(self, molecule: Molecule, structure: str) -> tuple[Molecule, bool]:
        """The molecule as its canonical SMILES reads, and whether that could be done."""
        if molecule.smiles == structure:
            return molecule, True
        again = read_canonical(molecule, self._limits)
        return (again, True) if again is not None else (molecule, False)
