"""Releases pushed to object storage and pulled from there: a folder, a store in memory, a server of S3."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from indexer.build import build_release
from indexer.build.options import BuildOptions
from indexer.cli import app
from indexer.errors import ReleaseError, StoreError
from indexer.release import current_release, open_release
from indexer.release.manifest import MANIFEST
from indexer.release.publishing import verify_release
from indexer.release.remote import pull_release, push_release, remote_names
from indexer.store import Store, local_copy
from tests.indexer.conftest import MOLECULES
from tests.support.object_storage import SECRET, s3_server


@pytest.fixture(scope="module")
def index(tiny_checkpoint: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index directory with one release."""
    root = tmp_path_factory.mktemp("built")
    (root / "molecules.tsv").write_text(MOLECULES, encoding="utf-8")
    molecules = (str(root / "molecules.tsv"),)
    build_release(BuildOptions(checkpoint=tiny_checkpoint, molecules=molecules, out=root / "index", workers=0))
    return root / "index"


@pytest.fixture(params=["file", "memory", "s3"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A place of its own in a store of each kind."""
    if request.param == "file":
        yield f"file://{tmp_path}/store"
    elif request.param == "memory":
        yield f"memory://{tmp_path.name}/store"
    else:
        with s3_server() as bucket:
            yield f"{bucket}/store"


def invoke(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_a_release_goes_there_and_comes_back_verified(index: Path, tmp_path: Path, url: str) -> None:
    name, copied = push_release(index, "current", url)
    assert copied > 0 and remote_names(url) == [name]
    assert push_release(index, "latest", url) == (name, 0)  # nothing twice

    path, fresh = pull_release(url, "latest", tmp_path / "elsewhere")
    assert fresh and path.name == name
    assert verify_release(path) == verify_release(index / "releases" / name)
    assert pull_release(url, name[:12], tmp_path / "elsewhere") == (path, False)
    with pytest.raises(ReleaseError, match=f"has no release '2000'; there are: {name}"):
        pull_release(url, "2000", tmp_path / "elsewhere")


def test_what_is_damaged_there_is_not_taken(index: Path, tmp_path: Path, url: str) -> None:
    name, _ = push_release(index, "current", url)
    records = Store.open(url).at("releases", name, "records.sqlite")
    there = tmp_path / "records"
    records.download(there)
    content = bytearray(there.read_bytes())
    content[-1] ^= 1
    there.write_bytes(content)
    records.upload(there)
    with pytest.raises(ReleaseError, match=rf"^{re.escape(str(records))} has been changed: .* push the release again"):
        pull_release(url, "latest", tmp_path / "elsewhere")
    assert push_release(index, "current", url)[1] == len(content)  # the digest tells, and it is sent again
    assert push_release(index, "current", url)[1] == 0
    there.write_bytes(content[:-1])
    records.upload(there)
    with pytest.raises(ReleaseError, match=r"records\.sqlite does not have the [\d,]+ bytes"):
        pull_release(url, "latest", tmp_path / "elsewhere")
    assert list((tmp_path / "elsewhere" / "releases").iterdir()) == []
    assert push_release(index, "current", url)[1] == len(content)  # the size tells, and it is sent again
    pull_release(url, "latest", tmp_path / "elsewhere")


def test_a_release_without_its_manifest_is_not_there_yet(index: Path, tmp_path: Path) -> None:
    url = f"file://{tmp_path}/store"
    name, _ = push_release(index, "current", url)
    (tmp_path / "store" / "releases" / name / MANIFEST).unlink()
    (tmp_path / "store" / "releases" / "20990101T000000000Z-00000000").mkdir()
    assert remote_names(url) == []
    with pytest.raises(ReleaseError, match="has no release 'latest'; there are: none"):
        pull_release(url, "latest", tmp_path / "elsewhere")


def test_a_release_under_the_name_of_another_is_refused(index: Path, tmp_path: Path) -> None:
    url = f"file://{tmp_path}/store"
    name, _ = push_release(index, "current", url)
    folder = tmp_path / "store" / "releases"
    (folder / name).rename(folder / "20990101T000000000Z-00000000")
    with pytest.raises(ReleaseError, match="which is none"):
        pull_release(url, "latest", tmp_path / "elsewhere")


def test_the_commands_publish_what_they_pull_once(index: Path, tmp_path: Path, url: str) -> None:
    pushed = invoke("push", index, "current", url)
    assert pushed.exit_code == 0, pushed.output
    pulled = invoke("pull", url, "latest", tmp_path / "served", "--publish")
    assert pulled.exit_code == 0, pulled.output
    current = current_release(tmp_path / "served")
    assert current is not None
    assert f"pulled {current.name}" in pulled.stdout and f"published {current.name}" in pulled.stdout
    again = invoke("pull", url, "latest", tmp_path / "served", "--publish")
    assert again.stdout == f"already there: {current.name}\n"


def test_a_damaged_manifest_is_named_by_its_address(index: Path, tmp_path: Path) -> None:
    url = f"file://{tmp_path}/store"
    name, _ = push_release(index, "current", url)
    manifest = tmp_path / "store" / "releases" / name / MANIFEST
    manifest.write_text(manifest.read_text(encoding="utf-8").replace('"cosine"', '"cosinE"'), encoding="utf-8")
    with pytest.raises(ReleaseError) as caught:
        pull_release(url, "latest", tmp_path / "elsewhere")
    assert str(caught.value).startswith(f"{url}/releases/{name}/{MANIFEST} ")
    assert push_release(index, "current", url)[1] == manifest.stat().st_size
    pull_release(url, "latest", tmp_path / "elsewhere")


def test_pulling_the_latest_does_not_undo_a_rollback(
    tiny_checkpoint: Path, molecules_file: Path, tmp_path: Path
) -> None:
    root, url, there = tmp_path / "index", f"file://{tmp_path}/store", tmp_path / "served"
    options = BuildOptions(checkpoint=tiny_checkpoint, molecules=(molecules_file,), out=root, workers=0)
    names = []
    for _ in range(2):
        names.append(build_release(options).release)
        push_release(root, "latest", url)
        assert f"published {names[-1]}\n" in invoke("pull", url, "latest", there, "--publish").stdout
    first, second = names
    assert invoke("rollback", there).exit_code == 0
    for _ in range(2):
        again = invoke("pull", url, "latest", there, "--publish")
        assert again.exit_code == 0
        assert again.stdout == (
            f"already there: {second}\nnot published: {second} was served before, and {first} is served since; "
            f"to serve it again: molseek-index publish {there} {second}\n"
        )
    assert served(there) == first
    third = build_release(options).release
    push_release(root, "latest", url)
    assert f"published {third}\n" in invoke("pull", url, "latest", there, "--publish").stdout
    assert served(there) == third
    named = invoke("pull", url, second, there, "--publish")  # somebody asks for it by name
    assert f"published {second}\n" in named.stdout and served(there) == second


def served(root: Path) -> str:
    path = current_release(root)
    assert path is not None
    return path.name


def test_a_corpus_is_read_from_a_store_and_fetched_again_when_it_has_changed(
    tiny_checkpoint: Path, tmp_path: Path, url: str
) -> None:
    table = tmp_path / "mine.tsv"
    table.write_text(MOLECULES, encoding="utf-8")
    place = Store.open(url).at("corpora", "mine.tsv")
    place.upload(table)
    options = BuildOptions(
        checkpoint=tiny_checkpoint, molecules=(f"{url}/corpora/mine.tsv",), out=tmp_path / "index", workers=0
    )
    assert build_release(options).counts.molecules == 6
    path = current_release(tmp_path / "index")
    assert path is not None
    release = open_release(path)
    assert [corpus.file for corpus in release.manifest.corpora] == ["mine.tsv"]
    release.close()

    copy = local_copy(f"{url}/corpora/mine.tsv", tmp_path / "copies")
    if url.startswith("file:"):
        assert copy == tmp_path / "store" / "corpora" / "mine.tsv"
        return
    before = copy.stat().st_ino
    again = local_copy(f"{url}/corpora/mine.tsv", tmp_path / "copies")
    assert (again.stat().st_ino == before) == url.startswith("s3:")  # memory tells no time of change
    table.write_text(MOLECULES + "M7\t\tmethane\tC\t\n", encoding="utf-8")
    place.upload(table)
    assert local_copy(f"{url}/corpora/mine.tsv", tmp_path / "copies").read_text().count("\n") == 8


@pytest.mark.parametrize("address", ["gopher://a/b", "s3:///", "nothing://x"])
def test_an_address_that_is_none_is_one_line(index: Path, address: str) -> None:
    done = invoke("push", index, "current", address)
    assert done.exit_code == 1
    assert done.stderr.startswith(f"error: {address.rstrip('/')[:8]}") and done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("address", "said"),
    [
        (
            "http://USER:WORD@x/y",
            "http://x/y is an address on the web and not of a store; an address of",
        ),
        ("/some/folder", "/some/folder is a path and no address of a store; for a folder write file:///some/folder"),
        ("folder", f"folder is a path and no address of a store; for a folder write file://{Path.cwd()}/folder"),
        ("file://folder/x", "file://folder/x names a machine and no folder; for a folder write file:///"),
        ("s3:/bucket/x", "s3:/bucket/x is no address of a store; an address of a store is such as s3://bucket/folder"),
        ("s3://", "s3:// is no address of a store"),
        ("s3://[bucket/x", "s3://[bucket/x: Cannot parse URI"),
        ("", "an empty text is no address of a store"),
        ("dir://a/b", "dir://a/b: fsspec cannot open it"),
    ],
)
def test_an_address_of_another_kind_is_named_as_what_it_is(
    index: Path, tmp_path: Path, address: str, said: str
) -> None:
    for command in (("push", index, "current", address), ("pull", address, "latest", tmp_path / "there")):
        done = invoke(*command)
        assert done.exit_code == 1
        assert done.stderr.startswith(f"error: {said}") and done.stderr.count("\n") == 1
        assert not (tmp_path / "there").exists()


def test_a_scheme_may_be_in_capitals(index: Path, tmp_path: Path) -> None:
    assert push_release(index, "current", f"FILE://{tmp_path}/store")[1] > 0
    assert (tmp_path / "store" / "releases").is_dir()


def test_what_is_not_there_is_named(tmp_path: Path, url: str) -> None:
    with pytest.raises(StoreError, match=r"store/nothing\.tsv is not there"):
        local_copy(f"{url}/nothing.tsv" if not url.startswith("file:") else "memory://store/nothing.tsv", tmp_path)


def test_secrets_in_an_address_are_never_said(index: Path, tmp_path: Path) -> None:
    with s3_server() as bucket:
        plain = bucket.removeprefix("s3://")
        for address in (
            f"s3://KEY:{SECRET}@no-such-bucket/store",
            f"s3://KEY:{SECRET}@{plain}/store?unknown_option={SECRET}",
            f"s3://KEY:{SECRET}@{plain}/ sto re\n?region={SECRET}",
        ):
            for command in (("push", index, "current", address), ("pull", address, "latest", tmp_path)):
                done = invoke(*command)
                assert done.exit_code == 1
                assert SECRET not in done.output + done.stderr and "KEY" not in done.output + done.stderr
        done = invoke("push", index, "current", f"s3://KEY:{SECRET}@{plain}/store")
        assert done.exit_code == 0 and SECRET not in done.output
