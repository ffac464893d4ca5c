"""Substructures: SMARTS read within bounds, screened by fingerprint, matched in a process that can be stopped.

RDKit cannot be interrupted, and a pattern can be made that takes for ever on an unlucky molecule. So molecules are
matched by a child process: when a deadline passes it is ended, and only the search that asked for it fails.
"""

import json
import selectors
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import IO, Literal

import numpy as np
from numpy.typing import NDArray
from rdkit import Chem, DataStructs, rdBase

PATTERN_BITS = 1024
PATTERN_BYTES = PATTERN_BITS // 8

MOST_CHARACTERS = 200
MOST_ATOMS = 50

# Molecules in one message to the process: what a message takes, some 20 ms, is how late a deadline can be noticed.
_BATCH = 256
_SCREEN_ROWS = 65_536

PatternErrorCode = Literal["too_long", "too_many_atoms", "unparsable", "empty"]


class PatternError(ValueError):
    """A SMARTS that cannot be used; `code` for programs, the text for a chemist."""

    def __init__(self, code: PatternErrorCode, message: str) -> None:
        super().__init__(message)
        self.code = code


class MatchTimeoutError(RuntimeError):
    """Matching took longer than it may."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """A substructure to look for. `bits`: what the fingerprint of any molecule that has it has, uint8 `(128,)`."""

    smarts: str
    bits: NDArray[np.uint8]


def read_pattern(smarts: str) -> Pattern:
    """Read a SMARTS. Raises PatternError."""
    if not smarts.strip():
        raise PatternError("empty", "The SMARTS is empty.")
    if len(smarts) > MOST_CHARACTERS:
        raise PatternError(
            "too_long", f"The SMARTS has {len(smarts):,} characters; at most {MOST_CHARACTERS} are read."
        )
    with rdBase.BlockLogs():
        mol = Chem.MolFromSmarts(smarts)
        if mol is None:
            raise PatternError("unparsable", "RDKit cannot read the SMARTS; [OH]c1ccccc1 is one, for a phenol.")
        if not 1 <= mol.GetNumAtoms() <= MOST_ATOMS:
            count = mol.GetNumAtoms()
            raise PatternError("too_many_atoms", f"The SMARTS has {count} atoms; 1 to {MOST_ATOMS} are read.")
        return Pattern(smarts, pattern_fingerprint(mol))


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


class Matcher:
    """One child process that matches, started when first needed. One call at a time."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    def match(
        self, smiles: Sequence[str], has: Sequence[Pattern], lacks: Sequence[Pattern], deadline: float
    ) -> list[bool]:
        """For each SMILES, whether it has all of `has` and none of `lacks`.

        Raises:
            MatchTimeoutError: it is not done by `deadline`, a time of `time.monotonic()`.
        """
        found: list[bool] = []
        patterns = {"has": [p.smarts for p in has], "lacks": [p.smarts for p in lacks]}
        for start in range(0, len(smiles), _BATCH):
            part = list(smiles[start : start + _BATCH])
            answer = self._ask(json.dumps({**patterns, "smiles": part}), deadline)
            if len(answer) != len(part):
                self.close()
                raise MatchTimeoutError("the process that matches substructures died")
            found += [mark == "1" for mark in answer]
        return found

    def _ask(self, message: str, deadline: float) -> str:
        try:
            process = self._running()
            assert process.stdin is not None and process.stdout is not None
            process.stdin.write(message.encode() + b"\n")
            process.stdin.flush()
            return _read_line(process.stdout, deadline)
        except MatchTimeoutError:
            self.close()
            raise
        except OSError:
            return ""

    def _running(self) -> "subprocess.Popen[bytes]":
        if self._process is None or self._process.poll() is not None:
            command = [sys.executable, "-m", "indexer.search.substructure"]
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                cwd=Path(__file__).parents[2],
            )
        return self._process

    def close(self) -> None:
        """End the process, whatever it is doing."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.communicate()


class Matchers:
    """As many matchers as there are searches at once, kept for the next ones."""

    def __init__(self) -> None:
        self._idle: list[Matcher] = []
        self._lock = Lock()

    def match(
        self, smiles: Sequence[str], has: Sequence[Pattern], lacks: Sequence[Pattern], deadline: float
    ) -> list[bool]:
        """See `Matcher.match`."""
        with self._lock:
            matcher = self._idle.pop() if self._idle else Matcher()
        try:
            return matcher.match(smiles, has, lacks, deadline)
        finally:
            with self._lock:
                self._idle.append(matcher)

    def close(self) -> None:
        """End the processes that are idle."""
        with self._lock:
            idle, self._idle = self._idle, []
        for matcher in idle:
            matcher.close()


def _read_line(stream: IO[bytes], deadline: float) -> str:
    """One short line of a pipe, or "" at its end. MatchTimeoutError if it has not come by the deadline."""
    with selectors.DefaultSelector() as selector:
        selector.register(stream, selectors.EVENT_READ)
        if not selector.select(max(0.0, deadline - time.monotonic())):
            raise MatchTimeoutError("matching substructures took too long")
    # The other side writes a line in one go, and it is shorter than a pipe holds.
    return stream.readline().decode("ascii").strip()


def _serve(requests: Iterable[str], answers: IO[str]) -> None:
    """What the child process does: a line of 0s and 1s for every request, until there are no more."""
    rdBase.DisableLog("rdApp.*")
    options = Chem.SubstructMatchParameters()
    # A pattern that says nothing of stereochemistry matches any.
    options.useChirality = True  # type: ignore[assignment]
    options.maxMatches = 1  # type: ignore[assignment]
    for line in requests:
        request = json.loads(line)
        has = [Chem.MolFromSmarts(smarts) for smarts in request["has"]]
        lacks = [Chem.MolFromSmarts(smarts) for smarts in request["lacks"]]
        marks = []
        for smiles in request["smiles"]:
            mol: Chem.Mol | None = Chem.MolFromSmiles(smiles)
            matches = mol is not None and (
                all(mol.HasSubstructMatch(pattern, options) for pattern in has)
                and not any(mol.HasSubstructMatch(pattern, options) for pattern in lacks)
            )
            marks.append("1" if matches else "0")
        answers.write("".join(marks) + "\n")
        answers.flush()


if __name__ == "__main__":
    _serve(sys.stdin, sys.stdout)
