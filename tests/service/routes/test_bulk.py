"""Bodies of bulk requests are cut into lines, however they come."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from service.routes.bulk import _Cutter

BODIES = st.lists(st.sampled_from([b"\n", b"\r\n", b" ", b"{}", b"a b", b"\t"]), max_size=30).map(b"".join)


@given(BODIES, st.sets(st.integers(0, 60)))
def test_pieces_give_the_lines_of_the_whole_with_their_numbers(body: bytes, cuts: set[int]) -> None:
    cutter = _Cutter()
    places = sorted({0, len(body), *(cut for cut in cuts if cut < len(body))})
    found = [line for start, end in pairwise(places) for line in cutter.lines(body[start:end])]
    if cutter.size:
        found.append(cutter.last())
    whole = [(number, line) for number, line in enumerate(body.split(b"\n"), 1) if line.strip()]
    assert [(number, line.strip()) for number, line in found] == [(number, line.strip()) for number, line in whole]
