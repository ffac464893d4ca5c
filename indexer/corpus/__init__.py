"""Corpus files of molecules and descriptions, read as a stream of rows and rejects."""

from indexer.corpus.reader import CorpusFile, open_corpus
from indexer.corpus.rows import CorpusLimits, Reject, RejectCode, Role, Row

__all__ = ["CorpusFile", "CorpusLimits", "Reject", "RejectCode", "Role", "Row", "open_corpus"]
