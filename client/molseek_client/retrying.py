"""When to ask again: connections that fail, and services that are busy or not ready and say when to come back."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx2

from molseek_client import checks

_AGAIN = frozenset({429, 502, 503, 504})


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a client tries. attempts: the most for one request; seconds: the most to wait for it in all.

    Raises MisuseError where one of them is no number, or too small.
    """

    attempts: int = 5
    seconds: float = 60.0
    first_pause: float = 0.25

    def __post_init__(self) -> None:
        checks.count("attempts", self.attempts)
        checks.pause("seconds", self.seconds)
        checks.pause("first_pause", self.first_pause)


class Attempts:
    """The attempts at one request. Searches change nothing, so any of them may be repeated."""

    def __init__(self, patience: Patience) -> None:
        self._patience = patience
        self._made = 0
        self._until = time.monotonic() + patience.seconds

    def pause(self, outcome: httpx2.Response | httpx2.RequestError) -> float | None:
        """Seconds to wait before the next attempt, or None where this outcome is the last."""
        self._made += 1
        if isinstance(outcome, httpx2.Response) and outcome.status_code not in _AGAIN:
            return None
        if self._made >= self._patience.attempts:
            return None
        asked = retry_after(outcome) if isinstance(outcome, httpx2.Response) else None
        # Spread out, so that clients refused together do not come back together.
        backoff = self._patience.first_pause * 2 ** (self._made - 1) * random.uniform(0.5, 1.0)
        wait = max(asked or 0.0, backoff)
        return wait if time.monotonic() + wait <= self._until else None


def retry_after(response: httpx2.Response) -> float | None:
    """Seconds that `Retry-After` asks to wait, given as a number or as a date; None without one."""
    given = response.headers.get("retry-after", "").strip()
    if given.isascii() and given.isdigit():
        return float(given)
    try:
        date = parsedate_to_datetime(given)
    except ValueError:
        return None
    return max(0.0, (date.replace(tzinfo=date.tzinfo or UTC) - datetime.now(UTC)).total_seconds())
