"""Corpora and a checkpoint in, a published release out.

Names are loaded when first used: a worker process that only parses structures never waits for torch.
"""

from typing import TYPE_CHECKING

from model.lazy import lazy_names

if TYPE_CHECKING:
    from indexer.build.options import BuildOptions
    from indexer.build.pipeline import build_release
    from indexer.build.report import BuildReport

_HOME = {"BuildOptions": "options", "BuildReport": "report", "build_release": "pipeline"}

__all__ = ["BuildOptions", "BuildReport", "build_release"]

__getattr__ = lazy_names(__name__, _HOME)
