"""A release as one file: there and back the same, and nothing else gets in."""

from __future__ import annotations

import io
import tarfile
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest

from indexer.errors import ReleaseError
from indexer.release.archive import export_release, import_release
from indexer.release.publishing import list_releases, publish, verify
from tests.indexer.conftest import Build

Entry = tuple[tarfile.TarInfo, bytes]


@pytest.fixture
def name(build: Build, molecules_file: Path) -> str:
    return build(molecules_file).release


@pytest.fixture
def archive(name: str, tmp_path: Path) -> Path:
    size = export_release(tmp_path / "index", name, tmp_path / "release.tar")
    assert (tmp_path / "release.tar").stat().st_size == size
    return tmp_path / "release.tar"


def test_there_and_back(archive: Path, name: str, tmp_path: Path) -> None:
    there = tmp_path / "elsewhere"
    path, unpacked = import_release(archive, there)
    assert unpacked and path == there / "releases" / name
    original = tmp_path / "index" / "releases" / name
    assert {p.name: p.read_bytes() for p in path.iterdir()} == {p.name: p.read_bytes() for p in original.iterdir()}
    assert [(s.name, s.current, s.problem) for s in verify(there)] == [(name, False, None)]
    publish(there, name)
    export_release(there, name, tmp_path / "again.tar")
    assert (tmp_path / "again.tar").read_bytes() == archive.read_bytes()
    assert import_release(archive, there) == (path, False)


def test_what_is_not_whole_is_not_exported_and_nothing_is_overwritten(archive: Path, name: str, tmp_path: Path) -> None:
    root = tmp_path / "index"
    with pytest.raises(ReleaseError, match="exists; it is not overwritten"):
        export_release(root, name, archive)
    with pytest.raises(ReleaseError, match="has no release"):
        export_release(root, "../index", tmp_path / "x.tar")
    (root / "releases" / name / "molecules.npy").write_bytes(b"x")
    with pytest.raises(ReleaseError, match=r"molecules\.npy"):
        export_release(root, name, tmp_path / "x.tar")
    assert not list(tmp_path.glob("*x.tar*"))


def rewritten(archive: Path, change: Callable[[list[Entry]], list[Entry]]) -> None:
    with tarfile.open(archive) as tar:
        entries = [(member, tar.extractfile(member).read()) for member in tar]  # type: ignore[union-attr]
    with tarfile.open(archive, "w") as tar:
        for member, content in change(entries):
            tar.addfile(member, io.BytesIO(content))


def entry(name: str, content: bytes = b"", kind: bytes = tarfile.REGTYPE, link: str = "") -> Entry:
    member = tarfile.TarInfo(name)
    member.type, member.size, member.linkname = kind, len(content), link
    return member, content


def resized(entries: list[Entry], file: str, content: bytes) -> list[Entry]:
    return [(m, c) if not m.name.endswith(file) else entry(m.name, content) for m, c in entries]


def content_of(entries: list[Entry], file: str) -> bytes:
    return next(content for member, content in entries if member.name.endswith(file))


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (lambda e: [*e, entry("../../evil")], "not in its manifest"),
        (lambda e: [*e, entry("/etc/evil")], "not in its manifest"),
        (lambda e: [*e, entry(e[0][0].name.replace("manifest.json", "../../evil"))], "not in its manifest"),
        (lambda e: [*e, entry(e[0][0].name.replace("manifest.json", "evil"))], "not in its manifest"),
        (lambda e: [*e, e[1]], "not in its manifest, or is there twice"),
        (lambda e: [*e, entry("x", kind=tarfile.SYMTYPE, link="/etc/passwd")], "no regular file"),
        (lambda e: [*e, entry("x", kind=tarfile.LNKTYPE, link=e[0][0].name)], "no regular file"),
        (lambda e: [*e, entry("x", kind=tarfile.DIRTYPE)], "no regular file"),
        (lambda e: [*e, entry("x", kind=tarfile.FIFOTYPE)], "no regular file"),
        (lambda e: [entry(e[0][0].name, kind=tarfile.SYMTYPE, link="/etc/passwd"), *e[1:]], "no regular file"),
        (lambda e: e[:-3], "not complete: it lacks"),
        (lambda e: e[1:], "not in its manifest"),
        (lambda e: [], "not complete"),
        (lambda e: resized(e, "rejects.tsv", b"x" * 10_000), "not what it should have"),
        (lambda e: resized(e, "/molecules.npy", bytes(len(content_of(e, "/molecules.npy")))), "has been changed"),
        (lambda e: [entry("evil/manifest.json", e[0][1]), *e[1:]], "name .* which is none"),
        (lambda e: [entry(e[0][0].name, b"{}"), *e[1:]], "schema version"),
        (lambda e: [entry(e[0][0].name, b" " * (17 << 20)), *e[1:]], "not what it should have"),
    ],
)
def test_nothing_but_one_whole_release_is_imported(
    archive: Path, tmp_path: Path, change: Callable[[list[Entry]], list[Entry]], complaint: str
) -> None:
    rewritten(archive, change)
    root = tmp_path / "elsewhere"
    with pytest.raises(ReleaseError, match=complaint):
        import_release(archive, root)
    assert list_releases(root) == []
    assert list((root / "releases").iterdir()) == []
    assert not list(tmp_path.rglob("evil*"))


@pytest.mark.parametrize("content", [b"", b"no archive" * 100, None])
def test_files_that_are_no_archives(archive: Path, tmp_path: Path, content: bytes | None) -> None:
    archive.write_bytes(archive.read_bytes()[:3000] if content is None else content)
    with pytest.raises(ReleaseError):
        import_release(archive, tmp_path / "elsewhere")
    with pytest.raises(ReleaseError, match="cannot be imported"):
        import_release(tmp_path / "none.tar", tmp_path / "elsewhere")
    assert list_releases(tmp_path / "elsewhere") == []


@pytest.mark.parametrize(
    "kind", [tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK], ids=str
)
def test_headers_of_any_length_are_refused_before_they_are_read(archive: Path, tmp_path: Path, kind: bytes) -> None:
    size = 300 << 20
    header = tarfile.TarInfo("x")
    header.type, header.size = kind, size
    content = archive.read_bytes()
    with archive.open("wb") as stream:
        stream.write(header.tobuf(tarfile.GNU_FORMAT))
        stream.truncate(512 + size)  # a hole, which takes no space on disk
        stream.seek(0, 2)
        stream.write(content)
    tracemalloc.start()
    with pytest.raises(ReleaseError, match="longer than that of any release"):
        import_release(archive, tmp_path / "elsewhere")
    assert tracemalloc.get_traced_memory()[1] < 32 << 20
    tracemalloc.stop()


def test_headers_without_end_are_refused(archive: Path, tmp_path: Path) -> None:
    header = tarfile.TarInfo("x")
    header.type = tarfile.XHDTYPE
    archive.write_bytes(header.tobuf(tarfile.GNU_FORMAT) * 20_000)
    with pytest.raises(ReleaseError, match="no archive of a release"):
        import_release(archive, tmp_path / "elsewhere")


def test_a_sparse_file_whose_map_never_ends_is_refused(archive: Path, tmp_path: Path) -> None:
    with tarfile.open(archive, "w", format=tarfile.PAX_FORMAT) as tar:
        member, content = entry("manifest.json", b"999999999999\n" + bytes(499))
        member.pax_headers = {"GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.realsize": "5"}
        tar.addfile(member, io.BytesIO(content))
    with pytest.raises(ReleaseError, match="no archive of a release"):
        import_release(archive, tmp_path / "elsewhere")
