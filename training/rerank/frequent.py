"""MLP+FPG: rules from FP-growth over the tokens and substructures of the training pairs."""

from __future__ import annotations

from collections.abc import Sequence

from scipy.sparse import csr_matrix

from training.config import ConfigError
from training.pairs import Pair
from training.rerank.items import TextItems, substructures
from training.rerank.rules import Rules

MINIMUM_SUPPORT = 0.001
"""Of the pairs, that a token and a substructure have to share for a rule; ours (the published code counts all)."""


def mine_rules(pairs: Sequence[Pair], text_items: TextItems, *, minimum_support: float = MINIMUM_SUPPORT) -> Rules:
    """The rules of one token and one substructure that occur together in `minimum_support` of the pairs or more.

    Raises:
        ConfigError: mlxtend is not installed, or nothing is that frequent.
    """
    try:
        import pandas as pd
        from mlxtend.frequent_patterns import fpgrowth
    except ImportError:
        raise ConfigError("FP-growth needs mlxtend, which is not installed: pip install 'molseek[train]'") from None
    rows: list[int] = []
    columns: list[int] = []
    items: dict[tuple[str, str], int] = {}  # by kind, so that a token that looks like an identifier is none
    for row, pair in enumerate(pairs):
        held = [("text", token) for token in text_items(pair.text)]
        held += [("molecule", name) for name in substructures(pair.smiles)]
        rows += [row] * len(held)
        columns += [items.setdefault(item, len(items)) for item in held]
    matrix = csr_matrix(([True] * len(rows), (rows, columns)), shape=(len(pairs), len(items)), dtype=bool)
    table = pd.DataFrame.sparse.from_spmatrix(matrix)
    mined = fpgrowth(table, min_support=minimum_support, max_len=2)
    names = list(items)
    support: dict[tuple[str, str], float] = {}
    for value, itemset in zip(mined["support"], mined["itemsets"], strict=True):
        kinds = {names[int(item)][0]: names[int(item)][1] for item in itemset}
        if len(kinds) == 2:
            support[kinds["text"], kinds["molecule"]] = float(value)
    if not support:
        raise ConfigError(f"no token and substructure share {minimum_support:g} of the {len(pairs):,} pairs")
    return Rules.of_support(support)
