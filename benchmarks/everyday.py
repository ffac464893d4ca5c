"""Everyday queries, searched by vectors, by words, and by the default mode, which combines them.

python -m benchmarks.everyday --checkpoint compact --captions chebi20_validation.tsv --texts pairs_open.tsv

Names, own descriptions, tags (classes and roles) and everyday questions (`everyday_questions.tsv`, by hand) search the
bundled corpus. Captions, and the classes and roles that they state, search for molecules without a text in the corpus,
among as many others that have one: there, words can only mislead.

`--weights` fits the weight of words against vectors: for each weight the captions' share of right first hits, and the
precision at 5 of questions and tags; then the best weight of each half of them, measured on the other half.
"""

import argparse
import csv
import random
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

import numpy as np
from numpy.typing import NDArray
from rdkit import Chem

from benchmarks.table import Cell, Table
from indexer.build import build_release
from indexer.build.options import BuildOptions
from indexer.examples import example_corpus
from indexer.release import Release
from indexer.release.opened import current_release, open_release
from indexer.search.filters import MoleculeFilter, rows_in_ranges
from indexer.search.fusion import WORDS_WEIGHT, fuse
from indexer.search.understanding import understand
from model import load_checkpoint
from model.inputs.structure import Molecule, StructureError, parse_structure
from service.reading import description_matches, read_words
from training.categories.statements import Category, bare, stated_categories

_QUESTIONS = Path(__file__).with_name("everyday_questions.tsv")
_EXACT = frozenset({"names", "own descriptions", "own structures"})  # found whatever words weigh
_LEAST_ANSWERS = 5  # of a class or role
_DEPTH = 100  # hits of each ranking that are fused
MODES = ("vector", "lexical", "auto")


@dataclass(frozen=True, slots=True)
class Question:
    """A text, and the ids of the molecules that answer it."""

    text: str
    accepted: frozenset[str]


@dataclass(frozen=True, slots=True)
class Rankings:
    """Rows of one text: exact matches, hits by vectors and hits by words, each best first."""

    exact: Sequence[int]
    vectors: Sequence[int]
    words: Sequence[int]


class Search:
    """The three modes on one release."""

    def __init__(self, release: Release, encode: Callable[[Sequence[str]], np.ndarray], weight: float) -> None:  # type: ignore[type-arg]
        if release.lexicon is None:
            raise SystemExit("the release has no lexicon")
        self.lexicon = release.lexicon
        self.release = release
        self.encode = encode
        self.weight = weight
        count = release.molecules.count
        owners = release.columns.owners()
        self.wordless = set(range(count)) - set(np.unique(owners[owners >= 0]).tolist())
        records = release.records.molecules(range(count))
        self.ids = [record.id for record in records]
        self.smiles = [record.smiles for record in records]

    def __call__(self, texts: Sequence[str], mode: str, k: int) -> list[list[str]]:
        """Ids of the first k hits of each text."""
        if mode == "vector":
            rows = self.release.molecules.search(self.encode(texts), k).rows
            return [[self.ids[row] for row in hits] for hits in rows]
        if mode == "lexical":
            return [[self.ids[row] for row in self._exact_then_words(text, k)] for text in texts]
        rankings = self.rankings(texts)
        return [[self.ids[row] for row in self.fused(one, k, self.weight)] for one in rankings]

    def _exact(self, text: str) -> list[int]:
        matches = understand(text, self.lexicon, _read).matches or description_matches(self.release.records, text)
        return [match.row for match in matches]

    def _exact_then_words(self, text: str, k: int) -> list[int]:
        exact = self._exact(text)
        return fuse([], self.lexicon.search_words(text, k).rows, k, first=exact)

    def rankings(self, texts: Sequence[str]) -> list[Rankings]:
        """What the mode auto fuses for each text."""
        readings = [read_words(text) for text in texts]
        vectors = self.encode([reading.encoded or reading.value for reading in readings])
        found = self.release.molecules.search(vectors, _DEPTH).rows
        rankings = []
        for number, (text, reading) in enumerate(zip(texts, readings, strict=True)):
            allowed = None
            rows = found[number].tolist()
            if reading.filter is not None:
                allowed = self._allowed(reading.filter)
                rows = self.release.molecules.search(vectors[number : number + 1], _DEPTH, np.flatnonzero(allowed))
                rows = rows.rows[0].tolist()
            words = self.lexicon.search_words(reading.words or text, _DEPTH, allowed).rows
            rankings.append(Rankings(self._exact(text), [row for row in rows if row >= 0], words))
        return rankings

    def fused(self, rankings: Rankings, k: int, weight: float) -> list[int]:
        return fuse(rankings.vectors, rankings.words, k, weight, first=rankings.exact, wordless=self.wordless)

    def _allowed(self, filter: MoleculeFilter) -> NDArray[np.bool_]:
        """Which molecules fit the filter that a text asks for: ranges, and substructures that it must not have."""
        allowed = rows_in_ranges(self.release.columns, filter.ranges, self.release.molecules.count)
        queries = [Chem.MolFromSmarts(pattern.smarts) for pattern in filter.lacks]
        for row in np.flatnonzero(allowed) if queries else ():
            molecule = Chem.MolFromSmiles(self.smiles[row])
            allowed[row] = not any(molecule.HasSubstructMatch(query) for query in queries)
        return allowed


