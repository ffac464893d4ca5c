"""Client of a Molseek service: molecules from a sentence, sentences from a molecule.

>>> from molseek_client import Client
>>> with Client("http://127.0.0.1:8000") as molseek:  # doctest: +SKIP
...     molseek.text2mol("an opioid analgesic", k=3)
"""

from molseek_client.aio import AsyncClient
from molseek_client.client import Client
from molseek_client.errors import (
    FieldProblem,
    MisuseError,
    MolseekError,
    ProblemError,
    UnexpectedAnswerError,
    UnreachableError,
)
from molseek_client.filters import Filter, Range, Tags
from molseek_client.models import Hit, Molecule, MorganReference, Refused, Release, Result, Suggestion, Version
from molseek_client.retrying import Patience
from molseek_client.sdf import to_sdf
from molseek_client.tables import to_pandas
from molseek_client.versions import client_version

__version__ = client_version()

__all__ = [
    "AsyncClient",
    "Client",
    "FieldProblem",
    "Filter",
    "Hit",
    "MisuseError",
    "Molecule",
    "MolseekError",
    "MorganReference",
    "Patience",
    "ProblemError",
    "Range",
    "Refused",
    "Release",
    "Result",
    "Suggestion",
    "Tags",
    "UnexpectedAnswerError",
    "UnreachableError",
    "Version",
    "to_pandas",
    "to_sdf",
]
