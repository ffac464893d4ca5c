"""Results as an SD file, for programs that draw and dock. RDKit makes the records, where it is installed."""

from __future__ import annotations

from collections.abc import Iterable
from io import StringIO

from molseek_client.models import Hit, Refused, Result, answered

_PROPERTIES = ("rank", "id", "cid", "name", "smiles", "score", "confidence", "morgan_similarity", "tags", "description")


def to_sdf(results: Result | Iterable[Result | Refused]) -> str:
    """One record a hit that has a molecule, with coordinates to draw it by; its name is the title, the rest are tags.

    Raises:
        ImportError: RDKit is not installed.
        MisuseError: these are no results.
    """
    try:
        from rdkit import Chem
        from rdkit.Chem.rdDepictor import Compute2DCoords
    except ModuleNotFoundError:
        raise ImportError("to_sdf needs RDKit: pip install rdkit") from None
    text = StringIO()
    with Chem.SDWriter(text) as writer:
        for result in answered(results):
            for hit in result:
                molecule = Chem.MolFromSmiles(hit.smiles) if hit.smiles else None
                if molecule is None:
                    continue
                Compute2DCoords(molecule)
                molecule.SetProp("_Name", _line(hit.name or hit.id))
                molecule.SetProp("query", _line(result.query))
                for name, value in _values(hit).items():
                    molecule.SetProp(name, value)
                writer.write(molecule)
    return text.getvalue()


def _values(hit: Hit) -> dict[str, str]:
    given = {name: getattr(hit, name) for name in _PROPERTIES}
    shown = {name: "; ".join(value) if isinstance(value, tuple) else value for name, value in given.items()}
    shown["found_by"] = "; ".join(": ".join(filter(None, (way["kind"], way.get("value")))) for way in hit.found_by)
    return {name: _line(str(value)) for name, value in shown.items() if value not in (None, "")}


def _line(text: str) -> str:
    """One line: an empty line would end a value, and `$$$$` the record."""
    return " ".join(text.replace("$$$$", "").split())
