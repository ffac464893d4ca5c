"""Arguments that several subcommands of `molseek-index` take."""

import re
from decimal import Decimal
from pathlib import Path
from typing import Annotated

import typer

_POWERS = {"": 1, "K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}
# Digits, also in groups of three, with decimals and a power of ten; a unit.
_SIZE = re.compile(
    r"((?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]{1,3}(?:_[0-9]{3})+|[0-9]+)(?:\.[0-9]+)?(?:[eE]\+?[0-9]{1,2})?)"
    r"\s*([kKMGT]?)(?:i?B)?"
)


def directory(text: str) -> Path:
    """A directory as it was given. An empty one, such as an unset variable of a script, is not the current directory.

    Raises:
        typer.BadParameter: it is empty.
    """
    if not text.strip():
        raise typer.BadParameter("the name of the directory is empty; this directory is '.'")
    return Path(text)


Root = Annotated[
    Path, typer.Argument(help="Index directory, as given to build --out.", metavar="DIR", parser=directory)
]
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
    """Bytes of a size such as 64G, or a count such as 100M, 1,000,000 or 1e6."""
    found = _SIZE.fullmatch(text.strip())
    number = int(Decimal(re.sub("[,_]", "", found[1])) * _POWERS[found[2].upper()]) if found is not None else 0
    if number < 1:
        raise typer.BadParameter(f"{flag} {text}: expected a number such as 64G, 500M, 20000 or 1,000,000")
    return number
