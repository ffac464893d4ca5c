"""What association rules are about: the tokens of a text and the substructures of a molecule."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from model import DualEncoder
from model.inputs.identifiers import atom_identifiers
from model.inputs.structure import StructureError, parse_structure

TextItems = Callable[[str], list[str]]
_WORD = re.compile(r"[\w\-]+")


def text_items(encoder: DualEncoder) -> TextItems:
    """The distinct tokens of a text as the encoder reads it, without special ones; words where it has no tokenizer."""
    featurizer = encoder.text_featurizer
    tokenizer = featurizer.tokenizer
    if tokenizer is None:
        return lambda text: list(dict.fromkeys(_WORD.findall(text.lower())))
    special = set(tokenizer.all_special_ids)

    def tokens(text: str) -> list[str]:
        [features] = featurizer([text])
        kept = [token for token in dict.fromkeys(features.tokens.tolist()) if token not in special]
        return [str(token) for token in tokenizer.convert_ids_to_tokens(kept)]

    return tokens


@lru_cache(maxsize=100_000)
def substructures(smiles: str) -> tuple[str, ...]:
    """The distinct Morgan identifiers of a molecule's atoms, Mol2vec's words; none of what does not parse."""
    try:
        molecule = parse_structure(smiles)
    except StructureError:
        return ()
    return tuple(dict.fromkeys(atom_identifiers(molecule.mol)))
