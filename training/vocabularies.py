"""What a model's rows stand for, learned from the training data only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import PreTrainedTokenizerFast

from model.config import BagConfig
from model.text_bag import text_features
from model.vocabulary import Vocabulary

_SPECIAL = {
    "pad_token": "[PAD]",
    "unk_token": "[UNK]",
    "cls_token": "[CLS]",
    "sep_token": "[SEP]",
    "mask_token": "[MASK]",
}


def count_text_features(texts: Iterable[str]) -> Counter[str]:
    """In how many of the texts each bag feature occurs."""
    return Counter(feature for text in texts for feature in text_features(text))


def bag_vocabulary(counts: Counter[str], config: BagConfig) -> Vocabulary:
    """The most frequent features that occur in `min_count` inputs or more, most frequent first, ties by name."""
    kept = sorted((-count, feature) for feature, count in counts.items() if count >= config.min_count)
    return Vocabulary(feature for _, feature in kept[: config.max_features])


def train_tokenizer(texts: Sequence[str], vocabulary_size: int, max_tokens: int) -> PreTrainedTokenizerFast:
    """An uncased WordPiece tokenizer learned from `texts`, with BERT's special tokens."""
    tokenizer = Tokenizer(models.WordPiece(unk_token=_SPECIAL["unk_token"]))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    trainer = trainers.WordPieceTrainer(
        vocab_size=vocabulary_size, special_tokens=list(_SPECIAL.values()), show_progress=False
    )
    tokenizer.train_from_iterator(texts, trainer)
    ids = tokenizer.get_vocab()
    start, end = _SPECIAL["cls_token"], _SPECIAL["sep_token"]
    tokenizer.post_processor = processors.BertProcessing((end, ids[end]), (start, ids[start]))
    return PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=tokenizer, model_max_length=max_tokens, **_SPECIAL
    )
