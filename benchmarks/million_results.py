"""What `benchmarks.million` has measured, kept as JSON from step to step, and its tables."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ConfigDict

from benchmarks.table import Cell, Table

_MIB = 1 << 20


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Stage(_Value):
    """Busy seconds of a build's stage, and the least that it could take: what of, and how long that takes."""

    stage: str
    seconds: float
    limit: str
    limit_seconds: float


class Build(_Value):
    """A build of the first `molecules` of the corpus; memory in MiB, of all its processes; sizes of files in bytes."""

    machine: str
    molecules: int
    rejected: int
    workers: int
    wall_seconds: float
    peak_mib: float
    stages: tuple[Stage, ...]
    files: dict[str, int]


class Kind(_Value):
    """One way to search. `build_mib`: memory taken while it is built. `index_bytes`: what a search reads from.

    `speeds`: queries a second by the number of queries at once.
    """

    name: str
    ours: bool
    build_seconds: float
    build_mib: float
    index_bytes: int
    recall_at_10: float
    effort: str
    speeds: dict[int, float]


class Search(_Value):
    """All ways to search the vectors `(molecules, dim)` of one build."""

    machine: str
    molecules: int
    dim: int
    kinds: tuple[Kind, ...]


class Results(_Value):
    """Everything there is so far, smallest corpus first; `made_seconds`: to make the molecules."""

    title: str
    made_seconds: float = 0.0
    builds: tuple[Build, ...] = ()
    searches: tuple[Search, ...] = ()

    def with_build(self, build: Build) -> Results:
        return self.model_copy(update={"builds": _by_size(*self.builds, build)})

    def with_search(self, search: Search) -> Results:
        return self.model_copy(update={"searches": _by_size(*self.searches, search)})

    def save(self, path: Path) -> None:
        partial = path.with_name(path.name + ".partial")
        partial.write_text(self.model_dump_json(indent=1) + "\n", encoding="utf-8")
        partial.replace(path)


_Sized = TypeVar("_Sized", Build, Search)


def _by_size(*values: _Sized) -> tuple[_Sized, ...]:
    return tuple(sorted(values, key=lambda value: value.molecules))


def load(path: Path) -> Results | None:
    """The results in a file; None if there is none."""
    return Results.model_validate_json(path.read_bytes()) if path.exists() else None


def tables(results: Results) -> list[Table]:
    """Stages and files of the largest build, ways to search its vectors, and how all of it grows."""
    found = []
    if results.builds:
        found += [_stages(results, results.builds[-1]), _files(results.builds[-1]), _growth(results.builds)]
    if results.searches:
        found += [_kinds(results.searches[-1]), _search_growth(results.searches)]
    return found


def _stages(results: Results, build: Build) -> Table:
    speed = build.molecules / build.wall_seconds
    total = sum(stage.seconds for stage in build.stages)
    rows: list[tuple[Cell, ...]] = [
        (
            stage.stage,
            stage.seconds,
            stage.seconds / total,
            stage.limit,
            stage.limit_seconds or "",
            stage.seconds / stage.limit_seconds if stage.limit_seconds else "",
        )
        for stage in build.stages
    ]
    return Table(
        f"Indexing {build.molecules:,} molecules, {results.title}, {build.workers} parsing process(es): "
        f"{build.wall_seconds:,.0f} s, {speed:,.0f} molecules/s, peak {build.peak_mib:,.0f} MiB in all processes; "
        f"{results.made_seconds:,.0f} s to make them, {build.rejected:,} rejected ({build.machine})",
        ("stage", "busy seconds", "share", "limit", "limit s", "times its limit"),
        rows,
    )


def _files(build: Build) -> Table:
    small = sum(size for size in build.files.values() if size < build.molecules)
    rows: list[tuple[Cell, ...]] = [
        (name, size / _MIB, size / build.molecules)
        for name, size in sorted(build.files.items(), key=lambda one: -one[1])
        if size >= build.molecules
    ]
    rows.append(("all others", small / _MIB, small / build.molecules))
    return Table("What lies on the disk", ("file", "MiB", "bytes a molecule"), rows)


def _growth(builds: Sequence[Build]) -> Table:
    stages = [stage.stage for stage in builds[0].stages]
    rows: list[tuple[Cell, ...]] = [
        (
            build.molecules,
            build.wall_seconds,
            build.wall_seconds / build.molecules * 1e3,
            build.peak_mib,
            *(stage.seconds / build.molecules * 1e3 for stage in build.stages),
        )
        for build in builds
    ]
    columns = ("molecules", "wall s", "ms a molecule", "peak MiB", *(f"{stage} ms" for stage in stages))
    return Table("How building grows (ms of each stage for a molecule, busy time)", columns, rows)


def _kinds(search: Search) -> Table:
    batches = sorted(search.kinds[0].speeds)
    rows: list[tuple[Cell, ...]] = [
        (
            kind.name,
            kind.recall_at_10,
            *(kind.speeds[batch] for batch in batches),
            kind.index_bytes / search.molecules,
            kind.build_seconds,
            kind.build_mib,
            kind.effort,
        )
        for kind in search.kinds
    ]
    return Table(
        f"Searching {search.molecules:,} × {search.dim} for 10 ({search.machine})",
        (
            "kind",
            "recall@10",
            *(f"q/s, {batch} at once" for batch in batches),
            "bytes a vector",
            "build s",
            "build MiB",
            "looked at",
        ),
        rows,
    )


def _search_growth(searches: Sequence[Search]) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for name in [kind.name for kind in searches[-1].kinds]:
        for search in searches:
            for kind in search.kinds:
                if kind.name == name:
                    speeds = [kind.speeds[batch] for batch in sorted(kind.speeds)]
                    rows.append((name, search.molecules, kind.build_seconds, kind.recall_at_10, *speeds))
    batches = sorted(searches[-1].kinds[0].speeds)
    columns = ("kind", "vectors", "build s", "recall@10", *(f"q/s, {batch} at once" for batch in batches))
    return Table("How searching grows", columns, rows)
