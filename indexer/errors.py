"""What can go wrong in this room, each with a sentence for the person who started the command."""


class IndexerError(RuntimeError):
    """Base of the errors below; the command line shows its text and leaves with exit code 1."""


class CorpusError(IndexerError):
    """A corpus file as a whole cannot be used: missing, empty, damaged, or without a column that is needed."""


class BuildError(IndexerError):
    """A build cannot be completed; nothing was published."""


class ReleaseError(IndexerError):
    """A release is missing, damaged, or of a kind that this version does not read."""


class LockedError(IndexerError):
    """Somebody else is working on the same index directory."""
