"""A release of any size without embedding anything: the rows of a small one many times over, each time made different.

    python -m benchmarks.made_release --of var/index --rows 1000000 --out var/index-1m

Vectors are copies with noise (so scores have the spread of real ones), structures and properties repeat, ids and names
are new. What is measured on it is the cost of size; what it finds means nothing.
"""

import argparse
import random
import shutil
import sqlite3
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from benchmarks.lexicon import made_up_name, made_up_synonyms
from indexer.build.assemble import write_npy, write_rejects
from indexer.build.index_stage import build_indexes
from indexer.build.lexicon_writer import write_lexicon
from indexer.build.seal import seal
from indexer.columns import write_columns
from indexer.release.manifest import read_manifest
from indexer.release.names import PARTIAL, new_stamp
from indexer.release.opened import (
    DESCRIPTION_SOURCES,
    DESCRIPTION_VECTORS,
    FINGERPRINTS,
    MOLECULE_SOURCES,
    MOLECULE_VECTORS,
    PATTERNS,
    RECORDS,
    REJECTS,
    RELEASES,
    current_release,
)
from indexer.release.publishing import publish

_NOISE = 0.02  # standard deviation of each component: copies of a molecule have a cosine of about .9
_INDEXES = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"


def make(of: Path, rows: int, out: Path, *, lexicon: bool = True) -> Path:
    """Write and publish a release of `rows` molecules in the index `out`; its directory.

    Texts grow as the molecules do. Raises ReleaseError for a release that cannot be read.
    """
    manifest = read_manifest(of)
    copies = -(-rows // manifest.counts.molecules)
    stamp = new_stamp(out, datetime.now(UTC))
    partial = out / RELEASES / f"{stamp}-made{PARTIAL}"
    partial.mkdir(parents=True)
    texts = copies * manifest.counts.descriptions
    for name, count in ((MOLECULE_VECTORS, rows), (DESCRIPTION_VECTORS, texts)):
        write_npy(partial / name, "<f4", (count, manifest.dim), _near(of / name, count))
    for name in (FINGERPRINTS, PATTERNS):
        bits: NDArray[np.uint8] = np.load(of / name, mmap_mode="r", allow_pickle=False)
        write_npy(partial / name, "|u1", (rows, bits.shape[1]), _repeated(bits, rows))
    for name in (MOLECULE_SOURCES, DESCRIPTION_SOURCES):
        shutil.copyfile(of / name, partial / name)
    _write_records(of / RECORDS, partial / RECORDS, rows, copies)
    write_columns(partial, partial / RECORDS)
    write_rejects(partial / REJECTS, ())
    entries = write_lexicon(partial, partial / RECORDS, lambda: made_up_synonyms(rows)) if lexicon else None
    sides = build_indexes(partial, manifest.spec, "cpu", None, None)
    changed = {
        "counts": manifest.counts.model_copy(update={"molecules": rows, "descriptions": texts}),
        "sides": sides,
        "lexicon": entries,
        "files": {},
        "sizes": {},
        "changes": None,
    }
    path, _ = seal(out, partial, stamp, manifest.model_copy(update=changed))
    publish(out, path.name)
    return path


def _near(path: Path, count: int) -> Iterator[NDArray[np.float32]]:
    generator = np.random.default_rng(0)
    vectors: NDArray[np.float32] = np.load(path, mmap_mode="r", allow_pickle=False)
    for number, part in enumerate(_repeated(vectors, count)):
        noise = _NOISE * generator.standard_normal(part.shape, dtype=np.float32)
        moved = part + noise if number else part
        yield moved / np.linalg.norm(moved, axis=1, keepdims=True)


_Rows = TypeVar("_Rows", NDArray[np.float32], NDArray[np.uint8])


def _repeated(rows: _Rows, count: int) -> Iterator[_Rows]:
    while count > 0:
        yield rows[:count]
        count -= len(rows)


def _write_records(of: Path, path: Path, rows: int, copies: int) -> None:
    """The records of `of`, copied by SQLite: the first time as they are, then with other ids, names, CIDs and keys."""
    shutil.copyfile(of, path)
    generator = random.Random(1)
    connection = sqlite3.connect(path, isolation_level=None)
    connection.create_function("made_up_name", 0, lambda: made_up_name(generator))
    indexes = connection.execute(_INDEXES).fetchall()
    for name, _ in indexes:
        connection.execute(f"DROP INDEX {name}")
    [molecules] = connection.execute("SELECT count(*) FROM molecules").fetchone()
    [texts] = connection.execute("SELECT count(*) FROM descriptions").fetchone()
    connection.execute("BEGIN")
    for copy in range(1, copies):
        for table, changed in (
            (
                "molecules",
                {
                    "row": f"row + {copy * molecules}",
                    "id": f"id || '-{copy}'",
                    "cid": f"cid || '{copy:03d}'",
                    "name": "made_up_name()",
                    "inchikey": f"substr(inchikey, 4) || printf('%03d', {copy})",
                },
            ),
            (
                "descriptions",
                {
                    "row": f"row + {copy * texts}",
                    "id": f"id || '-{copy}'",
                    "molecule_row": f"molecule_row + {copy * molecules}",
                    "text_key": f"text_key + {copy}",
                    "plain_key": f"plain_key + {copy}",
                },
            ),
        ):
            columns = connection.execute(f"SELECT name FROM pragma_table_info('{table}')").fetchall()
            values = ", ".join(changed.get(column, column) for (column,) in columns)
            first = molecules if table == "molecules" else texts
            connection.execute(f"INSERT INTO {table} SELECT {values} FROM {table} WHERE row < {first}")
    connection.execute(f"DELETE FROM molecules WHERE row >= {rows}")
    connection.execute(f"UPDATE descriptions SET molecule_row = NULL WHERE molecule_row >= {rows}")
    connection.execute("COMMIT")
    for _, sql in indexes:
        connection.execute(sql)
    connection.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--of", type=Path, required=True, help="index of `molseek-index build` whose rows are repeated")
    parser.add_argument("--rows", type=int, default=1_000_000, help="molecules")
    parser.add_argument("--out", type=Path, required=True, help="index to publish the release in")
    parser.add_argument("--no-lexicon", action="store_true")
    arguments = parser.parse_args()
    release = current_release(arguments.of)
    if release is None:
        sys.exit(f"{arguments.of} has no published release")
    start = perf_counter()
    path = make(release, arguments.rows, arguments.out, lexicon=not arguments.no_lexicon)
    size = sum(file.stat().st_size for file in path.iterdir())
    print(f"{path.name}: {arguments.rows:,} molecules, {size / 1e9:.2f} GB, made in {perf_counter() - start:,.0f} s")


if __name__ == "__main__":
    main()
