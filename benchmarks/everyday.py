"""Everyday queries, searched by vectors, by words, and by the default mode, which combines them.

python -m benchmarks.everyday --checkpoint compact --captions chebi20_validation.tsv --texts pairs_open.tsv

Names, own descriptions, tags (classes and roles) and everyday questions (`everyday_questions.tsv`, by hand) search the
bundled corpus. Captions, and the classes and roles that they state, search for molecules without a text in the corpus,
among as many others that have one: there, words can only mislead.

`--index` asks an index of the bundled corpus that is there already, and nothing else: two checkpoints that differ in
their calibration alone can be compared on it.
"""

import argparse
import csv
import random
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

from benchmarks.asked import Asked, asking
from benchmarks.table import Cell, Table
from indexer.build import build_release
from indexer.build.options import BuildOptions
from indexer.examples import example_corpus
from training.categories.statements import Category, bare, stated_categories

_QUESTIONS = Path(__file__).with_name("everyday_questions.tsv")
_LEAST_ANSWERS = 5  # of a class or role
MODES = ("vector", "lexical", "auto")


@dataclass(frozen=True, slots=True)
class Question:
    """A text, and the ids of the molecules that answer it."""

    text: str
    accepted: frozenset[str]


def measure(asked: Asked, sets: dict[str, Sequence[Question]], title: str, modes: Sequence[str] = MODES) -> Table:
    """A row a set and mode: share with an answer first, precision at 5 (or at as many as answer), mean 1 / rank."""
    rows: list[tuple[Cell, ...]] = []
    for name, questions in sets.items():
        for mode in modes:
            hits = asked([question.text for question in questions], mode, 50)
            right = [[hit.id in q.accepted for hit in found] for q, found in zip(questions, hits, strict=True)]
            first = fmean(bool(one[:1] and one[0]) for one in right)
            width = [min(5, len(q.accepted)) for q in questions]
            at_five = fmean(sum(one[:w]) / w for one, w in zip(right, width, strict=True))
            reciprocal = fmean(1 / (1 + one.index(True)) if True in one else 0.0 for one in right)
            rows.append((name, len(questions), mode, round(first, 3), round(at_five, 3), round(reciprocal, 3)))
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


def _without_tags(corpus: Path) -> Path:
    compounds = _rows(str(example_corpus()))
    kept = [column for column in compounds[0] if column != "tags"]
    lines = ["\t".join(kept), *("\t".join(row[column] for column in kept) for row in compounds)]
    corpus.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return corpus


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


def run(
    checkpoint: str,
    captions: str | None = None,
    texts: str | None = None,
    count: int = 1000,
    seed: int = 0,
    index: Path | None = None,
) -> list[Table]:
    """A table for each corpus."""
    if index is not None:
        with asking(checkpoint, index) as asked:
            return [measure(asked, bundled_sets(), f"bundled corpus, {checkpoint}")]
    tables = []
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        corpora: list[tuple[str | Path, dict[str, Sequence[Question]], str]] = []
        if captions is not None and texts is not None:
            sets = caption_sets(captions, texts, count, seed, root / "captions.tsv")
            corpora.append((root / "captions.tsv", sets, f"{2 * count:,} molecules, half of them without a text"))
        sets = bundled_sets()
        corpora.append(("example", sets, "bundled corpus"))
        # What is asked for would be found as such.
        untagged = {name: sets[name] for name in ("classes and roles (tags)", "everyday questions")}
        corpora.append((_without_tags(root / "untagged.tsv"), untagged, "bundled corpus without its tags"))
        for number, (molecules, sets, title) in enumerate(corpora):
            out = root / str(number)
            build_release(BuildOptions(checkpoint=checkpoint, molecules=(molecules,), out=out))
            with asking(checkpoint, out) as asked:
                tables.append(measure(asked, sets, title))
    return tables


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--checkpoint", default="compact")
    parser.add_argument("--captions", help="table of captions and SMILES whose molecules get no text in the corpus")
    parser.add_argument("--texts", help="table of descriptions and SMILES: the other molecules of the corpus")
    parser.add_argument("--count", type=int, default=1000, help="captions, and molecules with a text")
    parser.add_argument("--seed", type=int, default=0, help="Random seed.")
    parser.add_argument("--index", type=Path, help="an index of the bundled corpus, to be asked alone")
    options = parser.parse_args(arguments)
    for table in run(options.checkpoint, options.captions, options.texts, options.count, options.seed, options.index):
        print(table)


if __name__ == "__main__":
    main()
