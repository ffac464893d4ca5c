"""Arguments that several subcommands of `molseek-index` take."""

import re
from pathlib import Path
from typing import Annotated

import typer

_POWERS = {"": 1, "K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}


Root = Annotated[Path, typer.Argument(help="Index directory, as given to build --out.", metavar="DIR")]
Release = Annotated[
    str,
    typer.Argument(
        help="A release: its name, a unique prefix of it, or current, previous or latest.", metavar="RELEASE"
    ),
]
Force = Annotated[bool, typer.Option("--force", help="Publish even if checks fail.")]
MilvusUri = Annotated[
    str | None,
    typer.Option(
        "--milvus-uri",
        metavar="URI",
        help="Address of the Milvus server for --engine milvus: http://host:19530, or a file.db for Milvus Lite. "
        "Default: the variable MOLSEEK_MILVUS_URI. See also MOLSEEK_MILVUS_TOKEN, _DATABASE, _PREFIX.",
    ),
]


def size(flag: str, text: str) -> int:
    """Bytes of a size such as 64G, or a count such as 100M."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([kKMGT]?)(?:i?B)?", text.strip())
    if found is None or float(found[1]) == 0:
        raise typer.BadParameter(f"{flag} {text}: expected a number such as 64G, 500M or 20000")
    return int(float(found[1]) * _POWERS[found[2].upper()])
