"""`molseek-index plan`: a thin shell over `indexer.build.plan`."""

from typing import Annotated

import typer

from indexer.commands.arguments import size
from indexer.commands.errors import reported_errors


def plan(
    molecules: Annotated[str, typer.Option(metavar="COUNT", help="Molecules, such as 2.4M or 100M.")],
    dim: Annotated[
        int | None, typer.Option(min=1, help="Dimension of the vectors. Default: that of the checkpoint.")
    ] = None,
    checkpoint: Annotated[str, typer.Option(help="Checkpoint: a directory, a bundled name, or a hub id.")] = "compact",
    memory: Annotated[
        str | None, typer.Option(metavar="SIZE", help="Memory for searches, such as 64G. Default: of this machine.")
    ] = None,
    bandwidth: Annotated[
        str | None, typer.Option(metavar="SIZE", help="Bytes a second that a search reads from memory, such as 100G.")
    ] = None,
    cores: Annotated[int, typer.Option(min=1, help="Cores for a build.")] = 1,
    gpus: Annotated[int, typer.Option(min=0, help="GPUs that embed; 0: the cores embed.")] = 0,
) -> None:
    """Estimate memory, disk, build and query times of every kind of index, and recommend one."""
    with reported_errors():
        from indexer.build.plan import dim_of, make_plan, show
        from indexer.engines.parameters import usable_memory

        made = make_plan(
            size("--molecules", molecules),
            dim or dim_of(checkpoint),
            size("--memory", memory) if memory is not None else usable_memory(),
            cores,
            size("--bandwidth", bandwidth) if bandwidth is not None else None,
            gpus=gpus,
        )
    typer.echo(show(made))
