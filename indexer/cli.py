"""`molseek-index`: a thin shell over `indexer.build.pipeline` and `indexer.release.publishing`."""

import os
import re
import sys
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, cast

import typer

from indexer.commands.errors import reported_errors
from indexer.commands.releases import diff, export, import_
from indexer.engines import AUTO, IndexSpec, engine_for
from indexer.policy import STANDARDIZATIONS, Standardization

if TYPE_CHECKING:
    from indexer.build.report import BuildReport
    from indexer.corpus.rows import FieldName
    from indexer.release.manifest import SideName
    from indexer.release.publishing import ReleaseSummary

app = typer.Typer(
    help="Build and look after index releases.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def _use_milvus(uri: str | None) -> None:
    """The flag overrides the variable, for this process: whoever opens a release finds the server by that."""
    if uri is not None:
        os.environ["MOLSEEK_MILVUS_URI"] = uri


MilvusUri = Annotated[
    str | None,
    typer.Option(
        "--milvus-uri",
        callback=_use_milvus,
        metavar="URI",
        help="Where Milvus is, for the engine milvus: http://host:19530, or a file.db for Milvus Lite. "
        "Default: the variable MOLSEEK_MILVUS_URI. See also MOLSEEK_MILVUS_TOKEN, _DATABASE, _PREFIX.",
    ),
]
Root = Annotated[Path, typer.Argument(help="Index directory, as given to build --out.", metavar="DIR")]


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
        typer.Option(
            metavar="FIELD=NAME", help="Column for smiles, id, cid, name, description, tags, synonyms. Repeatable."
        ),
    ] = None,
    bias: Annotated[
        list[str] | None,
        typer.Option(
            metavar="SIDE=FILE",
            help="Added to the cosines of molecules or descriptions when they are ranked: a .npy, see molseek-train "
            "biases. Repeatable.",
        ),
    ] = None,
    tag: Annotated[
        list[str] | None,
        typer.Option(
            metavar="[FILE=]TAG",
            help="Tag for every molecule, or for those of one FILE as given to --molecules. Repeatable.",
        ),
    ] = None,
    engine: Annotated[str, typer.Option(help="Vector engine: faiss or milvus.")] = "faiss",
    milvus_uri: MilvusUri = None,
    kind: Annotated[
        str, typer.Option(help="Kind of index: auto (by corpus size and memory), flat, hnsw, ivf, ivfpq.")
    ] = AUTO,
    precision: Annotated[
        str | None, typer.Option(metavar="float32|float16", help="Of what is searched; scores are exact in either.")
    ] = None,
    index_option: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=VALUE", help="Parameter of the kind, such as lists, probes, links. Repeatable."),
    ] = None,
    memory: Annotated[
        str | None, typer.Option(metavar="SIZE", help="Memory for searches, such as 64G. For --kind auto.")
    ] = None,
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
    standardize: Annotated[
        str,
        typer.Option(
            metavar="|".join(STANDARDIZATIONS),
            help="Form of a structure that is indexed and searched for: as given, without counter-ions and solvents, "
            "or RDKit's charge parent (slow: hundreds a second).",
        ),
    ] = "none",
    reuse: Annotated[bool, typer.Option(help="Take rows that have not changed over from an earlier release.")] = True,
    device: Annotated[str, typer.Option(help="Where the encoder runs: cpu, cuda, cuda:1 …")] = "cpu",
    driver: Annotated[
        Literal["local", "ray"],
        typer.Option(help="Who parses and embeds: this machine, or a Ray cluster (RAY_ADDRESS)."),
    ] = "local",
    publish: Annotated[bool, typer.Option(help="Point `current` at the new release.")] = True,
    force: Annotated[bool, typer.Option("--force", help="Publish it even if it does not fit; see publish.")] = False,
    progress: Annotated[
        bool | None, typer.Option(help="Progress bars on standard error. Default: on a terminal.")
    ] = None,
) -> None:
    """Embed a corpus into a new release, verify it and publish it. An interrupted build continues where it was."""
    spec = _index_spec(engine, kind, precision, index_option or [])
    memory_bytes = _size("--memory", memory) if memory is not None else None
    columns = _columns(column or [])
    tags = _tags(molecules, tag or [])
    policy = _standardization(standardize)
    biases = _biases(bias or [])
    with reported_errors():
        from indexer.build import BuildOptions, build_release

        options = BuildOptions(
            checkpoint=checkpoint,
            molecules=tuple(molecules),
            descriptions=tuple(descriptions or ()),
            out=out,
            index=spec,
            memory=memory_bytes,
            tags=tags,
            biases=biases,
            columns=columns,
            workers=workers,
            batch_size=batch_size,
            shard_rows=shard_rows,
            row_seconds=row_seconds,
            standardize=policy,
            reuse=reuse,
            force=force,
            device=device,
            driver=driver,
            publish=publish,
            progress=sys.stderr.isatty() if progress is None else progress,
        )
        report = build_release(options)
    typer.echo(_summary(report, out))


