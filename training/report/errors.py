"""What can go wrong with a report."""

from __future__ import annotations


class ReportError(ValueError):
    """A report that cannot be made; the message says what is missing."""
