"""Cost of a lexicon: size, time to write, and time of look-ups, completions, suggestions and word searches.

python -m benchmarks.lexicon --rows 33000 1000000

Names are random syllables of chemical names. Two in three molecules have a synonym, and one in thirty a description
of twenty words, roughly as in large corpora. One thread, file in the page cache.
"""

import argparse
import random
import sqlite3
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from time import perf_counter, thread_time

import numpy as np

from benchmarks.machine import describe
from benchmarks.table import Cell, Table
from indexer.build import lexicon_writer
from indexer.search.identifiers import read_identifier
from indexer.search.lexicon import LEXICON, Lexicon

_SYLLABLES = """
meth eth prop but pent hex hept oct non dec yl oxy amino chloro fluoro bromo nitro hydroxy phenyl benz pyr id in az ol
an en one ane ate ic acid amide ester thio sulf phos cyc lo iso tetra tri di naph thal ind quin pip er mor ph stat mab
mycin cillin vir zole pril sartan olol gluc fruct man gal os yne al keto carb
"""
_TEXT = """
inhibitor of the enzyme kinase acid with a role as metabolite agent antibacterial plant natural product isolated from
derivative conjugate base human drug used against infections receptor agonist antagonist of alpha beta solvent dye
herbicide insecticide steroid alkaloid flavonoid terpenoid ester amide member class
"""


def write_records(path: Path, rows: int, seed: int = 0) -> list[str]:
    """A table of molecules as `records.sqlite` has it, as far as a lexicon reads it; the names."""
    generator = random.Random(seed)
    connection = sqlite3.connect(path)
    connection.executescript(
        "CREATE TABLE molecules (row INTEGER PRIMARY KEY, id TEXT, cid TEXT, smiles TEXT, name TEXT, inchikey TEXT,"
        " formula TEXT, tag_set INTEGER DEFAULT 0);"
        "CREATE TABLE tag_sets (number INTEGER PRIMARY KEY, tags TEXT); INSERT INTO tag_sets VALUES (0, '');"
        "CREATE TABLE descriptions (row INTEGER PRIMARY KEY, molecule_row INTEGER, text TEXT);"
    )
    names = [made_up_name(generator) for _ in range(rows)]
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    connection.executemany(
        "INSERT INTO molecules (row, id, cid, smiles, name, inchikey, formula) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            (
                row,
                f"M{row}",
                str(row),
                "C" * (1 + row % 30) + "N" + (".Cl" if row % 20 == 0 else ""),
                name,
                "".join(generator.choices(letters, k=14)) + "-UHFFFAOYSA-N",
                f"C{generator.randint(1, 40)}H{generator.randint(1, 60)}N{generator.randint(2, 6)}",
            )
            for row, name in enumerate(names)
        ),
    )
    texts = ((row, " ".join(generator.choices(_TEXT.split(), k=20)) + f" {names[row]}") for row in range(0, rows, 30))
    connection.executemany("INSERT INTO descriptions (molecule_row, text) VALUES (?, ?)", texts)
    connection.executescript(
        "CREATE INDEX by_id ON molecules (id); CREATE INDEX by_cid ON molecules (cid); "
        "CREATE INDEX by_key ON molecules (inchikey) WHERE inchikey != '';"
    )
    connection.commit()
    connection.close()
    return names


def made_up_name(generator: random.Random) -> str:
    word = "".join(generator.choices(_SYLLABLES.split(), k=generator.randint(2, 6)))
    place = f"{generator.randint(1, 9)}-" if generator.random() < 0.5 else ""
    return place + word + (" acid" if generator.random() < 0.2 else "")


def made_up_synonyms(rows: int) -> Iterator[tuple[str, ...]]:
    """One for two in three molecules; the same each time."""
    generator = random.Random(2)
    for _ in range(rows):
        yield (made_up_name(generator),) if generator.random() < 2 / 3 else ()


def percentiles(ask: Callable[[str], object], queries: Sequence[str]) -> tuple[float, float, float, float]:
    """The 50th and the 99th percentile of one query, in milliseconds: on the clock, and of the processor alone."""
    for query in queries[:20]:
        ask(query)
    taken, worked = [], []
    for query in queries:
        start, started = perf_counter(), thread_time()
        ask(query)
        taken.append(1000 * (perf_counter() - start))
        worked.append(1000 * (thread_time() - started))
    p50, p99 = np.percentile(taken, (50, 99))
    cpu50, cpu99 = np.percentile(worked, (50, 99))
    return float(p50), float(p99), float(cpu50), float(cpu99)


def run(rows: int, queries: int = 1000) -> Table:
    generator = random.Random(1)
    cells: list[tuple[Cell, ...]] = []
    with tempfile.TemporaryDirectory() as directory:
        root = Path(directory)
        names = write_records(root / "records.sqlite", rows)

        start = perf_counter()
        lexicon_writer.write_lexicon(root, root / "records.sqlite", lambda: made_up_synonyms(rows))
        written = perf_counter() - start
        size = (root / LEXICON).stat().st_size / 1e6
        lexicon = Lexicon(root / LEXICON, root / "records.sqlite")
        asked = generator.sample(names, min(queries, len(names)))
        misspelled = [_misspell(name, generator) for name in asked if len(name) > 6]
        beginnings = [name[: generator.randint(1, max(1, len(name) - 1))] for name in asked]
        texts = [" ".join(generator.choices(_TEXT.split(), k=6)) for _ in asked]
        keys = [f"M{generator.randrange(rows)}" for _ in asked]
        formulas = [f"N{generator.randint(2, 6)}C{generator.randint(1, 40)}H{generator.randint(1, 60)}" for _ in asked]

        def find_formula(text: str) -> object:
            identifier = read_identifier(text)
            return lexicon.find_identifier(identifier) if identifier is not None else None

        kinds: tuple[tuple[str, Callable[[str], object], Sequence[str]], ...] = (
            ("name", lexicon.find_name, asked),
            ("id", lexicon.find_id, keys),
            ("formula", find_formula, formulas),
            ("beginning (suggest)", lexicon.complete, beginnings),
            ("name with an error", lexicon.close_names, misspelled),
            ("words, k 100", lambda text: lexicon.search_words(text, 100), texts),
        )
        for kind, ask, some in kinds:
            cells.append((kind, len(some), *percentiles(ask, some)))
        lexicon.close()
    title = f"{rows:,} molecules: {size:,.0f} MB, written in {written:,.1f} s; {describe(1)}"
    return Table(title, ("asked", "queries", "p50 ms", "p99 ms", "CPU p50", "CPU p99"), cells)


def _misspell(name: str, generator: random.Random) -> str:
    letters = [place for place, letter in enumerate(name) if letter.isalpha()]
    place = generator.choice(letters)
    return name[:place] + name[place + 1 :]


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, nargs="+", default=[33_000, 1_000_000])
    parser.add_argument("--queries", type=int, default=1000)
    options = parser.parse_args(arguments)
    for rows in options.rows:
        print(run(rows, options.queries))


if __name__ == "__main__":
    main()
