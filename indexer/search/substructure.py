"""Substructures: SMARTS read within bounds, screened by fingerprint, matched molecule by molecule.

RDKit cannot be interrupted, and a crafted pattern takes for ever on an unlucky molecule. Patterns of users are
read and matched in worker processes only, see `indexer.chemistry`.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray
from rdkit import Chem, DataStructs, rdBase

from model.inputs.complexity import graph_cost

PATTERN_BITS = 1024
PATTERN_BYTES = PATTERN_BITS // 8

MOST_CHARACTERS = 200
MOST_ATOMS = 50
MOST_PATHS = 5_000
MOST_COMPONENTS = 4

_SCREEN_ROWS = 65_536
# The hydrogens of a bracket atom, but of a stereocentre, whose turn they belong to.
_HYDROGENS = re.compile(r"(\[\d*(?!H)[A-Za-z][a-z]?)H\d*([+-]\d*)?\]")

PatternErrorCode = Literal["too_long", "too_many_atoms", "too_complex", "unparsable", "empty"]


class PatternError(ValueError):
    """A SMARTS that cannot be used; `code` for programs, the text for a chemist."""

    def __init__(self, code: PatternErrorCode, message: str) -> None:
        super().__init__(message)
        self.code = code

    def __reduce__(self) -> tuple[type["PatternError"], tuple[PatternErrorCode, str]]:
        return type(self), (self.code, str(self))  # crosses process borders with its code


class MatchTimeoutError(RuntimeError):
    """Matching took longer than it may."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """A substructure to look for. `bits`: what the fingerprint of any molecule that has it has, uint8 `(128,)`.

    remark: a sentence where the SMARTS is written so that it probably matches nothing.
    """

    smarts: str
    bits: NDArray[np.uint8]
    remark: str | None = None


def read_pattern(smarts: str) -> Pattern:
    """Read a SMARTS. Raises PatternError."""
    if not smarts.strip():
        raise PatternError("empty", "The SMARTS is empty.")
    if len(smarts) > MOST_CHARACTERS:
        raise PatternError(
            "too_long", f"The SMARTS has {len(smarts):,} characters; at most {MOST_CHARACTERS} are read."
        )
    with rdBase.BlockLogs():
        try:
            mol = Chem.MolFromSmarts(smarts)
            if mol is None:
                raise PatternError("unparsable", "RDKit cannot read the SMARTS; [OH]c1ccccc1 is one, for a phenol.")
            _check_size(mol)
            return Pattern(smarts, pattern_fingerprint(mol), _remark(smarts, mol))
        except (PatternError, MemoryError):
            raise
        except Exception as error:  # RDKit raises many kinds of errors on odd queries
            reason = " ".join(str(error).split()) or type(error).__name__
            raise PatternError("unparsable", f"RDKit cannot use the SMARTS: {reason[:120]}.") from error


def drawn_pattern(mol: Chem.Mol) -> Pattern:
    """The pattern that a drawn structure is: its atoms and bonds as RDKit sees them, and hydrogens or anything else
    where it has room. Aromatic is what RDKit calls so, however the drawing had its double bonds.

    Raises PatternError.
    """
    count = mol.GetNumAtoms()
    if count > MOST_ATOMS:
        raise PatternError(
            "too_many_atoms", f"The structure has {count} atoms; substructures of up to {MOST_ATOMS} are looked for."
        )
    with rdBase.BlockLogs():
        # The letters of a SMILES are a SMARTS, half as long as `MolToSmarts` writes it and readable in a form. What it
        # means is not quite the same for odd atoms and bonds, so that each is tried on the structure itself.
        for smarts in _written(mol):
            if len(smarts) <= MOST_CHARACTERS and _finds(smarts, mol):
                return read_pattern(smarts)
    raise PatternError("too_complex", "The structure cannot be written as a SMARTS that finds it.")


def _written(mol: Chem.Mol) -> Iterator[str]:
    for canonical in (True, False):
        yield _HYDROGENS.sub(r"\1\2]", Chem.MolToSmiles(mol, canonical=canonical))
    yield Chem.MolToSmarts(mol)


def _finds(smarts: str, mol: Chem.Mol) -> bool:
    pattern: Chem.Mol | None = Chem.MolFromSmarts(smarts)
    return pattern is not None and mol.HasSubstructMatch(pattern, _options())


def _remark(smarts: str, mol: Chem.Mol) -> str | None:
    """Why a SMARTS does not match what a SMILES with the same letters is."""
    if any(atom.GetSmarts() in ("[H]", "[#1]") for atom in mol.GetAtoms()):
        return (
            f"The SMARTS {smarts!r} asks for hydrogen atoms, which molecules of an index do not have as such; write "
            "them at their atom: [CH3], [OH]."
        )
    same: Chem.Mol | None = Chem.MolFromSmiles(smarts)
    if same is None or same.HasSubstructMatch(mol, _options()):
        return None
    pairs = list(zip(same.GetAtoms(), mol.GetAtoms(), strict=False))
    if len(pairs) < mol.GetNumAtoms():
        why = "hydrogens are no atoms of their own in an index; write them at their atom: [CH3], [OH]"
    elif any(read.GetFormalCharge() != drawn.GetFormalCharge() for read, drawn in pairs):
        why = "an index has it with charges, as nitro groups and azides have them; write those, as in C[N+](=O)[O-]"
    elif any(read.GetIsAromatic() and not drawn.GetIsAromatic() for read, drawn in pairs):
        why = "it draws an aromatic ring with double bonds; aromatic atoms are lower case, as in c1ccccc1"
    else:
        why = "its atoms or bonds are written in another way there"
    return (
        f"The SMARTS {smarts!r} does not match what it is as a SMILES, {Chem.MolToSmiles(same)}, and so probably "
        f"nothing: {why}."
    )


def _options() -> Chem.SubstructMatchParameters:
    options = Chem.SubstructMatchParameters()
    options.useChirality = True  # type: ignore[assignment]
    options.maxMatches = 1  # type: ignore[assignment]
    return options


def _check_size(mol: Chem.Mol) -> None:
    count = mol.GetNumAtoms()
    if not 1 <= count <= MOST_ATOMS:
        raise PatternError("too_many_atoms", f"The SMARTS has {count} atoms; 1 to {MOST_ATOMS} are read.")
    components = len(Chem.GetMolFrags(mol))
    if components > MOST_COMPONENTS:  # each is tried with every way to match the others
        raise PatternError(
            "too_complex",
            f"The SMARTS has {components} components; up to {MOST_COMPONENTS} are read. Give the others as patterns of "
            "their own, which may share atoms.",
        )
    cost = graph_cost(count, [(bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()) for bond in mol.GetBonds()])
    if cost.paths > MOST_PATHS:
        raise PatternError(
            "too_complex",
            f"The atoms of the SMARTS are too densely connected: {cost.paths:,} paths along five bonds, where at most "
            f"{MOST_PATHS:,} are read.",
        )


def pattern_fingerprint(mol: Chem.Mol) -> NDArray[np.uint8]:
    """RDKit's pattern fingerprint, packed: uint8 `(128,)`. A molecule has all bits of each of its substructures."""
    fingerprint = Chem.PatternFingerprint(mol, fpSize=PATTERN_BITS)
    return np.frombuffer(DataStructs.BitVectToBinaryText(fingerprint), dtype=np.uint8)


