"""`molseek-train data chebi20` and `pcdes`, against a server of made-up files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from model.published.download import DownloadError
from tests.support.file_server import FileServer, Published, file_server
from training.commands.data import data_app
from training.pairs import read_pairs
from training.pairs.tables import PCDES_DESCRIPTIONS, PCDES_SMILES


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[FileServer]:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with file_server() as running:
        yield running


def published_chebi20(server: FileServer, **rows: int) -> None:
    filler = "The molecule is a hydrocarbon that is made up for a test of downloads and stands for a longer text. " * 2
    for split, count in rows.items():
        lines = [f"{split}{number}\t{'C' * (number % 20 + 1)}\t{filler}" for number in range(count)]
        text = "\n".join(["CID\tSMILES\tdescription", *lines]) + "\n"
        server.files[f"{split}.txt"] = Published(text.encode())


def test_the_command_fetches_chebi20_and_makes_the_pool(server: FileServer, tmp_path: Path) -> None:
    published_chebi20(server, train=26_407, validation=3_301, test=3_300)
    command = ["chebi20", "--out", str(tmp_path), "--base-url", server.base_url]
    result = CliRunner().invoke(data_app, command, catch_exceptions=False)
    assert result.exit_code == 0
    assert "33,008 molecules" in result.output
    assert len(read_pairs(tmp_path / "validation.txt").pairs) == 3_301

    published_chebi20(server, test=3_000)
    command = ["chebi20", "--out", str(tmp_path / "other"), "--base-url", server.base_url]
    with pytest.raises(DownloadError, match="3,000 rows instead of 3,299 to 3,302"):
        CliRunner().invoke(data_app, command, catch_exceptions=False)
    assert {path.name for path in (tmp_path / "other").iterdir()} == {"train.txt", "validation.txt"}


def test_the_command_fetches_pcdes_as_pairs_read_it(server: FileServer, tmp_path: Path) -> None:
    smiles = "".join(f"{'C' * (number % 30 + 10)}\n" for number in range(15_000))
    texts = "".join(
        f"It is made up for a test of downloads and stands for text {number}.\n" for number in range(15_600)
    )
    server.files["x/" + PCDES_SMILES] = Published(smiles.encode())
    server.files[PCDES_DESCRIPTIONS] = Published(texts.encode())
    command = ["pcdes", "--out", str(tmp_path), "--base-url", server.base_url]
    command += ["--url", f"{PCDES_SMILES}={server.base_url}/x/{PCDES_SMILES}"]
    result = CliRunner().invoke(data_app, command, catch_exceptions=False)
    assert result.exit_code == 0
    assert "non-commercial" in result.output
    assert len(read_pairs(tmp_path).pairs) == 15_000


def test_a_malformed_address_option_is_a_usage_error(tmp_path: Path) -> None:
    result = CliRunner().invoke(data_app, ["pcdes", "--out", str(tmp_path), "--url", "http://somewhere"])
    assert result.exit_code == 2
