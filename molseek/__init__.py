"""Molseek in Python: embed texts and molecules, and search an index, without a server.

>>> import molseek
>>> encoder = molseek.load("compact")
>>> encoder.encode_text("a trimethylxanthine that keeps people awake").shape
(1, 256)
"""

from typing import TYPE_CHECKING

from molseek._shadowing import refuse_shadowed_packages

refuse_shadowed_packages()

from model.lazy import lazy_names  # noqa: E402  (a shadowed `model` is refused first)

if TYPE_CHECKING:
    from molseek.encoder import Encoder, load
    from molseek.errors import CheckpointError, QueryError, ReleaseError, StructureError
    from molseek.hits import Hits, MoleculeHit, TextHit, Understood
    from molseek.index import Index, IndexMismatchError, open_index

_HOME = {
    "Encoder": "encoder",
    "Hits": "hits",
    "Index": "index",
    "IndexMismatchError": "index",
    "MoleculeHit": "hits",
    "TextHit": "hits",
    "Understood": "hits",
    "load": "encoder",
    "open_index": "index",
    "CheckpointError": "errors",
    "QueryError": "errors",
    "ReleaseError": "errors",
    "StructureError": "errors",
}

__all__ = [
    "CheckpointError",
    "Encoder",
    "Hits",
    "Index",
    "IndexMismatchError",
    "MoleculeHit",
    "QueryError",
    "ReleaseError",
    "StructureError",
    "TextHit",
    "Understood",
    "load",
    "open_index",
]

__getattr__ = lazy_names(__name__, _HOME)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
