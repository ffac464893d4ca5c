"""A build on a Ray cluster of two machines: the same bytes as here, resumes, errors in one line."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from indexer.build.parsing import StructureParser
from indexer.build.ray_driver import EncoderRecipe, _Encode
from indexer.build.report import StageClock
from indexer.errors import BuildError
from indexer.release.opened import REJECTS
from tests.indexer.conftest import Build

REASON = "Ray is not installed: pip install -e '.[ray]'"


@pytest.fixture(scope="module")
def cluster() -> Iterator[None]:
    """Two machines with two cores each, as far as Ray knows; this process is in the cluster."""
    pytest.importorskip("ray.data", reason=REASON)
    import ray
    from ray.cluster_utils import Cluster

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        patch.setenv("RAY_AUTH_MODE", "disabled")
        patch.setenv("PYTHONPATH", str(Path(__file__).parents[3]))  # where the machines find this project
        machine = {"num_cpus": 2, "object_store_memory": 100 << 20}
        nodes = Cluster(initialize_head=True, head_node_args=machine)
        try:
            nodes.add_node(**machine)
            nodes.wait_for_nodes()
            ray.init(address=nodes.address, log_to_driver=False)
            assert sum(node["Alive"] for node in ray.nodes()) == 2
            yield
        finally:
            ray.shutdown()
            nodes.shutdown()


@pytest.fixture
def corpus(tmp_path: Path) -> tuple[Path, Path]:
    """Sixty molecules, bad rows and a repeated id among them, and descriptions by id, by structure and of nothing."""
    molecules, descriptions = tmp_path / "m.tsv", tmp_path / "d.tsv"
    rows = [f"M{i}\t{'C' * (1 + i % 13)}{'O' * (i % 2)}{'N' * (i % 3 == 0)}\tAlkane number {i}." for i in range(56)]
    rows += ["B1\tC1CC\tring is open", "M3\tCCO\tid is taken", "B2\t\tno structure", "B3\tC(C)(C)(C)(C)C\tfive bonds"]
    molecules.write_text("id\tsmiles\tdescription\n" + "\n".join(rows) + "\n", encoding="utf-8")
    texts = [f"M{i}\t\tAnother text on {i}." for i in range(0, 56, 5)]
    texts += ["\tCCO\tby structure", "\t\tof nothing", "X\tC1\tbad structure"]
    descriptions.write_text("id\tsmiles\tdescription\n" + "\n".join(texts) + "\n", encoding="utf-8")
    return molecules, descriptions


def data_files(root: Path) -> dict[str, bytes]:
    """Every file of the release that is served, but for the two that have times in them."""
    times = {"manifest.json", "build_report.json"}
    return {path.name: path.read_bytes() for path in (root / "current").iterdir() if path.name not in times}


@pytest.mark.slow
def test_a_cluster_builds_the_same_bytes_and_goes_on_where_it_was(
    cluster: None, build: Build, corpus: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = build(*corpus, out=tmp_path / "here", shard_rows=16)

    from indexer.build import shards

    write = shards.ShardStore.write
    written: list[int] = []

    def interrupted(store: shards.ShardStore, number: int, *rest: object) -> shards.Shard:
        if len(written) == 2:
            raise KeyboardInterrupt
        written.append(number)
        return write(store, number, *rest)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(shards.ShardStore, "write", interrupted)
        with pytest.raises(KeyboardInterrupt):
            build(*corpus, out=tmp_path / "there", shard_rows=16, driver="ray")
    there = build(*corpus, out=tmp_path / "there", shard_rows=16, driver="ray")
    assert there.resumed_shards == 2
    assert there.digest == here.digest
    ours, theirs = data_files(tmp_path / "there"), data_files(tmp_path / "here")
    assert ours.keys() == theirs.keys() > {"molecules.npy", "descriptions.npy", "records.sqlite", REJECTS}
    assert {name for name in ours if ours[name] != theirs[name]} == set()


@pytest.mark.slow
def test_a_machine_with_another_checkpoint_stops_the_build(
    cluster: None, build: Build, corpus: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    from indexer.build import workbench as building

    recipe = building.EncoderRecipe

    def other(**values: object) -> object:
        return recipe(**{**values, "digest": "sha256:0"})  # type: ignore[arg-type]

    monkeypatch.setattr(building, "EncoderRecipe", other)
    with pytest.raises(BuildError, match=r"Ray cluster .*another checkpoint") as caught:
        build(*corpus, driver="ray")
    assert "\n" not in str(caught.value)


def test_a_missing_extra_is_named(build: Build, molecules_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(BuildError, match=r"pip install -e '\.\[ray\]'"):
        build(molecules_file, driver="ray")


class OneProcess:
    """A cluster without Ray: what its actors do with each piece, done here."""

    def __init__(self, parser: StructureParser, row_seconds: float, recipe: EncoderRecipe, clock: StageClock) -> None:
        self._parser, self._actor = parser, _Encode(recipe)

    def parse_and_encode(self, tasks: Sequence[tuple[list[str], bool]]) -> Iterator[object]:
        for structures, whole in tasks:
            parsed = self._parser(structures, whole)
            yield self._actor._encode(parsed)[0] if whole else parsed

    def encode(self, texts: Sequence[list[str]]) -> Iterator[object]:
        for piece in texts:
            yield self._actor._encode(piece)[0]

    def close(self) -> None:
        pass


def test_molecules_that_come_embedded_give_the_same_release(
    build: Build, corpus: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from indexer.build import workbench

    here = build(*corpus, out=tmp_path / "here", shard_rows=16)
    monkeypatch.setattr(workbench, "RayCluster", OneProcess)
    there = build(*corpus, out=tmp_path / "there", shard_rows=16, driver="ray")
    assert there.digest == here.digest
    assert (there.embedded_molecules, there.embedded_descriptions) == (
        here.embedded_molecules,
        here.embedded_descriptions,
    )