@app.command()
def plan(
    molecules: Annotated[str, typer.Option(metavar="COUNT", help="Molecules, such as 2.4M or 100M.")],
    dim: Annotated[int, typer.Option(min=1, help="Dimension of the vectors.")] = 300,
    memory: Annotated[
        str | None, typer.Option(metavar="SIZE", help="Memory for searches, such as 64G. Default: of this machine.")
    ] = None,
    bandwidth: Annotated[
        str | None, typer.Option(metavar="SIZE", help="Bytes a second that a search reads from memory, such as 100G.")
    ] = None,
    cores: Annotated[int, typer.Option(min=1, help="Cores that a build may use.")] = 1,
) -> None:
    """Reckon memory, disk, build and query times of every kind of index, and say which one to take and why."""
    from indexer.build.plan import make_plan, show
    from indexer.engines.parameters import usable_memory

    made = make_plan(
        _size("--molecules", molecules),
        dim,
        _size("--memory", memory) if memory is not None else usable_memory(),
        cores,
        _size("--bandwidth", bandwidth) if bandwidth is not None else None,
    )
    typer.echo(show(made))


@app.command()
def verify(
    directory: Annotated[Path, typer.Argument(help="Index directory or one release directory.", metavar="DIR")],
    milvus_uri: MilvusUri = None,
) -> None:
    """Check every file of every release against its digest."""
    from indexer.release.publishing import verify as verify_all

    with reported_errors():
        summaries = verify_all(directory)
    for summary in summaries:
        typer.echo(_release_line(summary, verified=True), err=summary.problem is not None)
    if any(summary.problem for summary in summaries):
        raise typer.Exit(1)


@app.command("list")
def list_(directory: Root) -> None:
    """List the releases, oldest first; the one that is served is marked with an asterisk."""
    from indexer.release.publishing import list_releases

    with reported_errors():
        summaries = list_releases(directory)
    if not summaries:
        typer.echo(f"{directory} has no releases")
    for summary in summaries:
        typer.echo(_release_line(summary))


@app.command()
def publish(
    directory: Root,
    release: Annotated[str, typer.Argument(help="Name of a release.")],
    force: Annotated[bool, typer.Option("--force", help="Publish it whatever speaks against it.")] = False,
    max_drop: Annotated[
        float, typer.Option(min=0, max=1, help="Share of molecules or descriptions it may lack.")
    ] = 0.2,
    min_recall: Annotated[float, typer.Option(min=0, max=1, help="Least measured recall@10 of an index.")] = 0.9,
    milvus_uri: MilvusUri = None,
) -> None:
    """Verify a release and serve it, unless it does not fit beside the one that is served now."""
    with reported_errors():
        from indexer.release.publish_rules import PublishRules
        from indexer.release.publishing import publish as publish_release

        rules = None if force else PublishRules(max_drop=max_drop, min_recall=min_recall)
        path = publish_release(directory, release, rules=rules)
    typer.echo(f"published {path.name}")


@app.command()
def rollback(directory: Root, milvus_uri: MilvusUri = None) -> None:
    """Serve the release that was served before the current one."""
    from indexer.release.publishing import rollback as roll_back

    with reported_errors():
        path = roll_back(directory)
    typer.echo(f"rolled back to {path.name}")


@app.command()
def prune(
    directory: Root,
    keep: Annotated[int, typer.Option(min=1, help="Newest releases to keep, beside the current one.")],
    older_than: Annotated[
        str | None, typer.Option(metavar="AGE", help="Remove only what was built longer ago: 12h, 30d, 8w.")
    ] = None,
    milvus_uri: MilvusUri = None,
) -> None:
    """Remove old releases and what unfinished builds left behind. The current one always stays."""
    age = _age(older_than) if older_than is not None else None
    with reported_errors():
        from indexer.release.publishing import prune as prune_releases

        removed = prune_releases(directory, keep, age)
    typer.echo("\n".join(f"removed {name}" for name in removed) or "no release removed")


