"""Molseek's packages have plain names; a `model.py` beside a notebook would be imported in place of ours."""

from __future__ import annotations

import sys
from importlib.machinery import PathFinder
from pathlib import Path

_PACKAGES = ("model", "indexer", "training", "service")
_ROOT = Path(__file__).resolve().parents[1]


def refuse_shadowed_packages() -> None:
    """Raise ImportError where `import model` (or indexer, training, service) would find somebody else's module."""
    for name in _PACKAGES:
        found = _origin(name)
        if found is not None and found.resolve().parent != _ROOT / name:
            raise ImportError(
                f"Molseek's package {name!r} is hidden by {found}. Rename that file or folder, or start Python in "
                f"another directory; then restart the interpreter or the notebook's kernel.",
                name=name,
                path=str(found),
            )


def _origin(name: str) -> Path | None:
    """The file that `import name` gives or gave, if it is one."""
    loaded = sys.modules.get(name)
    if loaded is not None:
        file = getattr(loaded, "__file__", None)
        return Path(file) if file else None
    spec = PathFinder.find_spec(name)
    return Path(spec.origin) if spec is not None and spec.origin is not None else None
