"""`molseek-train data pcdes`."""

from __future__ import annotations

from training.commands.data.fetching import BaseUrl, Force, Out, Urls, fetch_source
from training.published.sources import PCDES


def pcdes_command(out: Out, base_url: BaseUrl = None, url: Urls = None, force: Force = False) -> None:
    """Fetch PCdes: two aligned files; pass their directory to --pairs."""
    fetch_source(PCDES, out, base_url, url, force)
