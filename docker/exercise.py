"""Does once what an image is for, with the environment's own Python: exercise.py EXTRAS…

So bytecode is written of what is imported and of nothing else, and an image that lacks something fails to build.
"""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
import tempfile
from pathlib import Path

MOLECULE = {"id": "1", "name": "ethanol", "smiles": "CCO", "description": "An alcohol."}
# What the service and the commands import, some of it only once they are asked to.
IMPORTED = [
    "molseek.cli",
    "service.run",
    "service.app",
    "pyarrow.fs",
    "pyarrow.parquet",
    "rdkit.Chem.AllChem",
    "torch_geometric.nn",
]
IMPORTED_WITH = {
    "mcp": "service.mcp.http",
    "milvus": "pymilvus",
    "otel": "opentelemetry.exporter.otlp.proto.http.trace_exporter",
}


def build(folder: Path, corpus: Path, *options: str) -> None:
    command = [str(Path(sys.executable).with_name("molseek-index")), "build", "--checkpoint", "compact"]
    command += ["--molecules", str(corpus), "--out", str(folder / f"index-{corpus.name}"), *options]
    uri = {"MOLSEEK_MILVUS_URI": str(folder / "lite.db")} if "milvus" in options else {}
    subprocess.run(command, check=True, env=os.environ | {"HF_HUB_OFFLINE": "1"} | uri)


def build_indexes(folder: Path, *options: str) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = folder / "table.tsv"
    table.write_text("\t".join(MOLECULE) + "\n" + "\t".join(MOLECULE.values()) + "\n", encoding="utf-8")
    build(folder, table)
    pq.write_table(pa.Table.from_pylist([MOLECULE]), folder / "table.parquet")
    build(folder, folder / "table.parquet", *options)


def read_a_text_with_bert(folder: Path) -> None:
    """As a checkpoint from the hub does it."""
    import torch
    from transformers import AutoConfig, AutoModel, AutoTokenizer, BertConfig, BertTokenizer

    (folder / "vocab.txt").write_text("[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nacid\n", encoding="utf-8")
    small = BertConfig(vocab_size=6, hidden_size=8, num_hidden_layers=1, num_attention_heads=1, intermediate_size=8)
    small.save_pretrained(folder)
    BertTokenizer(str(folder / "vocab.txt")).save_pretrained(folder)
    tokens = AutoTokenizer.from_pretrained(folder)("acid", return_tensors="pt")
    with torch.inference_mode():
        states = AutoModel.from_config(AutoConfig.from_pretrained(folder)).eval()(**tokens).last_hidden_state
    assert states.shape == (1, 3, 8)


def read_a_name() -> None:
    from indexer.chemistry.name_reader import NameReader

    reader = NameReader.find()
    assert reader and reader.read("2,4-dinitrophenol").smiles, "OPSIN reads no name"
    reader.close()


def main(extras: list[str]) -> None:
    for module in [*IMPORTED, *(module for extra, module in IMPORTED_WITH.items() if extra in extras)]:
        importlib.import_module(module)
    with tempfile.TemporaryDirectory() as folder:
        build_indexes(Path(folder), *(["--engine", "milvus"] if "milvus" in extras else []))
        read_a_text_with_bert(Path(folder))
    if {"opsin", "names"} & set(extras):
        read_a_name()


if __name__ == "__main__":
    main(sys.argv[1:])
