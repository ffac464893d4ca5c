"""From two checkpoints to answers over HTTP: index and service take an ensemble as any other checkpoint."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from fastapi.testclient import TestClient

from indexer.build import build_release
from indexer.build.options import BuildOptions
from model import load_checkpoint, parse_structure, save_ensemble
from service.app import create_app
from service.settings import Settings
from tests.support.tiny import SMILES, TEXTS, make_tiny_checkpoint


def test_scores_over_http_are_means_of_cosines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(f"MOLSEEK_{name.upper()}", raising=False)
    members = [make_tiny_checkpoint(tmp_path / str(seed), seed=seed) for seed in (1, 2)]
    save_ensemble(tmp_path / "both", members, name="both")
    corpus = tmp_path / "corpus.tsv"
    rows = "".join(f"{row}\t{smiles}\t{text}\n" for row, (smiles, text) in enumerate(zip(SMILES, TEXTS, strict=True)))
    corpus.write_text("id\tsmiles\tdescription\n" + rows, encoding="utf-8")
    index = tmp_path / "index"
    # Two worker processes, so that the ensemble's features travel between processes as a large build's do.
    build_release(BuildOptions(checkpoint=tmp_path / "both", molecules=(corpus,), out=index, workers=2))

    encoders = [load_checkpoint(member).encoder for member in members]
    text, smiles = "A purine alkaloid.", "CCO"
    molecules = [parse_structure(one) for one in SMILES]
    by_text = np.mean([e.encode_text([text]) @ e.encode_molecules(molecules).T for e in encoders], axis=0)[0]
    by_molecule = np.mean([e.encode_molecules([molecules[0]]) @ e.encode_text(TEXTS).T for e in encoders], axis=0)[0]
    with TestClient(create_app(Settings(checkpoint=tmp_path / "both", index=index, workers=2))) as client:
        assert client.get("/version").json()["checkpoint"]["name"] == "both"
        for path, query, expected in (
            ("/search/text2mol", text, by_text),
            ("/search/mol2text", smiles, by_molecule),
        ):
            answer = client.post(path, json={"query": query, "k": len(SMILES), "mode": "vector"})
            assert answer.status_code == 200, answer.text
            [hits] = answer.json()["results"]
            assert [hit["score"] for hit in hits] == pytest.approx(np.sort(expected)[::-1], abs=1e-5)
            assert answer.json()["truncated"] == [False]
        answer = client.post("/search/text2mol", json={"query": "alkaloid " * 80, "k": 1})
        assert answer.json()["truncated"] == [True]
