"""A naive service for comparison: each request is parsed, encoded and searched on its own in a FastAPI thread."""

import argparse
from pathlib import Path

import faiss
import numpy as np
import torch
import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel

from indexer.release import current_release, open_release
from model.checkpoint import load_checkpoint
from model.inputs.structure import parse_structure


class _Body(BaseModel):
    query: str
    k: int = 10


class _Hit(BaseModel):
    id: str
    smiles: str | None
    description: str | None
    score: float


def make_app(checkpoint: str, index: Path) -> FastAPI:
    """Both routes over `faiss.IndexFlatIP`."""
    release_path = current_release(index)
    assert release_path is not None
    release = open_release(release_path, verify=False)
    encoder = load_checkpoint(checkpoint).encoder
    sides = {}
    for side in ("molecules", "descriptions"):
        vectors = np.load(release_path / f"{side}.npy")
        sides[side] = faiss.IndexFlatIP(vectors.shape[1])
        sides[side].add(vectors)
    app = FastAPI()

    @app.get("/health/ready")
    def ready() -> str:
        return "ready"

    @app.post("/search/text2mol")
    def text2mol(body: _Body) -> list[_Hit]:
        scores, rows = sides["molecules"].search(encoder.encode_text([body.query]), body.k)
        records = release.records.molecules(rows[0].tolist())
        return [
            _Hit(id=r.id, smiles=r.smiles, description=r.description, score=float(s))
            for r, s in zip(records, scores[0], strict=True)
        ]

    @app.post("/search/mol2text")
    def mol2text(body: _Body) -> list[_Hit]:
        vectors = encoder.encode_molecules([parse_structure(body.query)])
        scores, rows = sides["descriptions"].search(vectors, body.k)
        records = release.records.descriptions(rows[0].tolist())
        return [
            _Hit(id=r.id, smiles=r.smiles, description=r.text, score=float(s))
            for r, s in zip(records, scores[0], strict=True)
        ]

    return app


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--checkpoint", required=True)
    parser.add_argument("--index", type=Path, required=True)
    parser.add_argument("--port", type=int, required=True)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    uvicorn.run(make_app(arguments.checkpoint, arguments.index), port=arguments.port, log_level="warning")


if __name__ == "__main__":
    main()
