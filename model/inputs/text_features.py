"""A text becomes the arrays that the network reads: token ids and the rows of its bag features."""

from __future__ import annotations

import copy
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from model.inputs.normal_text import normal_text
from model.inputs.text_bag import text_features
from model.inputs.vocabulary import Vocabulary

if TYPE_CHECKING:  # seconds of import that a worker process which only needs the types around here is spared
    from transformers import PreTrainedTokenizerBase


@dataclass(frozen=True, slots=True)
class TextFeatures:
    """One text's arrays, either of which may be empty.

    tokens: int32 (tokens,), special tokens included; bag: int32 (features,), rows of the text feature vocabulary;
    truncated: whether the text is longer than what is read of it; unknown: the share of its bag features, from 0 to 1,
    that the vocabulary does not have.
    """

    tokens: NDArray[np.int32]
    bag: NDArray[np.int32]
    truncated: bool = False
    unknown: float = 0.0


class TextFeaturizer:
    """Turns texts into `TextFeatures`; the same object serves training, indexing and queries, from any threads.

    Texts are read in their normal form (`model.inputs.normal_text`), the bag's in American spelling if `american`.
    """

    def __init__(
        self,
        tokenizer: PreTrainedTokenizerBase | None,
        max_tokens: int,
        bag: Vocabulary | None,
        *,
        american: bool = False,
    ) -> None:
        self.tokenizer = tokenizer
        self.max_tokens = max_tokens
        self.bag = bag
        self.american = american
        # A fast tokenizer keeps the truncation of its last call as its state, which threads would change under each
        # other. So reading and counting have a copy each, whose state the first call sets for good.
        self._reading, self._counting = copy.deepcopy(tokenizer), copy.deepcopy(tokenizer)
        self(["text", "text " * max_tokens])

    @property
    def pad_token(self) -> int:
        return int(self.tokenizer.pad_token_id or 0) if self.tokenizer is not None else 0

    @property
    def key(self) -> Hashable:
        """Equal for featurizers that make the same of every text; a tokenizer that cannot tell equals itself alone."""
        backend = getattr(self.tokenizer, "backend_tokenizer", None)
        return self.tokenizer if backend is None else backend.to_str(), self.max_tokens, self.bag, self.american

    def __call__(self, texts: Sequence[str]) -> list[TextFeatures]:
        texts = [normal_text(text) for text in texts]
        tokens: Sequence[Sequence[int]] = [[]] * len(texts)
        if self._reading is not None and texts:
            tokens = self._reading(texts, truncation=True, max_length=self.max_tokens)["input_ids"]
        bags: Sequence[tuple[Sequence[int], float]] = [([], 0.0)] * len(texts)
        if self.bag is not None:
            bags = [_known(self.bag, text_features(text, american=self.american)) for text in texts]
        return [
            TextFeatures(np.array(ids, np.int32), np.array(bag, np.int32), longer, unknown)
            for ids, (bag, unknown), longer in zip(tokens, bags, self._are_truncated(texts, tokens), strict=True)
        ]

    def _are_truncated(self, texts: Sequence[str], tokens: Sequence[Sequence[int]]) -> list[bool]:
        """Whether each of the normal `texts` goes on after what was read of it; words count without a tokenizer."""
        if self._counting is None:
            return [len(text.split()) > self.max_tokens for text in texts]
        full = [row for row, ids in enumerate(tokens) if len(ids) == self.max_tokens]  # all others fitted
        truncated = [False] * len(texts)
        if full:
            encoded = self._counting([texts[row] for row in full], truncation=False, verbose=False)["input_ids"]
            for row, ids in zip(full, encoded, strict=True):
                truncated[row] = len(ids) > self.max_tokens
        return truncated


def _known(bag: Vocabulary, features: Sequence[str]) -> tuple[Sequence[int], float]:
    """The rows of the features that the vocabulary has, and the share that it does not have."""
    rows = bag.known_rows(features)
    return rows, 1 - len(rows) / len(features) if features else 1.0
