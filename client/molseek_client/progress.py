"""Queries in batches, and a bar that counts them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice


def batched(queries: Iterable[str], size: int) -> Iterator[list[str]]:
    """Lists of at most `size` queries; only one is held at a time."""
    remaining = iter(queries)
    while batch := list(islice(remaining, size)):
        yield batch


def watched(queries: Iterable[str], progress: bool) -> Iterable[str]:
    """The same queries, counted by tqdm where `progress` asks for it and tqdm is installed."""
    if not progress:
        return queries
    try:
        from tqdm.auto import tqdm
    except ModuleNotFoundError:
        return queries
    counted: Iterable[str] = tqdm(queries, unit="query")
    return counted
