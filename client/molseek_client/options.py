"""What a search may be told beside its query and k; None as where it is left out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypedDict

from molseek_client.filters import Filter

Route = Literal["text2mol", "mol2text", "mol2mol"]
Mode = Literal["auto", "vector", "lexical"]
RankBy = Literal["embedding", "morgan"]


class Mol2TextOptions(TypedDict, total=False):
    """filter: what hits must be like; mode: `auto` (default), `vector` or `lexical`."""

    filter: Filter | Mapping[str, object] | None
    mode: Mode | None


class Text2MolOptions(Mol2TextOptions, total=False):
    """reference: a structure to compare hits with."""

    reference: str | None


class Mol2MolOptions(Mol2TextOptions, total=False):
    """rank_by: `embedding` (default) or `morgan`; each hit has both values."""

    rank_by: RankBy | None


class SearchOptions(Text2MolOptions, Mol2MolOptions, total=False):
    """Those of any search."""