def screen(fingerprints: NDArray[np.uint8], patterns: Sequence[Pattern]) -> NDArray[np.bool_]:
    """Which molecules can have all the patterns, by their fingerprints `(molecules, 128)`: bool `(molecules,)`."""
    wanted = np.zeros(PATTERN_BYTES, np.uint8)
    for pattern in patterns:
        wanted |= pattern.bits
    places = np.flatnonzero(wanted)
    possible = np.ones(len(fingerprints), np.bool_)
    for start in range(0, len(fingerprints), _SCREEN_ROWS):
        block = fingerprints[start : start + _SCREEN_ROWS]
        part = possible[start : start + _SCREEN_ROWS]
        for place in places:
            part &= (block[:, place] & wanted[place]) == wanted[place]
    return possible


@dataclass(slots=True)
class MatchTime:
    """What is left of the time that a search may spend on matching.

    `seconds` are those of matching itself; waiting for a worker counts only towards `expires`, a time of
    `time.monotonic()` at which nobody wants the result any more.
    """

    seconds: float
    expires: float | None = None


class Matcher(Protocol):
    """Where molecules are matched: in worker processes, see `indexer.chemistry.Chemistry`."""

    def match(
        self, smiles: Sequence[str], has: Sequence[Pattern], lacks: Sequence[Pattern], time: MatchTime
    ) -> list[bool]:
        """For each SMILES, whether it has all of `has` and none of `lacks`; takes from `time` what it used.

        Raises:
            MatchTimeoutError: it took longer than `time` has left.
            PatternError: a pattern costs more memory than there is, or crashes RDKit.
        """
        ...


def match(smiles: Sequence[str], has: Sequence[str], lacks: Sequence[str]) -> tuple[list[bool], float]:
    """For each SMILES, whether it has all of the SMARTS `has` and none of `lacks`; and the seconds that this took.

    Call it in a worker process. A pattern that says nothing of stereochemistry matches any. A SMILES that cannot be
    read matches nothing.
    """
    start = perf_counter()
    options = _options()
    wanted, unwanted = ([Chem.MolFromSmarts(smarts) for smarts in each] for each in (has, lacks))

    def fits(mol: Chem.Mol | None) -> bool:
        return (
            mol is not None
            and all(mol.HasSubstructMatch(pattern, options) for pattern in wanted)
            and not any(mol.HasSubstructMatch(pattern, options) for pattern in unwanted)
        )

    with rdBase.BlockLogs():
        found = [fits(Chem.MolFromSmiles(each)) for each in smiles]
    return found, perf_counter() - start
