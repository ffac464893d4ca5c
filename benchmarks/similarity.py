"""Tanimoto search over packed fingerprints beside RDKit's bulk function and, where it is installed, FPSim2.

python -m benchmarks.similarity --molecules chebi20_candidates.tsv --rows 33010 1000000

Fingerprints of the molecules; more rows are copies with eight bits changed at random. One thread, the 10 best of each.
"""

import argparse
import csv
import importlib.util
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

import numpy as np
from numpy.typing import NDArray
from rdkit import Chem, DataStructs, rdBase

from benchmarks.machine import describe
from benchmarks.table import Cell, Table
from indexer.search.similarity import SimilaritySearch
from model.inputs.fingerprint import FINGERPRINT_BITS, morgan_fingerprint

_K = 10
_CHANGED = 8


def read_fingerprints(molecules: Path) -> NDArray[np.uint8]:
    """Of all molecules of a table with a column `smiles` that RDKit can read: packed, uint8 `(molecules, 256)`."""
    with molecules.open(encoding="utf-8", newline="") as file, rdBase.BlockLogs():
        rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        mols: Iterator[Chem.Mol | None] = (Chem.MolFromSmiles(row["smiles"]) for row in rows)
        return np.stack([morgan_fingerprint(mol) for mol in mols if mol is not None])


def grown(fingerprints: NDArray[np.uint8], rows: int, seed: int = 0) -> NDArray[np.uint8]:
    """As many rows, the first ones as they are."""
    own = len(fingerprints)
    if rows <= own:
        return fingerprints[:rows]
    random = np.random.default_rng(seed)
    more = fingerprints[random.integers(0, own, rows - own)]
    for _ in range(_CHANGED):
        bits = random.integers(0, FINGERPRINT_BITS, len(more))
        more[np.arange(len(more)), bits >> 3] ^= (128 >> (bits & 7)).astype(np.uint8)
    return np.concatenate([fingerprints, more])


Ask = Callable[[NDArray[np.uint8]], list[float]]


def fpsim2(pool: NDArray[np.uint8]) -> Ask:
    """FPSim2's search in memory, sorted and binned by the number of bits as its own files are."""
    from FPSim2 import FPSim2Engine
    from FPSim2.io import create_db_file

    with TemporaryDirectory() as directory:
        path = f"{directory}/fingerprints.h5"
        create_db_file([["C", 1]], path, "smiles", "Morgan", {"radius": 2, "fpSize": FINGERPRINT_BITS})
        engine = FPSim2Engine(path)
    # The first bit of RDKit is the last of a byte here and the first of a word there.
    words = np.packbits(np.unpackbits(pool, axis=1, bitorder="little"), axis=1).view(">u8").astype(np.uint64)
    counts = np.bitwise_count(pool).sum(axis=1, dtype=np.uint64)
    order = np.argsort(counts, kind="stable")
    ids = np.arange(1, len(pool) + 1, dtype=np.uint64)
    engine.storage.fps = np.ascontiguousarray(np.column_stack([ids, words, counts])[order])
    engine.storage.popcnt_bins = engine.storage.calc_popcnt_bins(engine.storage.fps)

    def ask(query: NDArray[np.uint8]) -> list[float]:
        found = engine.top_k(_bits(query), _K, 0.0, metric="tanimoto", n_workers=1)
        return [float(similarity) for similarity in found["coeff"]]

    return ask


def _bits(packed: NDArray[np.uint8]) -> DataStructs.ExplicitBitVect:
    return DataStructs.CreateFromBinaryText(packed.tobytes())  # type: ignore[arg-type]


def run(fingerprints: NDArray[np.uint8], rows: int, queries: int) -> Table:
    pool = grown(fingerprints, rows)
    asked = fingerprints[np.random.default_rng(1).integers(0, len(fingerprints), queries)]
    start = perf_counter()
    search = SimilaritySearch(pool)
    opened = perf_counter() - start
    vectors = [_bits(row) for row in pool]

    def rdkit(query: NDArray[np.uint8]) -> list[float]:
        similarities = DataStructs.BulkTanimotoSimilarity(_bits(query), vectors)
        best = np.argpartition(similarities, -_K)[-_K:]
        return sorted((similarities[row] for row in best), reverse=True)

    def ours(query: NDArray[np.uint8]) -> list[float]:
        found: list[float] = search.search(query, _K)[1].tolist()
        return found

    cells: list[tuple[Cell, ...]] = []
    answers: list[list[list[float]]] = []
    asks: dict[str, Ask] = {"Molseek": ours, "RDKit bulk": rdkit}
    if importlib.util.find_spec("FPSim2") is not None:
        asks["FPSim2"] = fpsim2(pool)
    for name, ask in asks.items():
        taken, found = [], []
        for query in asked:
            start = perf_counter()
            found.append(ask(query))
            taken.append(1000 * (perf_counter() - start))
        answers.append(found)
        cells.append((name, len(asked), float(np.median(taken)), float(np.percentile(taken, 95))))
    same = all(np.allclose(answers[0], other, atol=1e-6) for other in answers[1:])
    title = f"{rows:,} fingerprints, opened in {opened:.2f} s, same similarities: {same}; {describe(1)}"
    return Table(title, ("search", "queries", "p50 ms", "p95 ms"), cells)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--molecules", type=Path, required=True, help="table with a column smiles")
    parser.add_argument("--rows", type=int, nargs="+", default=[33_010, 1_000_000])
    parser.add_argument("--queries", type=int, default=50)
    options = parser.parse_args(arguments)
    fingerprints = read_fingerprints(options.molecules)
    for rows in options.rows:
        print(run(fingerprints, rows, options.queries))


if __name__ == "__main__":
    main()
