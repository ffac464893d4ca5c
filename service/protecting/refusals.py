"""Whoever is refused again and again waits for it, so that wrong requests cannot take the processor from right ones."""

from __future__ import annotations

import time
from collections.abc import Callable

_PAUSE_SECONDS = 0.2
_BURST = 5
_MOST_CLIENTS = 4096
_ROUNDING = 1e-6


class Refusals:
    """Counts, by client address, answers that say what is wrong with a request. For the event loop's thread only.

    A client is told of `rate` faults a second at once, a fifth of them together; of what is more than that it waits for
    each. That is more than people and scripts with a mistake in them come to, and it is never refused for it.
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
        if counted + 1 > max(self._rate / _BURST, 1.0) + _ROUNDING:
            self._free_again[client] = free_again
            return _PAUSE_SECONDS
        self._free_again[client] = free_again + count / self._rate
        if len(self._free_again) > _MOST_CLIENTS:  # the one that has had no fault for longest
            del self._free_again[next(iter(self._free_again))]
        return 0.0
