"""What a container does with its command, with a stand-in for the commands that records how it was called."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

ENTRYPOINT = Path(__file__).resolve().parents[2] / "docker" / "entrypoint.sh"


class Container:
    """An index, a corpus folder, and a PATH on which the project's commands only write down their arguments."""

    def __init__(self, folder: Path) -> None:
        self.index = folder / "index"
        self.corpus = folder / "corpus"
        self.log = folder / "calls"
        bin_folder = folder / "bin"
        for made in (self.index, self.corpus, bin_folder):
            made.mkdir()
        for name in ("molseek-index", "molseek-serve"):
            command = bin_folder / name
            command.write_text(f'#!/bin/sh\necho "{name} $*" >> "{self.log}"\n', encoding="utf-8")
            command.chmod(0o755)
        self.environment = {
            "PATH": f"{bin_folder}:{os.environ['PATH']}",
            "MOLSEEK_CHECKPOINT": "compact",
            "MOLSEEK_INDEX": str(self.index),
            "MOLSEEK_CORPUS_MOUNT": str(self.corpus),
        }

    def run(self, *command: str, **variables: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(ENTRYPOINT), *command],
            env=self.environment | variables,
            capture_output=True,
            text=True,
            timeout=20,
            check=False,
        )

    @property
    def calls(self) -> list[str]:
        return self.log.read_text(encoding="utf-8").splitlines() if self.log.exists() else []


@pytest.fixture
def container(tmp_path: Path) -> Container:
    return Container(tmp_path)


def test_serving_an_empty_index_first_fills_it_with_the_bundled_corpus(container: Container) -> None:
    assert container.run("molseek-serve", "--port", "9000").returncode == 0
    assert container.calls == [
        f"molseek-index build --checkpoint compact --molecules example --out {container.index}",
        "molseek-serve --port 9000",
    ]


def test_an_index_that_has_a_release_is_left_alone(container: Container) -> None:
    (container.index / "releases").mkdir()
    (container.index / "current").symlink_to("releases")
    assert container.run("fill").returncode == 0
    assert container.run("molseek-serve").returncode == 0
    assert container.calls == ["molseek-serve "]


def test_a_rebuild_indexes_the_mounted_files(container: Container) -> None:
    (container.corpus / "my molecules.tsv").write_text("x", encoding="utf-8")
    (container.corpus / "texts.tsv").write_text("x", encoding="utf-8")
    assert container.run("rebuild", CORPUS_FILE="my molecules.tsv").returncode == 0
    done = container.run("rebuild", CORPUS_FILE="my molecules.tsv", DESCRIPTIONS_FILE="texts.tsv")
    assert done.returncode == 0
    build = (
        f"molseek-index build --checkpoint compact --molecules {container.corpus}/my molecules.tsv"
        f" --out {container.index}"
    )
    assert container.calls == [build, f"{build} --descriptions {container.corpus}/texts.tsv"]


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({}, "Say which corpus to index"),
        ({"CORPUS_FILE": "absent.tsv"}, "CORPUS_FILE is 'absent.tsv'"),
        ({"CORPUS_FILE": "there.tsv", "DESCRIPTIONS_FILE": "absent.tsv"}, "DESCRIPTIONS_FILE is 'absent.tsv'"),
    ],
)
def test_a_rebuild_without_its_files_says_so_and_builds_nothing(
    container: Container, variables: dict[str, str], said: str
) -> None:
    (container.corpus / "there.tsv").write_text("x", encoding="utf-8")
    refused = container.run("rebuild", **variables)
    assert refused.returncode == 2
    assert said in refused.stderr
    assert container.calls == []


def test_any_other_command_is_simply_run(container: Container) -> None:
    assert container.run("echo", "hello there").stdout == "hello there\n"
    assert container.run("molseek-index", "list", "x").returncode == 0
    assert container.run("molseek-serve", "--help").returncode == 0
    assert container.run("molseek-serve", "key", "me").returncode == 0
    assert container.calls == ["molseek-index list x", "molseek-serve --help", "molseek-serve key me"]
