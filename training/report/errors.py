"""Errors of the report."""

from __future__ import annotations


class ReportError(ValueError):
    """The report cannot be made; the message says what is missing."""
