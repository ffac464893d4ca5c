"""One function over many items, in chunks, in worker processes, with a progress bar."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import TypeVar

from tqdm import tqdm

CHUNK = 256
_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


def map_chunks(
    function: Callable[[Sequence[_Item]], _Result], items: Sequence[_Item], workers: int, what: str
) -> Iterator[_Result]:
    """`function` of each chunk of `CHUNK` items, in order, as results arrive. 0 workers: in this process.

    Args:
        function: picklable, if there are workers.
        what: label of the progress bar.
    """
    chunks = [items[start : start + CHUNK] for start in range(0, len(items), CHUNK)]
    progress = {"total": len(chunks), "desc": what, "unit": f"×{CHUNK}", "leave": False, "disable": None}
    if workers == 0 or len(chunks) <= 1:
        yield from tqdm(map(function, chunks), **progress)
        return
    context = multiprocessing.get_context("spawn")  # forking a process that has started torch threads can deadlock
    with ProcessPoolExecutor(min(workers, len(chunks)), mp_context=context) as pool:
        yield from tqdm(pool.map(function, chunks), **progress)
