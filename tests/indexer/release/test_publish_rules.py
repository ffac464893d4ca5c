"""Diff, the rules for publishing, and retention: what an operator is told, and what is refused."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from indexer.cli import app
from indexer.errors import ReleaseError
from indexer.release import current_release
from indexer.release.manifest import SideIndex, read_manifest
from indexer.release.publish_rules import PublishRules, UnfitError, check_fitness
from indexer.release.publishing import list_releases, prune, publish
from tests.indexer.conftest import Build
from tests.support.tiny import make_tiny_checkpoint


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "index"


def served(root: Path) -> str:
    path = current_release(root)
    assert path is not None
    return path.name


def invoke(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def shortened(molecules: Path, rows: int) -> Path:
    path = molecules.with_name("short.tsv")
    path.write_text("".join(molecules.read_text().splitlines(keepends=True)[: rows + 1]))
    return path


def test_a_release_that_lost_too_much_is_refused_unless_forced(build: Build, molecules_file: Path, root: Path) -> None:
    before = build(molecules_file).release
    with pytest.raises(UnfitError, match=r"it has 3 molecules, the one served 6.*3 descriptions.*--force"):
        build(shortened(molecules_file, 3))
    assert served(root) == before
    (small,) = [summary.name for summary in list_releases(root) if summary.name != before]
    result = invoke("publish", root, small)
    assert result.exit_code == 1
    assert "more than 20% are gone" in result.stderr
    assert invoke("publish", root, small, "--max-drop", 0.5).exit_code == 0
    assert served(root) == small
    publish(root, before)
    assert invoke("publish", root, small, "--force").exit_code == 0
    build(shortened(molecules_file, 1), force=True)
    assert served(root) not in (before, small)


def test_a_release_of_another_checkpoint_is_refused(build: Build, molecules_file: Path, root: Path) -> None:
    before = build(molecules_file).release
    other = make_tiny_checkpoint(root.parent / "other", seed=1)
    with pytest.raises(UnfitError, match=r"built with checkpoint tiny .* publish --new-checkpoint"):
        build(molecules_file, checkpoint=other)
    assert served(root) == before
    assert not list((root / "work").iterdir())
    assert invoke("publish", root, "latest").exit_code == 1
    assert invoke("publish", root, "latest", "--new-checkpoint").exit_code == 0
    assert served(root) != before


def test_a_release_with_poor_recall_is_refused(build: Build, molecules_file: Path, root: Path) -> None:
    path = root / "releases" / build(molecules_file, publish=False).release
    check_fitness(root, path, PublishRules())
    manifest = read_manifest(path)
    poor = SideIndex(kind="ivf", parameters={}, recall_at_10=0.5, recall_queries=10)
    manifest = manifest.model_copy(update={"sides": {"molecules": poor, "descriptions": poor}})
    manifest = manifest.model_copy(update={"digest": manifest.computed_digest()})
    (path / "manifest.json").write_text(manifest.to_json())
    with pytest.raises(UnfitError, match=r"index of its molecules finds 50.0% of the ten best"):
        check_fitness(root, path, PublishRules())
    check_fitness(root, path, PublishRules(min_recall=0.5))


def test_the_bundled_corpus_makes_way_for_a_smaller_one(build: Build, molecules_file: Path, root: Path) -> None:
    bundled = molecules_file.rename(molecules_file.with_name("compounds.tsv"))
    build(bundled)
    assert build(shortened(bundled, 2)).published


def test_diff_names_what_changed(build: Build, molecules_file: Path, root: Path) -> None:
    old = build(molecules_file).release
    lines = molecules_file.read_text().splitlines()
    lines[2] = lines[2].replace("c1ccccc1O", "c1ccccc1S")
    lines[4] = lines[4].replace("An alpha-amino acid", "The amino acid")
    lines[6] = "M7\t\twater\tO\tA solvent of life."
    molecules_file.write_text("\n".join(lines) + "\n")
    new = build(molecules_file).release
    shown = invoke("diff", root, old, new)
    assert shown.exit_code == 0, shown.output
    for line in ("molecules added: M7", "molecules removed: M6", "molecules changed: M2", "descriptions changed: M4"):
        assert line in shown.stdout
    found = json.loads(invoke("diff", root, old, new, "--json").stdout)
    assert found["molecules"]["counts"] == {"added": 1, "removed": 1, "changed": 1, "unchanged": 4}
    assert found["descriptions"]["added"] == ["M7"]
    assert found["built_with"] == []
    assert not found["same_content"]
    counted = json.loads(invoke("diff", root, old, new, "--json", "--ids", 0).stdout)
    assert counted["molecules"]["added"] == []
    assert counted["molecules"]["counts"] == found["molecules"]["counts"]
    other = make_tiny_checkpoint(root.parent / "other", seed=1)
    third = build(molecules_file, checkpoint=other, standardize="parent", force=True).release
    assert "checkpoint: tiny sha256:" in (text := invoke("diff", root, new, third).stdout)
    assert "option standardize: none → parent" in text
    missing = invoke("diff", root, old, "nothing")
    assert missing.exit_code == 1
    assert "has no release 'nothing'" in missing.stderr


def test_prune_by_age(build: Build, molecules_file: Path, root: Path) -> None:
    names = [build(molecules_file).release for _ in range(3)]
    assert prune(root, keep=1, older_than=timedelta(days=30)) == []
    later = datetime.now(UTC) + timedelta(days=31)
    assert prune(root, keep=2, older_than=timedelta(days=30), now=later) == names[:1]
    assert invoke("prune", root, "--keep", 1, "--older-than", "1h").stdout == "no release removed\n"
    assert invoke("prune", root, "--keep", 1, "--older-than", "soon").exit_code == 2


def test_export_and_import_by_command(build: Build, molecules_file: Path, root: Path, tmp_path: Path) -> None:
    name = build(molecules_file).release
    assert f"exported {name}" in invoke("export", root, name, tmp_path / "r.tar").stdout
    result = invoke("import", tmp_path / "r.tar", tmp_path / "there", "--publish")
    assert f"imported {name}\npublished {name}" in result.stdout
    assert served(tmp_path / "there") == name
    again = invoke("import", tmp_path / "r.tar", tmp_path / "there")
    assert (again.exit_code, again.stdout) == (0, f"already there: {name}\n")
    with pytest.raises(ReleaseError):
        publish(tmp_path / "there", "nothing")
