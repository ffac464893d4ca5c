"""PCdes and its retrieval protocol (Zeng et al., Nature Communications 2022; Su et al., arXiv 2209.05481).

The papers describe it briefly, so this follows the programs published with them, which agree (thunlp/KV-PLM:
run_retriev.py, Ret/sci_preprocess.py, Ret/calcu_test.py; yangzhao1230/GraphTextRetrieval: main.py,
data_provider/match_dataset.py):

- Two levels. Paragraph: the text as it is. Sentence: the text cut at every full stop (those in numbers too); pieces of
  fewer than five blank-separated parts are no sentences; of a text without any, the longest piece is the one sentence.
- Acc: within batches of 64 in file order, the last one smaller, the share of queries whose counterpart has the highest
  cosine of the batch. At sentence level one random sentence stands for each text.
- Rec@20: among the whole test split, the share of queries whose counterpart is among the first 20. At sentence level
  the score of a molecule and a text is the mean cosine over all sentences of the text.

Chosen here, where the programs leave it to chance: `draws` random sentences are sampled with a seed and the Accs
are averaged (there: once); a tie is not a hit at 1 (there: the first of the tied); the same molecule twice (full
InChIKey) is right both times (there: only its own row). Test molecules that the checkpoint was trained on can be
left out; figures in the papers are of all 3,000.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from model.inputs.structure import parse_structure
from training.evaluation.metrics import Metrics, metrics_of_ranks, rank_of_truth
from training.evaluation.protocol import Direction, Encoder, EvaluationError
from training.markdown import markdown_table
from training.pairs import Pair
from training.pairs.structures import inchikeys

BATCH = 64
RECALL_AT = 20
_MIN_PARTS = 5


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class LevelFigures(_Value):
    """Shares from 0 to 1; text2mol: the text is the query."""

    acc_text2mol: float
    acc_mol2text: float
    rec20_text2mol: float
    rec20_mol2text: float


class PcdesReport(_Value):
    """Figures of both levels, the numbers of pairs and sentences, and how many pairs were left out and why.

    given: pairs in the file; unreadable: structures that do not parse; overlap: pairs whose molecule was trained on,
    and overlap_molecules: how many molecules these are; both None where nothing was said about the training.
    whole_split: paragraphs ranked among the whole split, n × n, as zero-shot retrieval is reported elsewhere.
    """

    paragraph: LevelFigures
    sentence: LevelFigures
    pairs: int
    sentences: int
    given: int
    unreadable: int
    overlap: int | None
    overlap_molecules: int | None
    draws: int
    whole_split: dict[Direction, dict[str, float | int]]


def whole_split_table(report: PcdesReport) -> str:
    """Ranks among the whole split, as a Markdown table."""
    rows = [
        [direction, *(f"{figures[name]:.3f}" for name in ("hits@1", "hits@10", "mrr")), f"{figures['pool']:,}"]
        for direction, figures in report.whole_split.items()
    ]
    return markdown_table(["among the whole split", "R@1", "R@10", "MRR", "pool"], rows)


@dataclass(frozen=True, slots=True)
class TestSet:
    """Pairs to measure, in file order, with the InChIKey of each molecule; see `PcdesReport` for the counts."""

    pairs: tuple[Pair, ...]
    keys: tuple[str, ...]
    given: int
    unreadable: int
    overlap: int | None
    overlap_molecules: int | None

    __test__ = False  # not a test class, despite its name


def sentences_of(text: str) -> list[str]:
    """The sentences of a text as the published programs split it; at least one."""
    pieces = text.split(".")
    sentences = [piece for piece in pieces if len(piece.split(" ")) >= _MIN_PARTS]
    return [piece.strip() for piece in sentences or [max(pieces, key=len)]]


def select(pairs: Sequence[Pair], trained_on: Sequence[Pair] | None = None, *, workers: int = 1) -> TestSet:
    """The pairs whose structure can be read and whose molecule (full InChIKey) is not among `trained_on`.

    Raises:
        EvaluationError: no pair is left.
    """
    key_of = inchikeys([pair.smiles for pair in [*pairs, *(trained_on or ())]], workers=workers)
    known = {key_of[pair.smiles] for pair in trained_on or ()} - {""}
    readable = [pair for pair in pairs if key_of[pair.smiles]]
    kept = tuple(pair for pair in readable if key_of[pair.smiles] not in known)
    if not kept:
        raise EvaluationError("No pair is left to measure: every molecule was trained on or cannot be read.")
    return TestSet(
        pairs=kept,
        keys=tuple(key_of[pair.smiles] for pair in kept),
        given=len(pairs),
        unreadable=len(pairs) - len(readable),
        overlap=None if trained_on is None else len(readable) - len(kept),
        overlap_molecules=None
        if trained_on is None
        else len({key_of[pair.smiles] for pair in readable if key_of[pair.smiles] in known}),
    )


def measure(encoder: Encoder, test: TestSet, *, draws: int = 10, seed: int = 0) -> PcdesReport:
    """Both levels of the protocol.

    Raises:
        ValueError: `draws` is less than 1.
    """
    if draws < 1:
        raise ValueError("at least one sentence must be sampled from each text")
    molecules = np.concatenate(
        [
            encoder.encode_molecules([parse_structure(pair.smiles) for pair in test.pairs[start : start + 1024]])
            for start in range(0, len(test.pairs), 1024)
        ]
    )
    cut = [sentences_of(pair.text) for pair in test.pairs]
    sentences = encoder.encode_text([sentence for of_text in cut for sentence in of_text])
    starts = np.concatenate([[0], np.cumsum([len(of_text) for of_text in cut])]).astype(np.int64)
    texts = encoder.encode_text([pair.text for pair in test.pairs])
    return PcdesReport(
        paragraph=paragraph_figures(texts, molecules, test.keys),
        sentence=sentence_figures(sentences, starts, molecules, test.keys, draws=draws, seed=seed),
        pairs=len(test.pairs),
        sentences=len(sentences),
        given=test.given,
        unreadable=test.unreadable,
        overlap=test.overlap,
        overlap_molecules=test.overlap_molecules,
        draws=draws,
        whole_split={
            "text2mol": _rank_among_all(texts, molecules, test.keys).as_json(),
            "mol2text": _rank_among_all(molecules, texts, test.keys).as_json(),
        },
    )


def paragraph_figures(
    texts: NDArray[np.floating], molecules: NDArray[np.floating], keys: Sequence[str]
) -> LevelFigures:
    """texts, molecules: (pairs, dim), row i of both is a pair; keys: what molecule each row is."""
    return LevelFigures(
        acc_text2mol=_accuracy(texts, molecules, keys),
        acc_mol2text=_accuracy(molecules, texts, keys),
        rec20_text2mol=_recall(texts, molecules, keys),
        rec20_mol2text=_recall(molecules, texts, keys),
    )


def sentence_figures(
    sentences: NDArray[np.floating],
    starts: NDArray[np.int64],
    molecules: NDArray[np.floating],
    keys: Sequence[str],
    *,
    draws: int = 10,
    seed: int = 0,
) -> LevelFigures:
    """sentences: (sentences, dim), those of text i are rows starts[i] to starts[i + 1]; the rest as for paragraphs."""
    generator = np.random.default_rng(seed)
    sampled = [sentences[generator.integers(starts[:-1], starts[1:])] for _ in range(draws)]
    unit = sentences / np.maximum(np.linalg.norm(sentences, axis=1, keepdims=True), np.finfo(np.float32).tiny)
    means = np.add.reduceat(unit, starts[:-1], axis=0) / np.diff(starts)[:, None]
    # The mean over sentences of their cosines with a molecule is the product with their mean, whose length must count.
    # A dimension that only texts have brings all to length 1 and changes no product.
    missing = np.sqrt(np.maximum(1 - np.einsum("td,td->t", means, means), 0))[:, None]
    texts = np.concatenate([means, missing], axis=1)
    padded = np.concatenate([molecules, np.zeros_like(molecules[:, :1])], axis=1)
    return LevelFigures(
        acc_text2mol=float(np.mean([_accuracy(one, molecules, keys) for one in sampled])),
        acc_mol2text=float(np.mean([_accuracy(molecules, one, keys) for one in sampled])),
        rec20_text2mol=_recall(texts, padded, keys),
        rec20_mol2text=_recall(padded, texts, keys),
    )


def _accuracy(queries: NDArray[np.floating], candidates: NDArray[np.floating], keys: Sequence[str]) -> float:
    """The share of queries whose counterpart is the first of its batch."""
    hits = 0
    for start in range(0, len(queries), BATCH):
        rows = slice(start, start + BATCH)
        hits += int(np.count_nonzero(rank_of_truth(queries[rows], candidates[rows], _truth(keys[rows])) <= 1))
    return hits / len(queries)


def _recall(queries: NDArray[np.floating], candidates: NDArray[np.floating], keys: Sequence[str]) -> float:
    """The share of queries whose counterpart is among the first 20 of all."""
    return float(np.mean(rank_of_truth(queries, candidates, _truth(keys)) <= RECALL_AT))


def _rank_among_all(queries: NDArray[np.floating], candidates: NDArray[np.floating], keys: Sequence[str]) -> Metrics:
    return metrics_of_ranks(rank_of_truth(queries, candidates, _truth(keys)), len(keys))


def _truth(keys: Sequence[str]) -> list[NDArray[np.int64]]:
    """For each row the rows of the same molecule."""
    rows: dict[str, list[int]] = {}
    for row, key in enumerate(keys):
        rows.setdefault(key, []).append(row)
    return [np.array(rows[key], dtype=np.int64) for key in keys]
