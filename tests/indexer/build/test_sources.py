"""Keys of source texts: written sorted, found again, whatever the partitions."""

from __future__ import annotations

from pathlib import Path

from indexer.build.sources import Sources, keys_of, write_sources


def test_keys_are_found_across_partitions_and_with_colliding_halves(tmp_path: Path) -> None:
    keys = keys_of("text", [f"text {i}" if i % 7 else None for i in range(1000)])
    keys[501, 0] = keys[500, 0] = keys[499, 0] = 2**64 - 1  # one half in common
    parts = [keys[:300, None, :], keys[300:, None, :]]
    for partition in (64, 10_000):
        write_sources(tmp_path / "keys.npy", lambda: iter(parts), partition)
        found = Sources(tmp_path / "keys.npy").find(keys)
        assert found.tolist() == [i if i % 7 else -1 for i in range(1000)]
        assert Sources(tmp_path / "keys.npy").find(keys_of("smiles", ["text 1", None])).tolist() == [-1, -1]
    write_sources(tmp_path / "none.npy", lambda: iter([keys[:0, None, :]]))
    assert Sources(tmp_path / "none.npy").find(keys[:3]).tolist() == [-1, -1, -1]
