"""Molecule → text among all instances: further texts to rank beside those of the pairs.

Song et al. (arXiv 2410.23715, §III-A) search "all instances in the dataset" in both directions, 33,010 texts for
ChEBI-20. `training.evaluation.protocol` ranks a molecule's text among those of the pairs alone, 3,301 for the
validation split, which is easier: the two figures are not comparable.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from training.evaluation.metrics import DEFAULT_CHUNK_BYTES, Metrics, metrics_of_ranks, rank_of_truth
from training.evaluation.protocol import EmbeddedSet, Encoder, EvaluationError, EvaluationSet, score
from training.pairs import Pair, read_pairs
from training.pairs.structures import inchikeys

Ranking = Literal["text2mol", "mol2text", "mol2text_all"]
"""What is ranked: `mol2text` among the texts of the pairs alone, `mol2text_all` among those of the pool too."""


@dataclass(frozen=True, slots=True)
class TextPool:
    """Further texts to rank beside those of an `EvaluationSet`.

    texts, ids: `(texts,)`, what is not among the set's own; query: int64 `(texts,)`, the query (row of
    `EvaluationSet.queries`) whose molecule a text describes, so that it is a right answer too, or −1.
    """

    texts: tuple[str, ...]
    ids: tuple[str | None, ...]
    query: NDArray[np.int64]

    def truth_of_queries(self, prepared: EvaluationSet) -> list[list[int]]:
        """For each query of the set its texts, as rows of the set's texts followed by the pool's."""
        further: dict[int, list[int]] = {}
        for row, query in enumerate(self.query.tolist()):
            further.setdefault(query, []).append(len(prepared.texts) + row)
        return [[*rows.tolist(), *further.get(number, ())] for number, rows in enumerate(prepared.query_truth)]


def text_pool(prepared: EvaluationSet, instances: Sequence[Pair], *, workers: int = 1) -> TextPool:
    """The texts of `instances` that are not those of the set's pairs.

    Files of the whole data set can be given: an instance whose text and molecule are a pair's is that pair. A text
    belongs to the query of its id, if it is the same structure (full InChIKey); of another candidate's id, to none;
    else to the query of its InChIKey. Texts whose structure does not parse are ranked like all others.
    """
    query_smiles = [prepared.smiles[row] for row in prepared.queries]
    key_of = inchikeys([*query_smiles, *(one.smiles for one in instances)], workers=workers)
    candidate_ids = set(prepared.molecule_ids)
    query_of_id = {prepared.molecule_ids[row]: number for number, row in enumerate(prepared.queries)}
    query_of_key: dict[str, int] = {}
    for number, smiles in enumerate(query_smiles):
        query_of_key.setdefault(key_of[smiles], number)
    own = {(prepared.texts[row], number) for number, rows in enumerate(prepared.query_truth) for row in rows}

    def query_of(instance: Pair) -> int:
        key = key_of[instance.smiles]
        if instance.id is not None and instance.id in candidate_ids:
            number = query_of_id.get(instance.id, -1)
            return number if number >= 0 and key_of[query_smiles[number]] == key else -1
        return query_of_key.get(key, -1) if key else -1

    kept = [(one, query) for one in instances if (one.text, query := query_of(one)) not in own]
    return TextPool(
        texts=tuple(one.text for one, _ in kept),
        ids=tuple(one.id for one, _ in kept),
        query=np.array([query for _, query in kept], np.int64),
    )


def read_text_pool(prepared: EvaluationSet, sources: Sequence[str] | None, *, workers: int = 1) -> TextPool | None:
    """`text_pool` of files, None without any.

    Raises:
        PairFileError: one cannot be read.
    """
    if not sources:
        return None
    return text_pool(prepared, [pair for one in sources for pair in read_pairs(one).pairs], workers=workers)


def molecule_to_text(
    prepared: EvaluationSet,
    embedded: EmbeddedSet,
    pool: TextPool,
    vectors: NDArray[np.floating],
    *,
    chunk_bytes: int = DEFAULT_CHUNK_BYTES,
) -> Metrics:
    """Metrics of molecule → text among the texts of the pairs and of the pool.

    embedded: vectors of the set; vectors: of the pool's texts, `(texts, dim)`.

    Raises:
        EvaluationError: there is not one vector for each text of the pool.
    """
    if len(vectors) != len(pool.texts):
        raise EvaluationError(f"{len(vectors)} vectors for a pool of {len(pool.texts)} further texts.")
    texts = np.concatenate([embedded.texts, vectors]) if len(vectors) else embedded.texts
    truth = pool.truth_of_queries(prepared)
    ranks = rank_of_truth(embedded.molecules[prepared.queries], texts, truth, chunk_bytes=chunk_bytes)
    return metrics_of_ranks(ranks, len(texts))


def score_with_pool(
    prepared: EvaluationSet, embedded: EmbeddedSet, pool: TextPool | None, encoder: Encoder
) -> dict[Ranking, Metrics]:
    """`score`, and with a pool, whose texts `encoder` embeds, molecule → text among all texts."""
    alone = score(prepared, embedded)
    metrics: dict[Ranking, Metrics] = {"text2mol": alone["text2mol"], "mol2text": alone["mol2text"]}
    if pool is not None:
        metrics["mol2text_all"] = molecule_to_text(prepared, embedded, pool, encoder.encode_text(pool.texts))
    return metrics
