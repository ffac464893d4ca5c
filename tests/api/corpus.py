"""A small corpus and real releases of it, for tests of the service."""

from __future__ import annotations

import csv
import shutil
from dataclasses import dataclass
from pathlib import Path

from indexer.build import build_release
from indexer.build.options import BuildOptions
from indexer.release import current_release
from tests.support.tiny import make_tiny_checkpoint

MOLECULES = (
    # id, cid, name, smiles, description, tags
    ("ethanol", "702", "ethanol", "CCO", "A primary alcohol used as a solvent.", "solvent;small"),
    ("phenol", "996", "phenol", "c1ccccc1O", "A simple phenol with antiseptic properties.", ""),
    ("aspirin", "2244", "aspirin", "CC(=O)Oc1ccccc1C(=O)O", "A salicylate ester that relieves pain and fever.", "drug"),
    ("alanine", "5950", "L-alanine", "C[C@@H](C(=O)O)N", "An alpha-amino acid of proteins.", "natural product"),
    (
        "caffeine",
        "2519",
        "caffeine",
        "Cn1c(=O)c2c(ncn2C)n(C)c1=O",
        "A purine alkaloid that stimulates.",
        "drug;natural product",
    ),
    ("salt", "5234", "sodium chloride", "[Na+].[Cl-]", "A salt of an alkali metal.", "small"),
    ("rac/lactic", "612", "lactic acid", "CC(O)C(=O)O", "A hydroxy acid of sour milk.", "natural product"),
)
LATER = ("benzene", "241", "benzene", "c1ccccc1", "An aromatic hydrocarbon and solvent.", "solvent")


@dataclass(frozen=True)
class Molecule:
    id: str
    cid: str
    name: str
    smiles: str
    description: str
    tags: str


CORPUS = tuple(Molecule(*row) for row in MOLECULES)
# In no molecule corpus: one with a structure of its own, one that is a text alone.
EXTRA_DESCRIPTIONS = (
    ("d-octane", "CCCCCCCC", "A straight-chain alkane of eight carbon atoms."),
    ("d-text", "", "A class of compounds rather than one."),
)


def write_molecules(path: Path, rows: tuple[tuple[str, ...], ...] = MOLECULES) -> Path:
    return _write(path, ("id", "cid", "name", "smiles", "description", "tags"), rows)


def write_descriptions(path: Path) -> Path:
    return _write(path, ("id", "smiles", "description"), EXTRA_DESCRIPTIONS)


def _write(path: Path, header: tuple[str, ...], rows: tuple[tuple[str, ...], ...]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter="\t", lineterminator="\n")
        writer.writerows([header, *rows])
    return path


@dataclass(frozen=True)
class Index:
    """Real releases. `root` has two, and `current` is `first`; `second` has one molecule more.

    `foreign` is a root with a release that another checkpoint made.
    """

    checkpoint: Path
    root: Path
    first: str
    second: str
    without_descriptions: Path
    foreign: Path
    foreign_release: str
    foreign_checkpoint: Path


def build_index(checkpoint: Path, directory: Path) -> Index:
    """Build all of an `Index` under `directory`."""
    molecules = write_molecules(directory / "molecules.tsv")
    larger = write_molecules(directory / "larger.tsv", (*MOLECULES, LATER))
    bare = directory / "bare.smi"
    bare.write_text("CCO ethanol\n", encoding="utf-8")
    descriptions = write_descriptions(directory / "descriptions.tsv")
    other = make_tiny_checkpoint(directory / "other-checkpoint", seed=1)
    root = directory / "index"
    first = _build(checkpoint, root, molecules, descriptions)
    second = _build(checkpoint, root, larger, descriptions)
    point_current(root, first)
    _build(checkpoint, directory / "bare", bare)
    foreign_release = _build(other, directory / "foreign", molecules, descriptions)
    return Index(checkpoint, root, first, second, directory / "bare", directory / "foreign", foreign_release, other)


def _build(checkpoint: Path, root: Path, molecules: Path, *descriptions: Path) -> str:
    """Build and publish a release; its name."""
    build_release(
        BuildOptions(checkpoint=checkpoint, molecules=(molecules,), descriptions=descriptions, out=root, workers=0)
    )
    current = current_release(root)
    assert current is not None
    return current.name


def copy_index(source: Path, target: Path) -> Path:
    """A copy of an index directory, `current` included, that a test may damage."""
    shutil.copytree(source, target, symlinks=True)
    return target


def point_current(root: Path, release: str) -> None:
    """Publish as the indexer does: a new link renamed over the old one."""
    link = root / ".next"
    link.unlink(missing_ok=True)
    link.symlink_to(Path("releases") / release)
    link.replace(root / "current")
