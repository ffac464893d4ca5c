from __future__ import annotations

from training.markdown import markdown_table


def test_the_first_column_is_aligned_left_and_the_others_right() -> None:
    table = markdown_table(["system", "MRR"], [["ours", ".7"], ["theirs", ".6"]])
    assert table == "| system | MRR |\n|---|---:|\n| ours | .7 |\n| theirs | .6 |"
