"""CSV that a spreadsheet may open."""

from __future__ import annotations

import csv
import io

import pytest

from service.routes.spreadsheet import as_csv


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ("=1+2", "'=1+2"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("+)-menthol", "'+)-menthol"),
        ("-1+2", "'-1+2"),
        ("\tx", "'\tx"),
        ("\r=x", "'\r=x"),
        ("-1.5", "-1.5"),
        ("-2e-05", "-2e-05"),
        ("+3", "+3"),
        (-0.25, "-0.25"),
        (None, ""),
        ("[Na+].[Cl-]", "[Na+].[Cl-]"),
        ("a=b", "a=b"),
        ("'quoted'", "'quoted'"),
    ],
)
def test_a_cell_is_no_formula(value: object, cell: str) -> None:
    table = as_csv(["n", "cell"], [{"n": 1, "cell": value}], header=True).decode()
    assert list(csv.reader(io.StringIO(table, newline=""))) == [["n", "cell"], ["1", cell]]
