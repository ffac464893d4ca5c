"""What a corpus with names, descriptions and tags of its own answers: to them, and to captions of its molecules."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import add

import numpy as np
from numpy.typing import NDArray

from model.checkpoint.calibration import NEIGHBOURS
from model.inputs.thesaurus import Widened, thesaurus
from model.inputs.words import words
from model.network.encoder import TextMoleculeEncoder
from training.evaluation import EmbeddedSet, EvaluationSet, embed, prepare
from training.evaluation.hits import first_hits
from training.evaluation.protocol import embed_texts
from training.evaluation.word_search import Document, WordSearch
from training.pairs import parse_source, read_candidates, read_pairs
from training.pairs.reading import ID_COLUMNS
from training.pairs.structures import inchikeys
from training.pairs.tables import read_table
from training.runs.curve_fitting import AnsweredQueries, answer, answered
from training.runs.fused_fitting import CANDIDATES, FusedQueries

_LEAST_ANSWERS = 3  # molecules with a tag that is asked for
_SEVERAL = re.compile(r"\s*[;|]\s*")


@dataclass(frozen=True, slots=True)
class CategoryAnswers:
    """Classes, roles and everyday words: by cosines alone, by words and cosines, and which of them are about the same.

    topics: `(queries,)`, equal for queries with the same tag.
    """

    by_vector: AnsweredQueries
    fused: FusedQueries
    topics: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class CorpusAnswers:
    """What the texts of a corpus find in it; source: its file.

    descriptions, structures: its own descriptions and molecules, each of which finds the other; captions: of the
    pairs, by words and cosines, as far as the corpus has their molecules; categories: its tags, None without any.
    """

    source: str
    descriptions: AnsweredQueries
    structures: AnsweredQueries
    names: AnsweredQueries
    captions: FusedQueries
    categories: CategoryAnswers | None


def answer_corpus(
    encoder: TextMoleculeEncoder, source: str, pairs: EvaluationSet, embedded_pairs: EmbeddedSet
) -> CorpusAnswers:
    """Ask for the molecules of a corpus by their descriptions, by the columns `name` and `tags`, and by captions.

    Raises:
        EvaluationError: it has no descriptions that can be used.
        PairFileError: the file cannot be read.
    """
    described = prepare(read_pairs(source).pairs, read_candidates(source))
    embedded = embed(encoder, described)
    ways = answered(described, embedded)
    fields = _fields(source, described)
    named = [(name, row) for row, one in fields.items() if (name := one.get("name", ""))]
    vectors, unknown = embed_texts(encoder, [name for name, _ in named])
    texts = dict(zip((int(rows[0]) for rows in described.text_truth), described.texts, strict=True))
    rows = range(len(described.smiles))
    search = _word_search(fields, texts, rows, tags=False)
    return CorpusAnswers(
        source=source,
        descriptions=ways["text2mol"],
        structures=ways["mol2text"],
        names=answer(vectors, embedded.molecules, [np.array([row]) for _, row in named], unknown),
        captions=_captions(pairs, embedded_pairs, described, embedded, search),
        # Of corpora with tags, which say in words what is asked for here, and of those without.
        categories=_categories(
            encoder, _tagged(fields), embedded, [search, _word_search(fields, texts, rows, tags=True)]
        ),
    )


def _word_search(
    fields: Mapping[int, Mapping[str, str]], texts: Mapping[int, str], rows: Iterable[int], *, tags: bool
) -> WordSearch:
    """What is looked up in names and descriptions, and in tags."""
    documents = []
    for row in rows:
        own = fields.get(row, {})
        said = [texts.get(row, ""), *(_SEVERAL.split(own.get("tags", "")) if tags else ())]
        documents.append(Document(_names(own), " ".join(said)))
    return WordSearch(documents)


def _fields(source: str, described: EvaluationSet) -> dict[int, Mapping[str, str]]:
    """The fields of each row of the pool."""
    table = read_table(parse_source(source))
    rows = {id: row for row, id in enumerate(described.molecule_ids)}
    id_column = next((column for column in ID_COLUMNS if column in table.columns), None)
    return {
        rows[id]: row.fields
        for row in table.rows
        if (id := row.fields[id_column] if id_column else str(row.line)) in rows
    }


def _names(fields: Mapping[str, str]) -> list[str]:
    return [name for name in (fields.get("name", ""), *_SEVERAL.split(fields.get("synonyms", ""))) if name]


def _tagged(fields: Mapping[int, Mapping[str, str]]) -> dict[str, NDArray[np.int64]]:
    tagged: dict[str, set[int]] = {}
    for row, one in fields.items():
        for tag in filter(None, _SEVERAL.split(one.get("tags", ""))):
            tagged.setdefault(tag, set()).add(row)
    return {tag: np.array(sorted(rows)) for tag, rows in tagged.items() if len(rows) >= _LEAST_ANSWERS}


def _questions(tagged: Mapping[str, NDArray[np.int64]]) -> list[tuple[str, NDArray[np.int64], str]]:
    """Each tag and each everyday word for one, with what has it, and the tag that it is about."""
    by_words = {tuple(words(tag)): tag for tag in tagged}
    asked = [(tag, rows, tag) for tag, rows in tagged.items()]
    for term, meant in thesaurus().terms.items():
        tags = [by_words[key] for phrase in meant if (key := tuple(words(phrase))) in by_words]
        if tags and tuple(words(term)) not in by_words:
            asked.append((term, np.unique(np.concatenate([tagged[tag] for tag in tags])), tags[0]))
    return asked


def _categories(
    encoder: TextMoleculeEncoder,
    tagged: Mapping[str, NDArray[np.int64]],
    embedded: EmbeddedSet,
    searches: Sequence[WordSearch],
) -> CategoryAnswers | None:
    asked = _questions(tagged)
    if not asked:
        return None
    texts, truth = [text for text, _, _ in asked], [rows for _, rows, _ in asked]
    read = [thesaurus().widen(text) for text in texts]
    plain, plain_unknown = embed_texts(encoder, texts)
    widened, unknown = embed_texts(encoder, [_said(*each) for each in zip(texts, read, strict=True)])
    asked_for = [(_said(text, one), one) for text, one in zip(texts, read, strict=True)]
    topics = np.unique([topic for _, _, topic in asked], return_inverse=True)[1]
    return CategoryAnswers(
        by_vector=answer(plain, embedded.molecules, truth, plain_unknown),
        fused=reduce(
            add,
            (_fused(widened, embedded.molecules, asked_for, truth, unknown, search) for search in searches),
        ),
        topics=np.tile(topics.astype(np.int64), len(searches)),
    )


def _captions(
    pairs: EvaluationSet,
    embedded_pairs: EmbeddedSet,
    described: EvaluationSet,
    embedded: EmbeddedSet,
    search: WordSearch,
) -> FusedQueries:
    """Captions of molecules that the corpus has, among its molecules and by its words."""
    captioned = [pairs.smiles[int(truth[0])] for truth in pairs.text_truth]
    keys = inchikeys([*captioned, *described.smiles], workers=0)
    rows = {key: row for row, smiles in enumerate(described.smiles) if (key := keys[smiles])}
    asked = [(text, rows[keys[smiles]]) for text, smiles in enumerate(captioned) if keys[smiles] in rows]
    unknown = embedded_pairs.unknown if embedded_pairs.unknown is not None else np.zeros(len(pairs.texts))
    texts = [text for text, _ in asked]
    return _fused(
        embedded_pairs.texts[texts],
        embedded.molecules,
        [(pairs.texts[text], Widened(((pairs.texts[text],),))) for text in texts],
        [np.array([row]) for _, row in asked],
        unknown[texts],
        search,
    )


def _fused(
    queries: NDArray[np.floating],
    candidates: NDArray[np.floating],
    asked: Sequence[tuple[str, Widened]],
    truth: Sequence[NDArray[np.int64]],
    unknown: NDArray[np.float64],
    search: WordSearch,
) -> FusedQueries:
    """The first hits of queries (queries, dim) by cosine and by words, as the service has them.

    asked: what is looked up of each, and what its words stand for.
    """
    everything = first_hits(queries, candidates, len(candidates))
    width = max(NEIGHBOURS, min(2 * CANDIDATES, len(candidates)))
    shape = len(queries), width
    cosines, shares = np.full(shape, -np.inf), np.zeros(shape)
    right = np.zeros(shape, np.bool_)
    for number, ((said, widened), rows, scores, answers) in enumerate(
        zip(asked, everything.rows, everything.scores, truth, strict=True)
    ):
        hits = search.search(said, CANDIDATES)
        chosen = list(dict.fromkeys([*rows[:CANDIDATES].tolist(), *hits.rows]))
        cosine = np.empty(len(candidates))
        cosine[rows] = scores
        kept = slice(0, len(chosen))
        cosines[number, kept] = cosine[chosen]
        shares[number, kept] = hits.shares(widened.parts, chosen, widened.wider)
        right[number, kept] = np.isin(chosen, answers)
    background = everything.scores[:, min(NEIGHBOURS, len(candidates)) - 1].astype(np.float64)
    return FusedQueries(cosines, shares, right, background, unknown)


def _said(text: str, widened: Widened) -> str:
    """A question as the service looks it up and encodes it."""
    return ", ".join([text, *widened.words])
