"""kill -9 of a build in every stage: what was served stays served, and the next build ends with the same digests."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from indexer.build import BuildOptions, build_release
from indexer.release import current_release, open_release
from indexer.release.publishing import list_releases, verify

ROWS = 400
SHARD = 32


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("corpus") / "m.tsv"
    lines = ["id\tsmiles\tdescription"]
    for i in range(ROWS):
        ring = f"C{'C' * (i % 13)}(=O)N{'C' * (i // 13 + 1)}c1ccccc1"
        lines.append(f"{i}\t{ring}\tAn amide with number {i}.")
    path.write_text("\n".join(lines) + "\n")
    return path


def start(checkpoint: Path, corpus: Path, root: Path, workers: int) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "indexer.cli", "build", "--checkpoint", checkpoint, "--molecules", corpus]
    command += ["--out", root, "--shard-rows", str(SHARD), "--workers", str(workers)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def build_here(checkpoint: Path, corpus: Path, root: Path) -> None:
    """The same build in this process, which spares a start of the interpreter."""
    build_release(
        BuildOptions(checkpoint=checkpoint, molecules=(corpus,), out=root, shard_rows=SHARD, workers=0),
    )


@pytest.fixture(scope="module")
def whole(tiny_checkpoint: Path, corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Digest of an uninterrupted build."""
    root = tmp_path_factory.mktemp("whole") / "index"
    build_here(tiny_checkpoint, corpus, root)
    return digest(root)


@pytest.fixture
def root(tiny_checkpoint: Path, tmp_path: Path) -> Path:
    """An index directory that serves a release of another corpus."""
    old = tmp_path / "old.tsv"
    old.write_text("id\tsmiles\tdescription\nold\tCCO\tAn alcohol.\n")
    root = tmp_path / "index"
    build_here(tiny_checkpoint, old, root)
    return root


def digest(root: Path) -> str:
    path = current_release(root)
    assert path is not None
    release = open_release(path, verify=True)
    release.close()
    return release.manifest.digest


def kill_when(process: subprocess.Popen[bytes], reached: Callable[[], bool]) -> bool:
    """Kill the build as soon as a stage is reached; False if it ended before."""
    deadline = time.monotonic() + 120
    while process.poll() is None and time.monotonic() < deadline:
        if reached():
            os.kill(process.pid, signal.SIGKILL)
            break
        time.sleep(0.0005)
    process.communicate(timeout=60)
    return process.returncode == -signal.SIGKILL


# What is seen on the disk when a stage is reached, in the order of a build.
STAGES: dict[str, str] = {
    "before the first molecules are done": "work/*/lookup.sqlite",
    "in the middle of the molecules": "work/*/molecules/000005",
    "in the middle of the descriptions": "work/*/descriptions/000004",
    "while vectors are written": "releases/*.partial/molecules.npy",
    "while keys of sources are written": "releases/*.partial/molecule_sources.npy",
    "while records are written": "releases/*.partial/records.sqlite",
    "before the manifest is complete": "releases/*.partial/rejects.tsv",
    "before the release has its name": "releases/*.partial/manifest.json",
}


def test_a_build_killed_stage_after_stage_changes_nothing_and_is_continued(
    tiny_checkpoint: Path, corpus: Path, root: Path, whole: str
) -> None:
    """One build, killed in one stage, started again, killed in a later stage, and so on; then left to end."""
    before = digest(root)
    for stage in ("in the middle of the molecules", "in the middle of the descriptions", "while records are written"):
        assert_harmless(tiny_checkpoint, corpus, root, STAGES[stage], {before, whole})
    build_here(tiny_checkpoint, corpus, root)
    assert digest(root) == whole
    assert not list((root / "releases").glob("*.partial"))


@pytest.mark.slow
@pytest.mark.parametrize("stage", STAGES)
def test_a_build_killed_in_any_one_stage_changes_nothing_and_is_continued(
    tiny_checkpoint: Path, corpus: Path, root: Path, whole: str, stage: str
) -> None:
    assert_harmless(tiny_checkpoint, corpus, root, STAGES[stage], {digest(root), whole})
    build_here(tiny_checkpoint, corpus, root)
    assert digest(root) == whole
    assert not list((root / "releases").glob("*.partial"))


