"""Errors of this room, each with a sentence for the user of the command."""


class IndexerError(RuntimeError):
    """Base of the errors below; the command prints its text and exits with code 1."""


class CorpusError(IndexerError):
    """A corpus file cannot be used at all: missing, empty, damaged, or without a required column."""


class BuildError(IndexerError):
    """A build cannot be completed; nothing was published."""


class ReleaseError(IndexerError):
    """A release is missing, damaged, or in a format that this version does not read."""


class StoreError(IndexerError):
    """Object storage cannot be reached, or does not have what was asked for."""


class LockedError(IndexerError):
    """Another process is working on the same index directory."""
