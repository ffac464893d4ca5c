"""Manifests that were changed, are damaged or unknown are refused by name."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from indexer.errors import ReleaseError
from indexer.release import open_release, read_manifest
from indexer.release.manifest import MANIFEST


def edit_manifest(path: Path, change: Callable[[dict[str, object]], object]) -> None:
    content = json.loads((path / "manifest.json").read_text())
    change(content)
    (path / "manifest.json").write_text(json.dumps(content))


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (
            lambda m: m.update(schema_version=1),
            "version 1; this version of Molseek reads 2: build the release again",
        ),
        (
            lambda m: m.update(schema_version=3),
            "version 3; this version of Molseek reads 2: a release is read by",
        ),
        (lambda m: m.pop("schema_version"), "schema version None"),
        (lambda m: m.update(dim=33), "has been changed"),
        (lambda m: m["checkpoint"].update(digest="sha256:0"), "has been changed"),
        (lambda m: m.update(extra=1), "not a valid manifest: extra"),
        (lambda m: m["files"].update({"../../secret": "0"}), "leads out of the release"),
    ],
)
def test_a_changed_or_unknown_manifest_is_refused(
    release_path: Path, change: Callable[[dict[str, object]], object], complaint: str
) -> None:
    edit_manifest(release_path, change)
    with pytest.raises(ReleaseError, match=complaint) as caught:
        open_release(release_path, verify=False)
    assert "manifest.json" in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff\xfe", b"null", b"[" * 1_000_000])
def test_a_manifest_that_is_none_is_refused(release_path: Path, content: bytes) -> None:
    (release_path / "manifest.json").write_bytes(content)
    with pytest.raises(ReleaseError, match=r"manifest\.json"):
        open_release(release_path)


def test_a_manifest_is_written_as_it_is_read(release_path: Path) -> None:
    manifest = read_manifest(release_path)
    assert manifest.to_json() == (release_path / MANIFEST).read_text()
    assert manifest.side_spec("molecules") == manifest.spec


def test_what_the_digest_covers(release_path: Path) -> None:
    manifest = read_manifest(release_path)
    same = manifest.model_copy(update={"release": "other", "created": "2000-01-01T00:00:00Z", "changes": None})
    assert same.computed_digest() == manifest.digest
    other = manifest.model_copy(update={"counts": manifest.counts.model_copy(update={"rejected": 1})})
    assert other.computed_digest() != manifest.digest


def test_a_standardization_that_is_not_known_here_is_refused(release_path: Path) -> None:
    manifest = read_manifest(release_path)
    assert manifest.standardization == "none"
    other = manifest.model_copy(update={"options": {**manifest.options, "standardize": "magic"}})
    with pytest.raises(ReleaseError, match="standardised to 'magic'"):
        _ = other.standardization
