"""RDKit's part of a build: structures in, canonical SMILES, InChIKeys, properties, fingerprints, features out.

Everything here is picklable and runs in worker processes as well as in the main one.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from rdkit import rdBase

from indexer.corpus.rows import RejectCode
from indexer.policy import Standardization
from indexer.properties import Properties, properties_of
from indexer.search.substructure import pattern_fingerprint
from indexer.standardize import standardize
from model.inputs.features import MoleculeFeatures
from model.inputs.fingerprint import morgan_fingerprint
from model.inputs.structure import Molecule, StructureError, StructureLimits, parse_structure, read_canonical
from model.network.encoder import MoleculeFeaturizer

if TYPE_CHECKING:
    from indexer.build.embedding import Encoded

_CODES: dict[str, RejectCode] = {
    "empty": "empty_structure",
    "too_long": "structure_too_long",
    "too_many_atoms": "too_many_atoms",
    "too_many_rings": "too_many_rings",
    "too_complex": "structure_too_complex",
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
    features: "MoleculeFeatures | Encoded"
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


class _Draft:
    """A structure on its way: what is known of it after each step, or why a step could not be taken."""

    molecule: Molecule
    reproducible: bool
    identity: Identity
    properties: Properties
    fingerprint: NDArray[np.uint8]
    pattern: NDArray[np.uint8]
    features: MoleculeFeatures

    def __init__(self, structure: str) -> None:
        self.structure = structure
        self.failure: Failure | None = None


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
        """Parse structures; `whole` asks for `ParsedMolecule`s, otherwise for `Identity`s.

        All structures take one step before the first takes the next: the step's code and tables stay in the processor's
        caches, which saves a third of the time.
        """
        start = perf_counter()
        drafts = [_Draft(structure) for structure in structures if structure is not None]
        featurizer = self._featurizer if whole else None
        with rdBase.BlockLogs():
            _each(drafts, self._read)
            _each(drafts, _identify)
            if featurizer is not None:
                _each(drafts, _fingerprint)
                _each(drafts, _screen)
            parsed = perf_counter()
            if featurizer is not None:
                _each(drafts, partial(_featurise, featurizer))
            featurised = perf_counter()
            if featurizer is not None:
                _each(drafts, _describe)  # last: features leave the number of rotatable bonds with the molecule
        done = map(_whole if featurizer is not None else _identity, drafts)
        results = [next(done) if structure is not None else None for structure in structures]
        featurising = featurised - parsed
        return ParsedBatch(results, perf_counter() - start - featurising, featurising)

    def _read(self, draft: _Draft) -> None:
        given = parse_structure(draft.structure, self._limits)
        draft.molecule, draft.reproducible = self._read_again(
            standardize(given, self._standardization), draft.structure
        )
        smiles = draft.molecule.smiles
        draft.identity = Identity(smiles, "", given.smiles if given.smiles != smiles else None)

    def _read_again(self, molecule: Molecule, structure: str) -> tuple[Molecule, bool]:
        """The molecule as its canonical SMILES reads, and whether that could be done."""
        if molecule.smiles == structure:
            return molecule, True
        again = read_canonical(molecule, self._limits)
        return (again, True) if again is not None else (molecule, False)


def _each(drafts: Sequence[_Draft], step: Callable[[_Draft], None]) -> None:
    """Take a step with every draft that has come so far."""
    for draft in drafts:
        if draft.failure is not None:
            continue
        try:
            step(draft)
        except StructureError as error:
            draft.failure = Failure(_CODES[error.code], str(error))
        except MemoryError:
            raise  # costs this worker, and the row once it is alone
        except Exception as error:
            # RDKit raises many kinds of errors on odd chemistry; none of them may cost more than its own row.
            reason = f"RDKit cannot compute what is needed ({type(error).__name__}: {error})."
            draft.failure = Failure("featurisation_failed", " ".join(reason.split()))


def _identify(draft: _Draft) -> None:
    draft.identity = replace(draft.identity, inchikey=draft.molecule.inchikey)


def _describe(draft: _Draft) -> None:
    draft.properties = properties_of(draft.molecule.mol)


def _fingerprint(draft: _Draft) -> None:
    draft.fingerprint = morgan_fingerprint(draft.molecule.mol)


def _screen(draft: _Draft) -> None:
    draft.pattern = pattern_fingerprint(draft.molecule.mol)


def _featurise(featurizer: MoleculeFeaturizer, draft: _Draft) -> None:
    draft.features = featurizer(draft.molecule)


def _identity(draft: _Draft) -> Parsed:
    return draft.failure or draft.identity


def _whole(draft: _Draft) -> Parsed:
    return draft.failure or ParsedMolecule(
        draft.identity, draft.properties, draft.fingerprint, draft.pattern, draft.features, draft.reproducible
    )
