"""Questions to the service over the bundled corpus."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fastapi.testclient import TestClient

TEXT = "/search/text2mol"
MOLECULE = "/search/mol2text"


def ask(client: TestClient, path: str, queries: Sequence[str], k: int = 1) -> dict[str, Any]:
    answer = client.post(path, json={"queries": list(queries), "k": k})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found
