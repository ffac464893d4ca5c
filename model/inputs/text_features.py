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

    tokens: int32 (tokens,), special tokens included; bag: int32 (features,), rows of the text feature vocabulary.
    """

    tokens: NDArray[np.int32]
    bag: NDArray[np.int32]


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
        self(["text"])
        self.count_tokens(["text"])

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
        bags: Sequence[Sequence[int]] = [[]] * len(texts)
        if self.bag is not None:
            bags = [self.bag.known_rows(text_features(text, american=self.american)) for text in texts]
        return [
            TextFeatures(np.array(ids, np.int32), np.array(bag, np.int32))
            for ids, bag in zip(tokens, bags, strict=True)
        ]

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text before truncation, special tokens included; words for a tower without a tokenizer."""
        if self._counting is None:
            return [len(text.split()) for text in texts]
        if not texts:
            return []
        encoded = self._counting([normal_text(text) for text in texts], truncation=False, verbose=False)["input_ids"]
        return [len(ids) for ids in encoded]
