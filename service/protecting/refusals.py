"""Whoever is refused again and again waits for it, so that wrong requests cannot take the processor from right ones."""

from __future__ import annotations

import time
from collections.abc import Callable

_MOST_SECONDS = 2.0  # that an answer waits
_BURST = 5  # a fifth of a second
_MOST_CLIENTS = 4096
_ROUNDING = 1e-6


class Refusals:
    """Counts, by client address, answers that say what is wrong with a request. For the event loop's thread only.

    A client is told of `rate` faults a second, one after the other; of a fifth of them at once after a while without
    any. That is more than people and scripts with a mistake in them come to, and it is never refused for it.
    """

    def __init__(self, rate: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate = rate
        self._clock = clock
        self._free_again: dict[str, float] = {}  # when none of a client's faults counts any more

    def seconds_to_wait(self, client: str, count: int = 1) -> float:
        """Count a refusal of `client`, as `count` where it was much work, and say how long its answer waits."""
        if not self._rate:
            return 0.0
        now = self._clock()
        free_again = max(self._free_again.pop(client, now), now)
        counted = (free_again - now) * self._rate
        wait = max((counted + 1 - max(self._rate / _BURST, 1.0)) / self._rate, 0.0)
        # Who has had so many that it would wait for longer is not made to wait for ever.
        late = wait > _MOST_SECONDS
        self._free_again[client] = free_again if late else free_again + count / self._rate
        if len(self._free_again) > _MOST_CLIENTS:  # the one that has had no fault for longest
            del self._free_again[next(iter(self._free_again))]
        return min(wait, _MOST_SECONDS) if wait > _ROUNDING else 0.0
