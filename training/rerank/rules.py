"""Association rules token → substructure, and re-ranking by them (Edwards, Zhai, Ji, "Text2Mol", EMNLP 2021)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.rerank.items import TextItems, substructures

STRONGEST = 10
"""Rules that a pair of text and molecule is judged by, as in the published code."""


@dataclass(frozen=True)
class Rules:
    """confidence: float32 `(tokens, substructures)`, from 0 to 1, rows summing to 1 or 0; rows and columns by name."""

    tokens: Mapping[str, int]
    substructures: Mapping[str, int]
    confidence: NDArray[np.float32]

    @classmethod
    def of_support(cls, support: Mapping[tuple[str, str], float]) -> Rules:
        """conf(t → m) = supp(t, m) / Σ_m supp(t, m), as Text2Mol has it: of what comes with t, how much is m."""
        tokens = {token: row for row, token in enumerate(dict.fromkeys(token for token, _ in support))}
        columns = {name: column for column, name in enumerate(dict.fromkeys(name for _, name in support))}
        confidence = np.zeros((len(tokens), len(columns)), np.float32)
        for (token, name), value in support.items():
            confidence[tokens[token], columns[name]] = value
        confidence /= np.maximum(confidence.sum(axis=1, keepdims=True), np.finfo(np.float32).tiny)
        return cls(tokens, columns, confidence)

    def score(self, tokens: Sequence[str], molecule: Sequence[str]) -> float:
        """The mean of the strongest rules from these tokens to these substructures; 0 where there is none."""
        rows = [self.tokens[token] for token in tokens if token in self.tokens]
        columns = [self.substructures[name] for name in molecule if name in self.substructures]
        if not rows or not columns:
            return 0.0
        values = self.confidence[np.ix_(rows, columns)].ravel()
        if len(values) > STRONGEST:
            values = np.partition(values, -STRONGEST)[-STRONGEST:]
        return float(values.mean())


@dataclass(frozen=True)
class RuleReranker:
    """A `Reranker`: `share` of the base system's score and 1 − `share` of the rules'."""

    rules: Rules
    text_items: TextItems
    share: float = 0.0

    def __call__(self, text: str, candidates: Sequence[str], scores: NDArray[np.floating]) -> NDArray[np.floating]:
        tokens = self.text_items(text)
        found = np.array([self.rules.score(tokens, substructures(one)) for one in candidates])
        mixed: NDArray[np.floating] = self.share * scores + (1 - self.share) * found
        return mixed
