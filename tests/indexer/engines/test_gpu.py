"""Without a GPU all works as before, and one line of the log says that it was not used; with one, hits are the same."""

from __future__ import annotations

import logging
from pathlib import Path

import faiss
import numpy as np
import pytest

from indexer.engines import IndexSpec, engine_for
from indexer.engines.gpu import gpus_for
from tests.support.engines import unit

HAS_GPU = hasattr(faiss, "StandardGpuResources") and faiss.get_num_gpus() > 0


@pytest.mark.parametrize("kind", ["flat", "ivf"])
@pytest.mark.skipif(HAS_GPU, reason="there is a GPU")
def test_without_a_gpu_the_cpu_works_and_the_log_says_so(
    kind: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    vectors = unit(0, 2500)
    np.save(tmp_path / "side.npy", vectors)
    spec = engine_for(IndexSpec(kind=kind), "cuda").resolve(IndexSpec(kind=kind), *vectors.shape)
    gpus_for.cache_clear()
    with caplog.at_level(logging.WARNING, "molseek.indexer"):
        engine_for(spec, "cuda").build(tmp_path / "side.npy", tmp_path, spec)
        index = engine_for(spec, "cuda").open(tmp_path / "side.npy", tmp_path, spec)
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "FAISS runs on the CPU: cuda was requested" in caplog.text
    assert index.stats().device == "cpu"
    assert index.search(vectors[:3], 1).rows[:, 0].tolist() == [0, 1, 2]


@pytest.mark.gpu
@pytest.mark.skipif(not HAS_GPU, reason="needs a GPU and faiss-gpu")
@pytest.mark.parametrize("kind", ["flat", "ivf", "ivfpq"])
def test_a_gpu_finds_the_same(kind: str, tmp_path: Path) -> None:
    vectors, queries = unit(0, 20_000), unit(1, 20)
    np.save(tmp_path / "side.npy", vectors)
    spec = engine_for(IndexSpec(kind=kind)).resolve(IndexSpec(kind=kind), *vectors.shape)
    engine_for(spec).build(tmp_path / "side.npy", tmp_path, spec)
    cpu, gpu = (engine_for(spec, device).open(tmp_path / "side.npy", tmp_path, spec) for device in ("cpu", "cuda"))
    assert gpu.stats().device == "cuda"
    same = (cpu.search(queries, 10).rows == gpu.search(queries, 10).rows).mean()
    assert same == 1 if kind == "flat" else same > 0.9
