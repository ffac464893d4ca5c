"""Options that several commands have."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Checkpoints = Annotated[
    list[str], typer.Option(help="Directory, bundled name or hub id; repeat to average their cosines.")
]
Device = Annotated[str, typer.Option(help="cpu, cuda, …")]
HeldOutFiles = Annotated[
    list[str] | None,
    typer.Option(
        "--held-out", metavar="FILE", help="File of molecules to keep out of training, as --validation is; repeatable."
    ),
]
JsonFile = Annotated[Path | None, typer.Option("--json", metavar="FILE", help="Write the figures to this JSON file.")]
Seed = Annotated[int, typer.Option(min=0, help="Random seed.")]
Workers = Annotated[int, typer.Option(min=0, help="RDKit worker processes; 0 uses this process.")]
