"""Results as one table."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields
from typing import TYPE_CHECKING

from molseek_client.models import Hit, Refused, Result, answered

if TYPE_CHECKING:
    import pandas

_COLUMNS = tuple(field.name for field in fields(Hit))
_NUMBERS = {"score": float, "confidence": float, "morgan_similarity": float}  # also where none has one


def to_pandas(results: Result | Iterable[Result | Refused]) -> pandas.DataFrame:
    """One row a hit, with the query it answers; queries that were refused have none. ImportError without pandas.

    Raises:
        MisuseError: these are no results.
    """
    try:
        import pandas
    except ModuleNotFoundError:
        raise ImportError("to_pandas needs pandas: pip install pandas") from None
    rows = [
        (result.query, *(getattr(hit, name) for name in _COLUMNS))
        for result in answered(results)
        for hit in result.hits
    ]
    return pandas.DataFrame(rows, columns=["query", *_COLUMNS]).astype(_NUMBERS)
