"""`molseek-index diff`, `export` and `import`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from indexer.commands.errors import reported_errors

if TYPE_CHECKING:
    from indexer.release.diff import ReleaseDiff, SideDiff

Root = Annotated[Path, typer.Argument(help="Index directory, as given to build --out.", metavar="DIR")]
Release = Annotated[str, typer.Argument(help="Name of a release.", metavar="RELEASE")]


def diff(
    directory: Root,
    old: Annotated[str, typer.Argument(help="Name of a release.", metavar="A")],
    new: Annotated[str, typer.Argument(help="Name of another one.", metavar="B")],
    ids: Annotated[int, typer.Option(min=-1, help="Ids to name of each kind of change; -1: all.")] = 20,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Say what release B changed against release A."""
    with reported_errors():
        from indexer.release.diff import diff_releases

        found = diff_releases(directory, old, new, None if ids < 0 else ids)
    typer.echo(found.model_dump_json(indent=2) if json else _diff_text(found))


def export(
    directory: Root,
    release: Release,
    file: Annotated[Path, typer.Argument(help="Archive to write; must not exist.", metavar="FILE.tar")],
) -> None:
    """Verify a release and write it as one archive."""
    with reported_errors():
        from indexer.release.archive import export_release

        size = export_release(directory, release, file)
    typer.echo(f"exported {release} to {file} ({size:,} bytes)")


def import_(
    file: Annotated[Path, typer.Argument(help="Archive that `export` wrote.", metavar="FILE.tar")],
    directory: Root,
    publish: Annotated[bool, typer.Option("--publish", help="Publish it, if it fits.")] = False,
) -> None:
    """Unpack and verify a release that was exported, and add it to the releases of DIR."""
    with reported_errors():
        from indexer.release.archive import import_release
        from indexer.release.publish_rules import PublishRules
        from indexer.release.publishing import publish as publish_release

        path = import_release(file, directory)
        typer.echo(f"imported {path.name}")
        if publish:
            publish_release(directory, path.name, verified=True, rules=PublishRules())
            typer.echo(f"published {path.name}")


def _diff_text(found: "ReleaseDiff") -> str:
    same = "  (the same content)" if found.same_content else ""
    lines = [f"{found.old} → {found.new}{same}", ""]
    lines.append(f"{'':<14}{'added':>12}{'removed':>12}{'changed':>12}{'unchanged':>12}")
    sides = (("molecules", found.molecules), ("descriptions", found.descriptions))
    for name, side in sides:
        c = side.counts
        lines.append(f"{name:<14}{c.added:>12,}{c.removed:>12,}{c.changed:>12,}{c.unchanged:>12,}")
    for name, side in sides:
        lines += _ids(name, side)
    if found.built_with:
        lines += ["", *(f"{one.what}: {one.old} → {one.new}" for one in found.built_with)]
    return "\n".join(lines)


def _ids(name: str, side: "SideDiff") -> list[str]:
    lines = []
    for kind, ids, count in (
        ("added", side.added, side.counts.added),
        ("removed", side.removed, side.counts.removed),
        ("changed", side.changed, side.counts.changed),
    ):
        if ids:
            more = f" … {count - len(ids):,} more" if count > len(ids) else ""
            lines.append(f"{name} {kind}: {', '.join(ids)}{more}")
    return ["", *lines] if lines else []
