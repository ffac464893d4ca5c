"""The check of a downloaded table: what passes, and what is said of what does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from model.published.checks import ContentError
from training.published.table_check import TableCheck

TABLE = TableCheck(columns=("cid", "smiles", "description"), structure="smiles", rows=range(2, 4))
GOOD_TABLE = "CID\tSMILES\tdescription\n1\tC\tA gas.\n2\tCC\tAnother.\n"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("<!DOCTYPE html><html><body>Not found</body></html>", "web page"),
        ("\n <html>Sign in</html>", "web page"),
        ("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 3\n", "Git LFS pointer"),
        ("", "empty"),
        ("CID\tdescription\n1\tA gas.\n2\tAnother.\n", "columns are cid, description instead of"),
        ("CID\tSMILES\tdescription\n1\tC\tA gas.\n", "1 rows instead of 2 to 3"),
        (GOOD_TABLE + "3\tC\tx\n4\tC\ty\n", "4 rows instead of 2 to 3"),
        (GOOD_TABLE + "3\t \tx\n", "line 4 has no smiles"),
        (GOOD_TABLE + "3\tC", r"1 row cannot be read \(line 4: 2 columns"),
    ],
)
def test_tables_that_are_not_what_was_published(tmp_path: Path, text: str, complaint: str) -> None:
    path = tmp_path / "file"
    path.write_text(text)
    with pytest.raises(ContentError, match=complaint):
        TABLE(path)


def test_a_good_table_passes(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text(GOOD_TABLE)
    TABLE(path)
