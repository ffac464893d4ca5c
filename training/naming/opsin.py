"""Structures of many systematic names at once, by OPSIN."""

from __future__ import annotations

import logging
import subprocess
from collections.abc import Iterator, Sequence

from tqdm import tqdm

from model.inputs import opsin
from model.inputs.opsin import OpsinError, readable

log = logging.getLogger(__name__)

_CHUNK = 2_000  # names a process is given: starting one takes as long as reading some 300
_SECONDS, _SECONDS_PER_NAME = 30.0, 0.05  # timeout; 500 names usually take one second


class Opsin(opsin.Opsin):
    """Reads names by the thousand, in one process after the other."""

    def read(self, names: Sequence[str]) -> Iterator[str]:
        """The SMILES of each name in order; empty where OPSIN does not understand it.

        Names that are not `readable`, or on which OPSIN times out, give an empty string too; after a timeout the rest
        of the chunk is read again without the name.

        Raises OpsinError when OPSIN fails.
        """
        with tqdm(total=len(names), desc="OPSIN", unit="name", disable=None) as bar:
            for start in range(0, len(names), _CHUNK):
                chunk = names[start : start + _CHUNK]
                places = [place for place, name in enumerate(chunk) if readable(name)]
                smiles = [""] * len(chunk)
                for place, answer in zip(places, self._run([chunk[place] for place in places]), strict=True):
                    smiles[place] = answer
                yield from smiles
                bar.update(len(chunk))

    def _run(self, names: Sequence[str]) -> list[str]:
        if not names:
            return []
        try:
            done = subprocess.run(
                self.command(),
                input="\n".join(names) + "\n",
                capture_output=True,
                encoding="utf-8",
                timeout=_SECONDS + _SECONDS_PER_NAME * len(names),
                check=True,
            )
        except OSError as error:
            raise OpsinError(f"{self.java} cannot be started: {error.strerror or error}.") from error
        except subprocess.CalledProcessError as error:
            raise OpsinError(f"OPSIN ended with status {error.returncode}: {error.stderr[-500:].strip()}") from error
        except subprocess.TimeoutExpired:
            if len(names) == 1:
                log.warning("left out: OPSIN timed out on %r", names[0])
                return [""]
            half = len(names) // 2
            return self._run(names[:half]) + self._run(names[half:])
        answers = done.stdout.splitlines()  # one line for each name, empty if it is not understood
        if len(answers) != len(names):
            raise OpsinError(f"OPSIN answered {len(answers):,} of {len(names):,} names: {done.stderr[-500:].strip()}")
        return answers
