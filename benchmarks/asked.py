"""Questions to the service in this process, as a client asks them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fastapi.testclient import TestClient

from indexer.search.lexicon import NEAR_KINDS
from service.app import create_app
from service.settings import Settings

_AT_ONCE = 20


@dataclass(frozen=True, slots=True)
class Hit:
    """exact: whether the corpus has just what was asked for, and this is it."""

    id: str
    confidence: float | None
    exact: bool


class Asked:
    """Answers to texts, in the order of the texts."""

    def __init__(self, client: TestClient) -> None:
        self._client = client

    def __call__(self, texts: Sequence[str], mode: str, k: int) -> list[list[Hit]]:
        """The first k hits of each text; none for one that is refused, such as an identifier that is not there."""
        found: list[list[Hit]] = []
        for start in range(0, len(texts), _AT_ONCE):
            some = list(texts[start : start + _AT_ONCE])
            answer = self._client.post("/search/text2mol", json={"queries": some, "mode": mode, "k": k})
            if answer.is_success:
                found += [[_hit(hit) for hit in hits] for hits in answer.json()["results"]]
            elif len(some) > 1:
                found += [hits for text in some for hits in self([text], mode, k)]
            else:
                found.append([])
        return found


def _hit(hit: dict[str, Any]) -> Hit:
    ways = {way["kind"] for way in hit["found_by"]}
    return Hit(hit["id"], hit["confidence"], bool(ways - {"words", "vector", "tag"} - NEAR_KINDS))


@contextmanager
def asking(checkpoint: str, index: Path) -> Iterator[Asked]:
    """The service over an index, for as long as questions are asked."""
    settings = Settings(checkpoint=checkpoint, index=index, chemistry_workers=1, workers=1, poll_seconds=3600)
    with TestClient(create_app(settings)) as client:
        yield Asked(client)