def assert_harmless(checkpoint: Path, corpus: Path, root: Path, sign: str, whole_ones: set[str]) -> None:
    """Kill a build when `sign` appears. Served is what was before, or (if the kill came too late) the new release."""
    killed = kill_when(start(checkpoint, corpus, root, workers=0), lambda: any(root.glob(sign)))
    assert killed or len(list_releases(root)) > 1
    assert digest(root) in whole_ones
    assert all(summary.problem is None for summary in list_releases(root))


@pytest.mark.slow
def test_worker_processes_end_with_a_killed_build(tiny_checkpoint: Path, corpus: Path, root: Path, whole: str) -> None:
    before = digest(root)
    process = start(tiny_checkpoint, corpus, root, workers=2)
    assert kill_when(process, lambda: any(root.glob("work/*/molecules/000001")))
    assert digest(root) == before
    deadline = time.monotonic() + 30
    while workers_of(process.pid) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert workers_of(process.pid) == []
    build_here(tiny_checkpoint, corpus, root)
    assert digest(root) == whole


def workers_of(parent: int) -> list[str]:
    """Command lines of processes that multiprocessing spawned for a process with this id."""
    if not Path("/proc").is_dir():
        pytest.skip("processes are listed in /proc, which only Linux has")
    lines = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = path.read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue
        if f"parent_pid={parent}," in line or f"parent_pid={parent})" in line:
            lines.append(line)
    return lines


def test_ctrl_c_ends_a_build_with_one_line(tiny_checkpoint: Path, corpus: Path, root: Path) -> None:
    before = digest(root)
    # A test run started in the background ignores SIGINT, and so would what it starts; a handler is not inherited.
    inherited = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        process = start(tiny_checkpoint, corpus, root, workers=0)
    finally:
        signal.signal(signal.SIGINT, inherited)
    while process.poll() is None and not any(root.glob("work/*/lookup.sqlite")):
        time.sleep(0.005)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130, err.decode()
    assert err.decode().splitlines()[-1].startswith("interrupted")
    assert "Traceback" not in err.decode()
    assert digest(root) == before


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("stage", STAGES)
def test_twenty_kills_in_a_stage_at_random(
    tiny_checkpoint: Path, corpus: Path, root: Path, whole: str, stage: str
) -> None:
    """Builds are killed at a random moment after a stage was reached, each going on where the one before was killed.

    After each kill one whole release is served. Builds are forked, which spares each the start of an interpreter.
    Where a build was quicker than its killer, half of the time a rebuild follows, which takes rows over from it; else
    everything begins again.
    """
    rng = random.Random(stage)
    before, kills, done = digest(root), 0, 0
    untouched = shutil.copytree(root, root.with_name("untouched"), symlinks=True)
    seconds = measured(lambda: forked(tiny_checkpoint, corpus, root.with_name("measured")))
    while kills < 20:
        process = forked(tiny_checkpoint, corpus, root)
        moment = time.monotonic() + rng.uniform(0, seconds)
        signs = set(root.glob(STAGES[stage])) if kills == 0 else set()
        while os.waitpid(process, os.WNOHANG) == (0, 0):
            reached = bool(signs ^ set(root.glob(STAGES[stage]))) if kills == 0 else time.monotonic() > moment
            if reached:
                time.sleep(rng.uniform(0, 0.02))
                os.kill(process, signal.SIGKILL)
                kills += os.WIFSIGNALED(os.waitpid(process, 0)[1])
                break
            time.sleep(0.0005)
        else:
            done += 1
            seconds *= 0.9  # of the whole build, that is; the killer was too slow
            if done % 2:
                shutil.rmtree(root)
                shutil.copytree(untouched, root, symlinks=True)
        assert digest(root) in (before, whole)
        assert all(summary.problem is None for summary in list_releases(root))
        assert done < 100
    build_here(tiny_checkpoint, corpus, root)
    assert digest(root) == whole
    assert all(summary.problem is None for summary in verify(root))
    assert not list((root / "releases").glob("*.partial"))
    assert not list((root / "work").iterdir())


def forked(checkpoint: Path, corpus: Path, root: Path) -> int:
    """The same build in a copy of this process, whose id is returned."""
    torch.set_num_threads(1)  # threads do not survive a fork
    process = os.fork()
    if process == 0:
        try:
            build_here(checkpoint, corpus, root)
        finally:
            os._exit(0)
    return process


def measured(start: Callable[[], int]) -> float:
    """Seconds that a build takes."""
    began = time.monotonic()
    os.waitpid(start(), 0)
    return time.monotonic() - began
