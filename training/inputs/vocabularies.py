"""Vocabularies and tokenizers, learned from the training data only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import PreTrainedTokenizerFast

from model.inputs.text_bag import text_features
from model.inputs.vocabulary import Vocabulary
from model.network.config import BagConfig

_SPECIAL = {
    "pad_token": "[PAD]",
    "unk_token": "[UNK]",
    "cls_token": "[CLS]",
    "sep_token": "[SEP]",
    "mask_token": "[MASK]",
}


def count_text_features(texts: Iterable[str], *, american: bool = False) -> Counter[str]:
    """In how many of the texts each bag feature occurs; `american` as for `text_features`."""
    return Counter(feature for text in texts for feature in text_features(text, american=american))


def bag_vocabulary(counts: Counter[str], config: BagConfig) -> Vocabulary:
    """The most frequent features that occur in `min_count` inputs or more, most frequent first, ties by name."""
    kept = sorted((-count, feature) for feature, count in counts.items() if count >= config.min_count)
    return Vocabulary(feature for _, feature in kept[: config.max_features])


def train_tokenizer(texts: Sequence[str], vocabulary_size: int, max_tokens: int) -> PreTrainedTokenizerFast:
    """An uncased WordPiece tokenizer learned from `texts`, with BERT's special tokens; equal for equal texts."""
    learner = _wordpiece(None)
    # The library numbers the characters inside words in the order of a hash table, another in every process, and breaks
    # ties between merges by these numbers. Named first, and in order, they are the same every time.
    trainer = trainers.WordPieceTrainer(
        vocab_size=vocabulary_size,
        special_tokens=[*_SPECIAL.values(), *_inner_characters(learner, texts)],
        show_progress=False,
    )
    learner.train_from_iterator(texts, trainer)
    ids = learner.get_vocab()
    tokenizer = _wordpiece(ids)  # a second one, because the characters are special tokens in the learner
    start, end = _SPECIAL["cls_token"], _SPECIAL["sep_token"]
    tokenizer.post_processor = processors.BertProcessing((end, ids[end]), (start, ids[start]))
    return PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=tokenizer, model_max_length=max_tokens, **_SPECIAL
    )


def _wordpiece(vocabulary: dict[str, int] | None) -> Tokenizer:
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token=_SPECIAL["unk_token"]))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    return tokenizer


def _inner_characters(tokenizer: Tokenizer, texts: Sequence[str]) -> list[str]:
    """The tokens `##c` of all characters that occur inside a word, in order."""
    characters: set[str] = set()
    for text in texts:
        for word, _ in tokenizer.pre_tokenizer.pre_tokenize_str(tokenizer.normalizer.normalize_str(text)):
            characters.update(word[1:])
    return [f"##{character}" for character in sorted(characters)]
