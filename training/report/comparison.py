"""The table that `molseek-train compare` wrote."""

from __future__ import annotations

import json
from pathlib import Path

from training.report.errors import ReportError
from training.runs.comparison import Comparison

COMPARISON_FILE = "comparison.json"


def read_comparison(directory: Path) -> Comparison:
    """The comparison in a directory.

    Raises:
        ReportError: there is none, or its file is damaged.
    """
    path = directory / COMPARISON_FILE
    try:
        table = json.loads(path.read_text(encoding="utf-8"))
        systems = [{"name": row["name"], "measured": row["measured"]} for row in table["systems"]]
        return Comparison.model_validate({"conditions": table["conditions"], "systems": systems})
    except FileNotFoundError:
        raise ReportError(f"{directory} has no {COMPARISON_FILE}; name a directory that compare wrote") from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ReportError(f"{path} is not a table of a comparison: {str(error).splitlines()[0]}") from None