def _read(text: str) -> Molecule | None:
    try:
        return parse_structure(text)
    except StructureError:
        return None


def measure(search: Search, sets: dict[str, Sequence[Question]], modes: Sequence[str] = MODES) -> Table:
    """A row a set and mode: share with an answer first, precision at 5 (or at as many as answer), mean 1 / rank."""
    rows: list[tuple[Cell, ...]] = []
    for name, questions in sets.items():
        for mode in modes:
            hits = search([question.text for question in questions], mode, 50)
            right = [[id in q.accepted for id in ids] for q, ids in zip(questions, hits, strict=True)]
            first = fmean(bool(one[:1] and one[0]) for one in right)
            width = [min(5, len(q.accepted)) for q in questions]
            at_five = fmean(sum(one[:w]) / w for one, w in zip(right, width, strict=True))
            reciprocal = fmean(1 / (1 + one.index(True)) if True in one else 0.0 for one in right)
            rows.append((name, len(questions), mode, round(first, 3), round(at_five, 3), round(reciprocal, 3)))
    title = f"corpus of {len(search.ids):,} molecules, words weigh {search.weight}"
    return Table(title, ("asked", "queries", "mode", "first right", "precision@5", "MRR"), rows)


def bundled_sets() -> dict[str, Sequence[Question]]:
    """Names, own descriptions and everyday questions of the bundled corpus."""
    with example_corpus().open(encoding="utf-8", newline="") as file:
        compounds = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    with _QUESTIONS.open(encoding="utf-8", newline="") as file:
        asked = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    return {
        "names": [Question(row["name"], frozenset([row["id"]])) for row in compounds],
        "own descriptions": [Question(row["description"], frozenset([row["id"]])) for row in compounds],
        "own structures": [Question(row["smiles"], frozenset([row["id"]])) for row in compounds],
        "classes and roles (tags)": _tagged(compounds),
        "everyday questions": [Question(row["question"], frozenset(row["accepted"].split(";"))) for row in asked],
    }


def _tagged(compounds: Iterable[dict[str, str]]) -> list[Question]:
    tagged: dict[str, set[str]] = {}
    for row in compounds:
        for tag in filter(None, row["tags"].split(";")):
            tagged.setdefault(tag, set()).add(row["id"])
    return _categories(tagged)


def _categories(answers: Mapping[str, set[str]]) -> list[Question]:
    return [Question(text, frozenset(ids)) for text, ids in answers.items() if len(ids) >= _LEAST_ANSWERS]


def caption_sets(captions: str, texts: str, count: int, seed: int, corpus: Path) -> dict[str, Sequence[Question]]:
    """Captions of `count` molecules and what they state, and a corpus of these without texts among as many others with
    one.
    """
    generator = random.Random(seed)
    asked = generator.sample(_rows(captions), count)
    others = generator.sample([row for row in _rows(texts) if row["description"] and row["smiles"]], count)
    lines = ["id\tsmiles\tdescription", *(f"v{n}\t{row['smiles']}\t" for n, row in enumerate(asked))]
    lines += [f"t{n}\t{row['smiles']}\t{row['description']}" for n, row in enumerate(others)]
    corpus.write_text("\n".join(lines) + "\n", encoding="utf-8")
    stated: dict[str, set[str]] = {}
    for prefix, rows in (("v", asked), ("t", others)):
        for n, row in enumerate(rows):
            for category in stated_categories(row["description"]):
                stated.setdefault(_bare(category), set()).add(f"{prefix}{n}")
    of_captions = {text for row in asked for text in map(_bare, stated_categories(row["description"]))}
    return {
        "validation captions": [Question(row["description"], frozenset([f"v{n}"])) for n, row in enumerate(asked)],
        "their classes and roles": _categories({text: ids for text, ids in stated.items() if text in of_captions}),
    }