app.command()(diff)
app.command()(export)
app.command("import")(import_)


def main() -> None:
    """Entry point of `molseek-index`."""
    app()


def _index_spec(engine: str, kind: str, precision: str | None, options: list[str]) -> IndexSpec:
    parameters: dict[str, int | float | str] = {}
    for option in options:
        name, separator, value = option.partition("=")
        if not separator or not name or not value:
            raise typer.BadParameter(f"--index-option {option}: expected NAME=VALUE, such as lists=1024")
        parameters[name] = int(value) if value.isdecimal() else value
    if precision is not None:
        parameters["precision"] = precision
    spec = IndexSpec(engine=engine, kind=kind, parameters=parameters)
    try:
        found = engine_for(spec)
        if kind != AUTO:
            found.resolve(spec, 0, 1)  # a wrong parameter is found before anything costly is done
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    return spec


def _standardization(name: str) -> Standardization:
    for policy in STANDARDIZATIONS:
        if name == policy:
            return policy
    raise typer.BadParameter(f"--standardize {name}: expected one of {', '.join(STANDARDIZATIONS)}")


def _age(text: str) -> timedelta:
    match = re.fullmatch(r"([0-9]{1,6})([hdw])", text)
    if match is None:
        raise typer.BadParameter(f"--older-than {text}: expected a number and h, d or w, such as 30d")
    return int(match[1]) * {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}[match[2]]


def _size(flag: str, text: str) -> int:
    """Bytes of a size such as 64G, or a count such as 100M."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([kKMGT]?)(?:i?B)?", text.strip())
    if found is None or float(found[1]) == 0:
        raise typer.BadParameter(f"{flag} {text}: expected a number such as 64G, 500M or 20000")
    return int(float(found[1]) * {"": 1, "K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}[found[2].upper()])


def _tags(files: list[str], given: list[str]) -> tuple[tuple[str, ...], ...]:
    """The tags of each file, in the order of the files."""
    tags: dict[str, list[str]] = {file: [] for file in files}
    for one in given:
        file = max((file for file in files if one.startswith(f"{file}=")), key=len, default=None)
        if file is None and "=" in one:
            raise typer.BadParameter(f"--tag {one}: FILE is not as given to --molecules: {', '.join(files)}")
        for name in tags if file is None else (file,):
            tags[name].append(one if file is None else one[len(file) + 1 :])
    return tuple(tuple(tags[file]) for file in files)


def _columns(pairs: list[str]) -> "dict[FieldName, str]":
    fields = ("smiles", "id", "cid", "name", "description", "tags", "synonyms")
    columns: dict[FieldName, str] = {}
    for pair in pairs:
        field, separator, name = pair.partition("=")
        if not separator or not name or field not in fields:
            raise typer.BadParameter(f"--column {pair}: expected FIELD=NAME, FIELD one of {', '.join(fields)}")
        columns[cast("FieldName", field)] = name
    return columns


def _biases(pairs: list[str]) -> "dict[SideName, Path]":
    biases: dict[SideName, Path] = {}
    for pair in pairs:
        side, _, file = pair.partition("=")
        if not file or side not in ("molecules", "descriptions") or side in biases:
            raise typer.BadParameter(f"--bias {pair}: expected molecules=FILE or descriptions=FILE, each once")
        biases[cast("SideName", side)] = Path(file)
    return biases


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
    if report.tags:
        shown = ", ".join(f"{tag} {number:,}" for tag, number in islice(report.tags.items(), 10))
        more = f" and {len(report.tags) - 10:,} more" if len(report.tags) > 10 else ""
        lines.append(f"tags          {shown}{more}")
    if counts.standardized:
        lines.append(f"standardised  {counts.standardized:,} molecules, whose structure changed")
    if report.changes is not None:
        c = report.changes.molecules
        lines.append(
            f"changes       {c.added:,} molecules added, {c.removed:,} removed, {c.changed:,} changed, "
            f"{c.unchanged:,} unchanged since {report.changes.release}"
        )
    if report.taken_from is not None:
        lines.append(
            f"taken over    {report.reused_molecules:,} molecules and {report.reused_descriptions:,} descriptions "
            f"of {report.taken_from}"
        )
    elif report.not_taken_over is not None:
        lines.append(f"taken over    nothing: {report.not_taken_over}")
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
