"""`molseek-index build`: a thin shell over `indexer.build.pipeline`."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from indexer.commands.arguments import MilvusUri, directory
from indexer.commands.errors import reported_errors
from indexer.policy import STANDARDIZATIONS

NOT_PUBLISHED = 3
"""Exit code of a build whose release is whole, but lost too many rows to be published."""

Strings = list[str] | None


def build(
    context: typer.Context,
    config: Annotated[
        Path | None, typer.Option(metavar="FILE.yaml", help="Options file: the options below, and more, by name.")
    ] = None,
    checkpoint: Annotated[
        str | None, typer.Option(help="Checkpoint: a directory, a bundled name, or a hub id.")
    ] = None,
    molecules: Annotated[
        Strings,
        typer.Option(
            metavar="FILE", help="File of molecules (TSV, CSV, Parquet, SDF, SMILES, s3://…), or 'example'. Repeatable."
        ),
    ] = None,
    descriptions: Annotated[
        Strings,
        typer.Option(metavar="FILE", help="File of descriptions, linked by id, CID or structure. Repeatable."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Index directory; made if missing.", metavar="DIR", parser=directory)
    ] = None,
    overrides: Annotated[
        Strings, typer.Option("--set", metavar="PATH=VALUE", help="Any option, over file and flags. Repeatable.")
    ] = None,
    column: Annotated[
        Strings,
        typer.Option(
            metavar="FIELD=NAME", help="Column for smiles, id, cid, name, description, tags, synonyms, cas. Repeatable."
        ),
    ] = None,
    tag: Annotated[
        Strings,
        typer.Option(
            metavar="[FILE=]TAG", help="Tag for every molecule, or for those of one FILE of --molecules. Repeatable."
        ),
    ] = None,
    engine: Annotated[str | None, typer.Option(help="Vector engine: faiss (default) or milvus.")] = None,
    milvus_uri: MilvusUri = None,
    kind: Annotated[
        str | None,
        typer.Option(help="Kind of index: auto (default: by corpus size and memory), flat, hnsw, ivf, ivfpq."),
    ] = None,
    precision: Annotated[
        str | None, typer.Option(metavar="float32|float16", help="Of the index; scores are exact in either.")
    ] = None,
    index_option: Annotated[
        Strings,
        typer.Option(metavar="NAME=VALUE", help="Parameter of the kind, such as lists, probes, links. Repeatable."),
    ] = None,
    memory: Annotated[
        str | None, typer.Option(metavar="SIZE", help="Memory for searches, such as 64G. For --kind auto.")
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(min=0, max=256, help="RDKit worker processes; 0: none. Default: by cores and corpus size."),
    ] = None,
    shard_rows: Annotated[
        int | None, typer.Option(min=1, max=1_000_000, help="Rows a shard (4096); bounds memory and lost work.")
    ] = None,
    row_seconds: Annotated[
        float | None,
        typer.Option(min=0.1, metavar="SECONDS", help="Timeout for one structure in a worker process (60 s)."),
    ] = None,
    max_rejects: Annotated[
        float | None,
        typer.Option(
            min=0, max=1, metavar="SHARE", help="Share of rejected rows above which nothing is published (0.2)."
        ),
    ] = None,
    standardize: Annotated[
        str | None,
        typer.Option(
            metavar="|".join(STANDARDIZATIONS),
            help="Structures are indexed and searched for as given (default), without counter-ions and solvents, as "
            "RDKit's charge parent (slow: hundreds a second), or as the parent of ChEMBL's pipeline (an extra).",
        ),
    ] = None,
    reuse: Annotated[
        bool | None, typer.Option("--reuse/--no-reuse", help="Reuse unchanged rows of an earlier release (default).")
    ] = None,
    device: Annotated[str | None, typer.Option(help="Device of the encoder: cpu (default), cuda, cuda:1 …")] = None,
    driver: Annotated[
        Literal["local", "ray"] | None,
        typer.Option(help="Where to parse and embed: on this machine (default), or on a Ray cluster (RAY_ADDRESS)."),
    ] = None,
    publish: Annotated[
        bool | None, typer.Option("--publish/--no-publish", help="Serve the new release (default).")
    ] = None,
    force: Annotated[bool | None, typer.Option("--force", help="Publish even if checks fail; see publish.")] = None,
    progress: Annotated[
        bool | None,
        typer.Option("--progress/--no-progress", help="Progress bars on standard error. Default: on a terminal."),
    ] = None,
) -> None:
    """Embed a corpus into a new release, verify it and publish it. An interrupted build resumes.

    A release is not published if checks fail (see publish), or if more rows than --max-rejects were rejected: then the
    exit code is 3.
    """
    with reported_errors():
        from indexer.build import build_release
        from indexer.commands.build_options import read_options
        from indexer.commands.build_summary import summary

        flags = {
            name: value
            for name, value in context.params.items()
            if name not in ("config", "overrides") and value not in (None, [], ())
        }
        options = read_options(config, flags, overrides or ())
        report = build_release(options)
    typer.echo(summary(report, options.out))
    if report.not_published is not None:
        typer.echo(f"error: {report.not_published}", err=True)
        raise typer.Exit(NOT_PUBLISHED)