def _bare(category: Category) -> str:
    return bare(category.phrase)


def _rows(path: str) -> list[dict[str, str]]:
    with Path(path).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def _release(checkpoint: str, molecules: str | Path, out: Path) -> Release:
    build_release(BuildOptions(checkpoint=checkpoint, molecules=(molecules,), out=out))
    current = current_release(out)
    assert current is not None
    return open_release(current, verify=False)


def _precision(ids: Sequence[str], question: Question) -> float:
    width = min(5, len(question.accepted))
    return sum(id in question.accepted for id in ids[:width]) / width


def fit_weight(searches: Sequence[tuple[Search, dict[str, Sequence[Question]]]], weights: Sequence[float]) -> Table:
    """Precision at 5, or at as many as answer, of each set for each weight, and their mean; then two halves, each at
    the weight that is best for the other.
    """
    named: dict[str, list[list[float]]] = {}  # of each set: weights × queries
    for search, sets in searches:
        for name, questions in sets.items():
            rankings = search.rankings([question.text for question in questions])
            named[name] = [
                [
                    _precision([search.ids[row] for row in search.fused(one, 5, weight)], question)
                    for one, question in zip(rankings, questions, strict=True)
                ]
                for weight in weights
            ]
    rows: list[tuple[Cell, ...]] = []
    for number, weight in enumerate(weights):
        means = [fmean(figures[number]) for figures in named.values()]
        rows.append((f"{weight:g}", *means, fmean(means)))
    for half in (0, 1):
        means = [fmean(fmean(of[number][half::2]) for of in named.values()) for number in range(len(weights))]
        best = int(np.argmax(means))
        others = [fmean(of[best][1 - half :: 2]) for of in named.values()]
        rows.append((f"{weights[best]:g}, of the other half", *others, fmean(others)))
    return Table("precision@5 by the weight of words", ("weight", *named, "mean"), rows)


def run(
    checkpoint: str,
    weights: Sequence[float] = (),
    captions: str | None = None,
    texts: str | None = None,
    count: int = 1000,
    seed: int = 0,
) -> list[Table]:
    """A table for each corpus and, with weights, that of their fit."""
    encode = load_checkpoint(checkpoint).encoder.encode_text
    searches: list[tuple[Search, dict[str, Sequence[Question]]]] = []
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        if captions is not None and texts is not None:
            sets = caption_sets(captions, texts, count, seed, root / "captions.tsv")
            release = _release(checkpoint, root / "captions.tsv", root / "captions")
            searches.append((Search(release, encode, WORDS_WEIGHT), sets))
        release = _release(checkpoint, "example", root / "example")
        searches.append((Search(release, encode, WORDS_WEIGHT), bundled_sets()))
        if weights:
            inexact = [
                (search, {name: asked for name, asked in sets.items() if name not in _EXACT})
                for search, sets in searches
            ]
            return [fit_weight(inexact, weights)]
        return [measure(search, sets) for search, sets in searches]


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--checkpoint", default="compact")
    parser.add_argument("--captions", help="table of captions and SMILES whose molecules get no text in the corpus")
    parser.add_argument("--texts", help="table of descriptions and SMILES: the other molecules of the corpus")
    parser.add_argument("--count", type=int, default=1000, help="captions, and molecules with a text")
    parser.add_argument("--seed", type=int, default=0, help="Random seed.")
    parser.add_argument("--weights", type=float, nargs="+", default=[], help="weights of words to compare, alone")
    options = parser.parse_args(arguments)
    for table in run(options.checkpoint, options.weights, options.captions, options.texts, options.count, options.seed):
        print(table)


if __name__ == "__main__":
    main()
