"""The published data sets that can be fetched."""

from __future__ import annotations

from model.published.sources import CHEBI
from training.published.sources import CHEBI20, PCDES


def test_what_is_published_fits_its_own_bounds() -> None:
    for source in (CHEBI20, PCDES, CHEBI):
        assert source.base_url.startswith("https://")
        assert all(file.check.min_bytes < file.max_bytes for file in source.files)
