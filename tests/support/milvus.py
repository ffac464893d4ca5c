"""Milvus Lite in this process, reached through the real client."""

from __future__ import annotations

from pathlib import Path

import pytest

from indexer.engines.milvus_settings import MilvusSettings

REASON = "Milvus Lite is not installed: pip install 'molseek[milvus]'"


def milvus_lite(file: Path) -> MilvusSettings:
    """Settings for a database in `file` (its name ends with .db); skips the test if the extra is missing."""
    pytest.importorskip("pymilvus", reason=REASON)
    pytest.importorskip("milvus_lite", reason=REASON)
    return MilvusSettings(uri=str(file))
