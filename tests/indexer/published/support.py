"""Running `molseek-index corpus` and reading what it wrote."""

from __future__ import annotations

import csv
from pathlib import Path
from unittest.mock import patch

from tqdm import tqdm
from typer.testing import CliRunner, Result

from indexer.cli import app


def gather(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["corpus", *map(str, arguments)])


def rows(out: Path) -> list[dict[str, str]]:
    with (out / "molecules.tsv").open(encoding="utf-8", newline="\n") as stream:
        return list(csv.DictReader(stream, delimiter="\t", quoting=csv.QUOTE_NONE))


def interrupted(*arguments: object) -> Result:
    """As `gather`, with Ctrl-C as soon as the first bytes of a file have arrived."""
    with patch.object(tqdm, "update", side_effect=KeyboardInterrupt):
        return gather(*arguments)
