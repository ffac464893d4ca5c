"""Whatever bytes a corpus file holds, reading it ends with every row accounted for, or with a CorpusError."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from indexer.corpus import CorpusLimits, Reject, Row, open_corpus
from indexer.errors import CorpusError

SOME = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

PIECES = [b"smiles", b"description", b"CCO", b"id", b"\t", b",", b";", b"\n", b"\r\n", b'"', b'""', b"\0", b"\xff"]
PIECES += [b" ", b"|", b"$$$$\n", b"M  END\n", b"> <id>\n", b"\xef\xbb\xbf", "\u2028".encode(), b"x" * 300]
GARBAGE = st.lists(st.one_of(st.sampled_from(PIECES), st.binary(max_size=8)), max_size=60).map(b"".join)

HEADERS = {
    "a.tsv": b"smiles\tid\tdescription\n",
    "a.csv": b"smiles,id,description\n",
    "a.txt": b"smiles\tid\tdescription\n",
    "a.smi": b"",
    "a.sdf": b"",
    "a.parquet": b"PAR1",
}


@pytest.mark.parametrize("name", HEADERS)
@pytest.mark.parametrize("role", ["molecules", "descriptions"])
@SOME
@given(garbage=GARBAGE)
def test_garbage_never_crashes_the_reader(tmp_path: Path, name: str, role: str, garbage: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(HEADERS[name] + garbage)
    limits = CorpusLimits(max_row_bytes=200, max_text_characters=50)
    try:
        rows = list(open_corpus(path, role, limits).rows())  # type: ignore[arg-type]
    except CorpusError as error:
        assert name in str(error)
        return
    lines = [row.line for row in rows]
    assert lines == sorted(lines)
    assert len(set(lines)) == len(lines)
    for row in rows:
        assert isinstance(row, Row | Reject)
        assert row.excerpt.isprintable() or "\xa0" in row.excerpt or not row.excerpt.isascii()
        assert "\t" not in row.excerpt
        assert "\n" not in row.excerpt


@SOME
@given(garbage=GARBAGE)
def test_every_line_of_a_tsv_is_a_row_or_a_reject_or_blank(tmp_path: Path, garbage: bytes) -> None:
    path = tmp_path / "a.tsv"
    path.write_bytes(HEADERS["a.tsv"] + garbage)
    rows = list(open_corpus(path, "molecules").rows())
    lines = sum(bool(line.strip()) for line in garbage.split(b"\n"))
    assert len(rows) == lines if b'"' not in garbage else len(rows) <= lines  # a quoted cell may go over lines
