"""`molseek-index diff`: a thin shell over `indexer.release.diff`."""

from typing import TYPE_CHECKING, Annotated

import typer

from indexer.commands.arguments import Root
from indexer.commands.errors import reported_errors
from model.command.output import json_text

if TYPE_CHECKING:
    from indexer.release.diff import ReleaseDiff, SideDiff


def diff(
    directory: Root,
    old: Annotated[str, typer.Argument(help="A release: name, prefix, current, previous or latest.", metavar="A")],
    new: Annotated[str, typer.Argument(help="A later one.", metavar="B")],
    ids: Annotated[int, typer.Option(min=-1, help="Ids to show for each kind of change; -1: all.")] = 20,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show what changed from release A to release B."""
    with reported_errors():
        from indexer.release.diff import diff_releases

        found = diff_releases(directory, old, new, None if ids < 0 else ids)
    typer.echo(json_text(found.model_dump(mode="json"), indent=2) if json else _diff_text(found))


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
