"""Prints the project's dependencies as pyproject.toml states them, one requirement a line.

So the image can install them in a layer of their own, which a change of the code does not rebuild.
"""

import argparse
import re
import sys
import tomllib
from pathlib import Path


def requirements(pyproject: Path, extras: list[str], without: list[str]) -> list[str]:
    """Core dependencies and those of `extras`, except the distributions named in `without`."""
    project = tomllib.loads(pyproject.read_text(encoding="utf-8"))["project"]
    lines: list[str] = list(project["dependencies"])
    for extra in extras:
        lines += project["optional-dependencies"][extra]
    return [line for line in lines if re.split(r"[^A-Za-z0-9._-]", line, maxsplit=1)[0] not in without]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pyproject", type=Path)
    parser.add_argument("--extra", action="append", default=[])
    parser.add_argument("--without", action="append", default=[], metavar="DISTRIBUTION")
    options = parser.parse_args()
    print("\n".join(requirements(options.pyproject, options.extra, options.without)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
