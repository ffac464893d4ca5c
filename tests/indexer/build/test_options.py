"""Options of a build: what is refused, and what decides whether unfinished work is found again."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from indexer.build.options import BuildOptions, library_versions, work_key
from indexer.engines import MilvusSettings
from indexer.release.manifest import CheckpointReference

OPTIONS = BuildOptions(checkpoint="compact", molecules=("a.tsv", "b.tsv"), out=Path("out"))
CHECKPOINT = CheckpointReference(name="compact", digest="sha256:1", feature_version=3)
CORPUS = [("molecules", "a.tsv", "abc", "")]


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"tags": (("mine",),)}, "tags are given for 1 file, molecules for 2"),
        ({"molecules": ()}, "molecules"),
        ({"shard_rows": 0}, "shard_rows"),
        ({"max_rejects": 1.5}, "max_rejects"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_impossible_options_are_refused_by_name(change: dict[str, object], complaint: str) -> None:
    with pytest.raises(ValidationError, match=complaint):
        BuildOptions.model_validate({**OPTIONS.model_dump(), **change})


def test_only_what_the_contents_depend_on_is_recorded() -> None:
    other = OPTIONS.model_copy(
        update={"out": Path("elsewhere"), "workers": 7, "milvus": MilvusSettings(uri="x.db"), "progress": True}
    )
    assert other.content_options() == OPTIONS.content_options()
    assert OPTIONS.model_copy(update={"batch_size": 8}).content_options() != OPTIONS.content_options()


def test_work_belongs_to_its_checkpoint_and_corpora() -> None:
    keys = [
        work_key(OPTIONS, CHECKPOINT, CORPUS),
        work_key(OPTIONS, CHECKPOINT.model_copy(update={"digest": "sha256:2"}), CORPUS),
        work_key(OPTIONS, CHECKPOINT.model_copy(update={"feature_version": 2}), CORPUS),
        work_key(OPTIONS, CHECKPOINT, [*CORPUS, *CORPUS]),
    ]
    assert len(set(keys)) == len(keys)
    assert work_key(OPTIONS, CHECKPOINT, CORPUS) == keys[0]


def test_versions_are_those_of_this_environment() -> None:
    assert {"python", "sqlite", "rdkit", "torch", "numpy"} <= library_versions("none").keys()


def test_secrets_of_a_server_are_not_shown() -> None:
    milvus = MilvusSettings(uri="http://reader:hunter2@host:19530", token="root:letmein")
    shown = repr(OPTIONS.model_copy(update={"milvus": milvus}))
    assert "hunter2" not in shown and "letmein" not in shown
