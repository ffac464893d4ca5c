"""Captioning metrics of Fig. 4: BLEU-2, BLEU-4, METEOR, ROUGE, and the cosine of caption and molecule ("Text2Mol")."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from training.config import ConfigError
from training.evaluation.hits import unit

_TOKEN = re.compile(r"\w+|[^\w\s]")


class _NoSynonyms:
    """METEOR without WordNet, which would have to be downloaded: exact words and stems only."""

    def synsets(self, _: str) -> list[object]:
        return []


def caption_metrics(captions: Sequence[str], references: Sequence[str]) -> dict[str, float]:
    """`{"bleu-2", "bleu-4", "meteor", "rouge-1", "rouge-2", "rouge-l"}`, each from 0 to 1; BLEU of the whole corpus.

    Words and punctuation are tokens, in lower case; METEOR has no synonyms, so it is a little below WordNet's.

    Raises:
        ConfigError: nltk or rouge-score is not installed.
        ValueError: there are no captions, or not one for each reference.
    """
    try:
        from nltk.translate.bleu_score import SmoothingFunction, corpus_bleu
        from nltk.translate.meteor_score import meteor_score
        from rouge_score.rouge_scorer import RougeScorer
    except ImportError as error:
        raise ConfigError(f"captioning metrics need {error.name}: pip install 'molseek[train]'") from None
    if not captions or len(captions) != len(references):
        raise ValueError(f"{len(captions)} captions for {len(references)} references")
    made, truth = [_tokens(one) for one in captions], [_tokens(one) for one in references]
    bleu = {
        f"bleu-{order}": float(
            corpus_bleu(
                [[one] for one in truth],
                made,
                weights=[1 / order] * order,
                smoothing_function=SmoothingFunction().method1,
            )
        )
        for order in (2, 4)
    }
    meteor = np.mean([meteor_score([t], m, wordnet=_NoSynonyms()) for t, m in zip(truth, made, strict=True)])
    scorer = RougeScorer(["rouge1", "rouge2", "rougeL"])
    rouge = [scorer.score(reference, caption) for reference, caption in zip(references, captions, strict=True)]
    shares = {
        f"rouge-{name[5:].lower()}": float(np.mean([one[name].fmeasure for one in rouge]))
        for name in ("rouge1", "rouge2", "rougeL")
    }
    return {**bleu, "meteor": float(meteor), **shares}


def text2mol_metric(texts: NDArray[np.floating], molecules: NDArray[np.floating]) -> float:
    """The mean cosine of generated captions and their molecules, (captions, dim) each, as a checkpoint embeds them."""
    return float(np.einsum("cd,cd->c", unit(texts), unit(molecules)).mean())


def _tokens(text: str) -> list[str]:
    return _TOKEN.findall(text.lower())
