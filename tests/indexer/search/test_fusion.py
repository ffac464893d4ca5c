"""Two rankings become one."""

from hypothesis import given
from hypothesis import strategies as st

from indexer.search.fusion import fuse

_RANKING = st.lists(st.integers(0, 30), unique=True, max_size=20)


def test_what_both_rank_high_comes_first_and_exact_matches_before_it() -> None:
    assert fuse([1, 2, 3], [3, 9], 4)[0] == 3
    assert fuse([1, 2, 3], [3, 9], 4, first=[7])[:2] == [7, 3]


def test_a_molecule_without_a_description_is_not_pushed_down_by_those_that_have_one() -> None:
    assert fuse([1, 2, 3], [2, 3], 3)[0] == 2
    assert fuse([1, 2, 3], [2, 3], 3, wordless={1})[0] == 1


@given(_RANKING, _RANKING, st.integers(0, 40))
def test_every_row_once_best_first_and_no_more_than_asked(vectors: list[int], words: list[int], k: int) -> None:
    fused = fuse(vectors, words, k)
    assert len(fused) == len(set(fused)) == min(k, len({*vectors, *words}))
    assert fuse(vectors, [], len(vectors)) == vectors
    assert fuse(vectors, words, len(vectors), weight=0.0)[: len(vectors)] == vectors
