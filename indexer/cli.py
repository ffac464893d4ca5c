"""`molseek-index`: a thin shell over `indexer.build` and `indexer.publishing`."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from indexer.engines import IndexSpec, engine_for
from indexer.errors import IndexerError

if TYPE_CHECKING:
    from indexer.corpus.rows import FieldName
    from indexer.publishing import ReleaseSummary
    from indexer.report import BuildReport

app = typer.Typer(
    help="Build and look after index releases.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

Root = Annotated[Path, typer.Argument(help="Index directory, as given to build --out.", metavar="DIR")]

_INTERRUPTED = 130


@app.command()
def build(
    checkpoint: Annotated[str, typer.Option(help="Checkpoint: a directory, a bundled name, or a hub id.")],
    molecules: Annotated[
        list[str], typer.Option(help="File of molecules (TSV, CSV, Parquet, SDF, SMILES), or 'example'. Repeatable.")
    ],
    out: Annotated[Path, typer.Option(help="Index directory; made if missing.")],
    descriptions: Annotated[
        list[str] | None, typer.Option(help="File of descriptions, linked by id, CID or structure. Repeatable.")
    ] = None,
    column: Annotated[
        list[str] | None,
        typer.Option(metavar="FIELD=NAME", help="Column for smiles, id, cid, name or description. Repeatable."),
    ] = None,
    engine: Annotated[str, typer.Option(help="Vector engine.")] = "faiss",
    kind: Annotated[str, typer.Option(help="Kind of index.")] = "flat",
    workers: Annotated[
        int | None, typer.Option(min=0, max=256, help="Parsing processes; 0: none. Default: by cores and corpus size.")
    ] = None,
    batch_size: Annotated[int, typer.Option(min=1, help="Molecules or texts handed to the encoder at once.")] = 256,
    shard_rows: Annotated[
        int, typer.Option(min=1, max=1_000_000, help="Rows finished at a time; bounds memory and lost work.")
    ] = 4096,
    row_seconds: Annotated[
        float, typer.Option(min=0.1, help="Time for one structure in a parsing process before its row is rejected.")
    ] = 60.0,
    device: Annotated[str, typer.Option(help="Where the encoder runs: cpu, cuda, cuda:1 …")] = "cpu",
    publish: Annotated[bool, typer.Option(help="Point `current` at the new release.")] = True,
    progress: Annotated[
        bool | None, typer.Option(help="Progress bars on standard error. Default: on a terminal.")
    ] = None,
) -> None:
    """Embed a corpus into a new release, verify it and publish it. An interrupted build continues where it was."""
    spec = _index_spec(engine, kind)
    columns = _columns(column or [])
    with _errors():
        from indexer.build import BuildOptions, build_release

        options = BuildOptions(
            checkpoint=checkpoint,
            molecules=tuple(molecules),
            descriptions=tuple(descriptions or ()),
            out=out,
            index=spec,
            columns=columns,
            workers=workers,
            batch_size=batch_size,
            shard_rows=shard_rows,
            row_seconds=row_seconds,
            device=device,
            publish=publish,
            progress=sys.stderr.isatty() if progress is None else progress,
        )
        report = build_release(options)
    typer.echo(_summary(report, out))


@app.command()
def verify(
    directory: Annotated[Path, typer.Argument(help="Index directory or one release directory.", metavar="DIR")],
) -> None:
    """Check every file of every release against its digest."""
    from indexer.publishing import verify as verify_all

    with _errors():
        summaries = verify_all(directory)
    for summary in summaries:
        typer.echo(_release_line(summary, verified=True), err=summary.problem is not None)
    if any(summary.problem for summary in summaries):
        raise typer.Exit(1)


@app.command("list")
def list_(directory: Root) -> None:
    """List the releases, oldest first; the one that is served is marked with an asterisk."""
    from indexer.publishing import list_releases

    with _errors():
        summaries = list_releases(directory)
    if not summaries:
        typer.echo(f"{directory} has no releases")
    for summary in summaries:
        typer.echo(_release_line(summary))


@app.command()
def publish(directory: Root, release: Annotated[str, typer.Argument(help="Name of a release.")]) -> None:
    """Verify a release and serve it."""
    from indexer.publishing import publish as publish_release

    with _errors():
        path = publish_release(directory, release)
    typer.echo(f"published {path.name}")


@app.command()
def rollback(directory: Root) -> None:
    """Serve the release that was served before the current one."""
    from indexer.publishing import rollback as roll_back

    with _errors():
        path = roll_back(directory)
    typer.echo(f"rolled back to {path.name}")


@app.command()
def prune(
    directory: Root, keep: Annotated[int, typer.Option(min=1, help="Newest releases to keep, beside the current one.")]
) -> None:
    """Remove old releases and what unfinished builds left behind."""
    from indexer.publishing import prune as prune_releases

    with _errors():
        removed = prune_releases(directory, keep)
    typer.echo("\n".join(f"removed {name}" for name in removed) or "no release removed")


def main() -> None:
    """Entry point of `molseek-index`."""
    app()


@contextmanager
def _errors() -> Iterator[None]:
    """Expected errors end the command with one line on standard error and exit code 1."""
    try:
        yield
    except KeyboardInterrupt:
        typer.echo("interrupted; finished parts are kept, run the same command again to continue", err=True)
        raise typer.Exit(_INTERRUPTED) from None
    except IndexerError as error:
        problem = str(error)
    except OSError as error:
        problem = str(error)
    except RuntimeError as error:
        # CheckpointError, by name: importing it would load the network's libraries for `list` and `rollback` too.
        if type(error).__name__ != "CheckpointError":
            raise
        problem = str(error)
    else:
        return
    typer.echo(f"error: {' '.join(problem.split())}", err=True)
    raise typer.Exit(1)


def _index_spec(engine: str, kind: str) -> IndexSpec:
    spec = IndexSpec(engine=engine, kind=kind)
    try:
        engine_for(spec)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    return spec


def _columns(pairs: list[str]) -> "dict[FieldName, str]":
    fields = ("smiles", "id", "cid", "name", "description")
    columns: dict[FieldName, str] = {}
    for pair in pairs:
        field, separator, name = pair.partition("=")
        if not separator or not name or field not in fields:
            raise typer.BadParameter(f"--column {pair}: expected FIELD=NAME, FIELD one of {', '.join(fields)}")
        columns[cast("FieldName", field)] = name
    return columns


def _release_line(summary: "ReleaseSummary", verified: bool = False) -> str:
    mark = "*" if summary.current else " "
    if summary.manifest is None:
        return f"{mark} {summary.name}  DAMAGED: {summary.problem}"
    m = summary.manifest
    counts = f"{m.counts.molecules:>11,} molecules  {m.counts.descriptions:>11,} descriptions"
    state = "  verified" if verified else ""
    return f"{mark} {summary.name}  {counts}  {m.engine}/{m.kind}  checkpoint {m.checkpoint.name}{state}"


def _summary(report: "BuildReport", out: Path) -> str:
    """What was built, what was rejected, and where the time went."""
    counts = report.counts
    lines = [
        f"release       {report.release}{'' if report.published else ' (not published)'}",
        f"digest        {report.digest}",
        f"molecules     {counts.molecules:,}",
        f"descriptions  {counts.descriptions:,} ({report.linked_descriptions:,} of them linked to a molecule)",
        f"rejected      {counts.rejected:,} rows; {counts.dropped_texts:,} descriptions of kept molecules left out",
    ]
    lines += [f"              {number:>11,}  {code}" for code, number in report.rejected_by_code.items()]
    if report.rejected_by_code:
        lines.append(f"              see {out / 'releases' / report.release / 'rejects.tsv'}")
    if report.link_conflicts:
        lines.append(
            f"conflicts     {report.link_conflicts:,} ids of descriptions name another structure than their own"
        )
    lines += ["", f"{'stage':<12}{'seconds':>10}{'share':>8}"]
    lines += [f"{stage.stage:<12}{stage.seconds:>10.2f}{stage.share:>8.1%}" for stage in report.stages]
    resumed = f", {report.resumed_shards} shards taken over" if report.resumed_shards else ""
    lines += [
        "",
        f"{report.embedded_molecules:,} molecules and {report.embedded_descriptions:,} descriptions embedded in "
        f"{report.wall_seconds:.1f} s with {report.workers} parsing processes{resumed}",
        f"{report.molecules_per_second:,.0f} molecules/s; checkpoint loaded in {report.load_seconds:.1f} s; "
        f"peak memory {report.peak_memory_mib:,.0f} MiB",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
