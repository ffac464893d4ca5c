"""Shards come back as they were written, and damaged ones are made again."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.build.shards import DescriptionEntry, FileTally, MoleculeEntry, ShardStore, ShardSummary
from indexer.corpus import Reject
from tests.support.entries import molecule

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
ETHANOL = molecule("a", "CCO", tags="drug;oral", text="An alcohol.")
SUMMARY = ShardSummary(entries=1, tallies={"m.tsv": FileTally(rows=2, accepted=1, rejected=1)})


@settings(max_examples=30, deadline=None)
@given(texts=st.lists(TEXT, max_size=5), synonyms=st.lists(TEXT, max_size=3))
def test_entries_and_rejects_come_back_whatever_their_text(
    tmp_path_factory: pytest.TempPathFactory, texts: list[str], synonyms: list[str]
) -> None:
    directory = tmp_path_factory.mktemp("shards")
    molecules = [replace(ETHANOL, name=text, synonyms=tuple(synonyms)) for text in texts]
    rejects = [Reject("m.tsv", line, "smiles", "empty_structure", text, text) for line, text in enumerate(texts)]
    ShardStore(directory / "m", MoleculeEntry).write(0, molecules, rejects, {}, SUMMARY)
    shard = ShardStore(directory / "m", MoleculeEntry).find(0)
    assert shard is not None
    assert (list(shard.molecules()), list(shard.rejects()), shard.summary.tallies) == (
        molecules,
        rejects,
        SUMMARY.tallies,
    )
    described = [DescriptionEntry(text, None, text, None, text, number) for number, text in enumerate(texts)]
    written = ShardStore(directory / "d", DescriptionEntry).write(7, described, [], {}, SUMMARY)
    assert list(written.descriptions()) == described


def test_more_entries_than_one_line_holds(tmp_path: Path) -> None:
    store = ShardStore(tmp_path, DescriptionEntry)
    entries = [DescriptionEntry(str(number), None, None, None, "text", None) for number in range(600)]
    assert list(store.write(0, entries, [], {}, SUMMARY).descriptions()) == entries


@pytest.mark.parametrize("file", ["vectors.npy", "entry_rows.jsonl", "shard.json"])
@pytest.mark.parametrize("harm", [lambda path: path.write_bytes(path.read_bytes()[:-2] + b"??"), Path.unlink])
def test_a_damaged_shard_is_not_found_and_makes_room(tmp_path: Path, file: str, harm: object) -> None:
    store = ShardStore(tmp_path, MoleculeEntry)
    arrays = {"vectors": np.ones((1, 4), np.float32)}
    shard = store.write(3, [ETHANOL], [], arrays, SUMMARY)
    np.testing.assert_array_equal(shard.array("vectors"), arrays["vectors"])
    harm(shard.path / file)  # type: ignore[operator]
    assert store.find(3) is None and not shard.path.exists()
    assert store.find(4) is None
    assert store.write(3, [ETHANOL], [], arrays, SUMMARY).path == shard.path


def test_what_a_kill_left_half_written_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "000000.partial").mkdir()
    (tmp_path / "000000.partial" / "vectors.npy").write_bytes(b"half")
    shard = ShardStore(tmp_path, MoleculeEntry).write(0, [ETHANOL], [], {}, SUMMARY)
    assert sorted(shard.summary.files) == ["entry_rows.jsonl", "reject_rows.jsonl"]
    assert not (tmp_path / "000000.partial").exists()


def test_tallies_add_up() -> None:
    one = FileTally(rows=3, accepted=2, rejected=1)
    assert one.plus(FileTally(rows=1, dropped_texts=1)) == FileTally(rows=4, accepted=2, rejected=1, dropped_texts=1)
