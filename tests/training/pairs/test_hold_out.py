"""Held-out molecules come with all their pairs, are the same ones in any order, and stay when others are added."""

from __future__ import annotations

from pathlib import Path

from training.pairs import read_pairs
from training.pairs.hold_out import hold_out
from training.pairs.structures import inchikeys

_SMILES = [f"{'C' * length}O" for length in range(1, 21)]


def written(path: Path, smiles: list[str]) -> str:
    rows = [f"{one}\tText {number} of {one}." for one in smiles for number in (1, 2)]
    path.write_text("\n".join(["smiles\tdescription", *rows, "not-a-smiles\tNothing."]) + "\n")
    return str(path)


def keys_of(path: Path) -> set[str]:
    return set(inchikeys(pair.smiles for pair in read_pairs(path).pairs).values())


def test_molecules_are_held_out_whole(tmp_path: Path) -> None:
    held = hold_out(written(tmp_path / "pairs.tsv", _SMILES), tmp_path / "held.tsv", 5)
    assert (held.molecules, held.pairs) == (5, 10)
    pairs = read_pairs(tmp_path / "held.tsv").pairs
    assert len(pairs) == 10 and len({pair.id for pair in pairs}) == 5
    assert (tmp_path / "held.json").is_file()


def test_the_choice_depends_on_the_molecules_alone(tmp_path: Path) -> None:
    hold_out(written(tmp_path / "pairs.tsv", _SMILES), tmp_path / "held.tsv", 5)
    otherwise = [one[::-1] for one in reversed(_SMILES)]  # other order, other spelling
    hold_out(written(tmp_path / "pairs.tsv", otherwise), tmp_path / "again.tsv", 5)
    assert keys_of(tmp_path / "again.tsv") == keys_of(tmp_path / "held.tsv")
    hold_out(written(tmp_path / "pairs.tsv", [*_SMILES, "c1ccccc1"]), tmp_path / "more.tsv", 5)
    assert len(keys_of(tmp_path / "more.tsv") & keys_of(tmp_path / "held.tsv")) >= 4
