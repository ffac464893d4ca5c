"""Index and search up to a million generated molecules, in steps: how cost grows with the corpus.

python -m benchmarks.million --keep DIR --results FILE [--count 1000000] [--workers 1] [--print] [--png PNG]

Each step's results go to FILE; an interrupted run resumes after the last finished step.
"""

import argparse
import csv
import random
import shutil
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from time import perf_counter

import faiss
import numpy as np
import torch
from rdkit import rdBase

from benchmarks import million_build, million_picture, million_search
from benchmarks.machine import describe, restart_with_threads
from benchmarks.million_results import Results, Search, load, tables
from benchmarks.molecules import write_molecules
from benchmarks.table import show
from benchmarks.towers import bundled_or_tiny_path
from indexer.engines.base import Vectors
from indexer.examples import example_corpus
from indexer.release.opened import MOLECULE_VECTORS
from model.checkpoint import load_checkpoint


def run(count: int, sizes: Sequence[int], workers: int, threads: int, keep: Path, file: Path, rounds: int) -> Results:
    """Do what has not been done yet: make the molecules, and for each size build a release, make indexes, search."""
    keep.mkdir(parents=True, exist_ok=True)
    name, checkpoint = bundled_or_tiny_path(keep)
    results = load(file) or Results(title=name)
    if results.title != name:
        raise SystemExit(f"{file} is of another checkpoint ({results.title}); choose another file")
    corpus = keep / f"made-{count}.tsv"
    if not corpus.exists():
        log(f"making {count:,} molecules")
        start = perf_counter()
        write_molecules(corpus.with_suffix(".partial"), count)
        corpus.with_suffix(".partial").rename(corpus)
        results = results.model_copy(update={"made_seconds": perf_counter() - start})
        results.save(file)
    queries = text_queries(checkpoint)
    for size in sizes:
        out = keep / f"index-{size}"
        if not any(build.molecules == size for build in results.builds):
            log(f"building {size:,}")
            shutil.rmtree(out, ignore_errors=True)
            part = first_rows(corpus, size)
            results = results.with_build(million_build.measure(checkpoint, part, out, workers, threads))
            part.unlink()
            results.save(file)
        if not any(search.molecules == size for search in results.searches):
            log(f"kinds of index over {size:,}")
            vectors = million_build.release_of(out) / MOLECULE_VECTORS
            machine = describe(threads)
            kinds = million_search.measure(vectors, queries, out / "kinds", rounds, log)
            search = Search(machine=machine, molecules=size, dim=queries.shape[1], kinds=tuple(kinds))
            results = results.with_search(search)
            results.save(file)
        shutil.rmtree(out, ignore_errors=True)
    return results


def first_rows(corpus: Path, count: int) -> Path:
    """A corpus file of the first rows of another."""
    path = corpus.with_name(f"molecules-{count}.tsv")
    with corpus.open("rb") as source, path.open("wb") as target:
        target.writelines(islice(source, count + 1))
    return path


def text_queries(checkpoint: Path) -> Vectors:
    """What searches are like: the example corpus's descriptions, embedded, in an order drawn with a seed."""
    with example_corpus().open(encoding="utf-8", newline="") as stream:
        rows = csv.DictReader(stream, delimiter="\t", quoting=csv.QUOTE_NONE)
        texts = [row["description"] for row in rows if row["description"]]
    random.Random(0).shuffle(texts)
    return np.ascontiguousarray(load_checkpoint(checkpoint).encoder.encode_text(texts[:456]))


def log(line: str) -> None:
    print(f"{datetime.now(UTC):%H:%M:%S} {line}", file=sys.stderr, flush=True)


def main(arguments: Sequence[str]) -> None:
    options = argparse.ArgumentParser(prog="python -m benchmarks.million", description=__doc__)
    options.add_argument("--count", type=int, default=1_000_000)
    options.add_argument("--sizes", type=int, nargs="+", help="default: 10k, 30k, 100k, 300k and `count`")
    options.add_argument("--workers", type=int, default=1, help="parsing processes")
    options.add_argument("--threads", type=int, default=1)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--keep", type=Path, help="directory to work in, on the disk to measure")
    options.add_argument("--results", type=Path, required=True)
    options.add_argument("--print", action="store_true", help="only print the tables of the results that there are")
    options.add_argument("--png", type=Path, help="also draw how cost grows")
    chosen = options.parse_args(arguments)
    if not chosen.print:
        if chosen.keep is None:
            options.error("--keep is needed, unless there is nothing to be done but to --print")
        restart_with_threads(chosen.threads, "benchmarks.million", arguments)
        torch.set_num_threads(chosen.threads)
        faiss.omp_set_num_threads(chosen.threads)
        rdBase.DisableLog("rdApp.*")
        sizes = chosen.sizes or million_search.sizes_up_to(chosen.count)
        run(chosen.count, sizes, chosen.workers, chosen.threads, chosen.keep, chosen.results, chosen.rounds)
    results = load(chosen.results)
    if results is not None:
        show("", tables(results))
        if chosen.png is not None:
            chosen.png.write_bytes(million_picture.growth(results).png())


if __name__ == "__main__":
    main(sys.argv[1:])
