"""Index releases: opened for search, published, rolled back, compared, carried to another machine."""

from indexer.errors import ReleaseError
from indexer.release.manifest import Manifest, read_manifest
from indexer.release.opened import Release, current_release, open_release
from indexer.release.publish_rules import PublishRules
from indexer.release.publishing import list_releases, prune, publish, rollback, verify

__all__ = [
    "Manifest",
    "PublishRules",
    "Release",
    "ReleaseError",
    "current_release",
    "list_releases",
    "open_release",
    "prune",
    "publish",
    "read_manifest",
    "rollback",
    "verify",
]
