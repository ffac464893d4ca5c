"""Which column of a file is the structure, the id, the name, the description and so on.

A field is read from one column. A structure may stand in several; row by row the one that says most is read.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from indexer.corpus.aliases import ALIASES, known_position, normalised, position_of
from indexer.corpus.rows import FieldName, Role
from indexer.corpus.structures import best_structure, structure_columns
from indexer.corpus.values import printable
from indexer.errors import CorpusError
from indexer.search.understanding import looks_like_structure

REQUIRED: dict[Role, FieldName] = {"molecules": "smiles", "descriptions": "description"}


@dataclass(frozen=True, slots=True)
class Columns:
    """Positions of the columns that are used. `spares`: further ones of the structure, read where they say more."""

    fields: Mapping[FieldName, int] = field(default_factory=dict)
    spares: tuple[int, ...] = ()

    def read(self, cells: Sequence[str] | Mapping[int, str]) -> dict[FieldName, str]:
        """The cells of a row, which has them by position, by field."""
        values = {name: cells[place] for name, place in self.fields.items()}
        if self.spares:
            values["smiles"] = best_structure([values["smiles"], *(cells[place] for place in self.spares)])
        return values


def find_columns(
    columns: Sequence[str], chosen: Mapping[FieldName, str], sample: Sequence[Sequence[str]] = ()
) -> Columns:
    """The columns that are understood.

    `chosen` names columns for fields: one that is missing here is looked for by its aliases, since it was named for
    another file; an empty name is for no column.

    `sample`: cells of some rows, by which columns that hold no structures are told.

    Raises:
        CorpusError: a column that is used has the name of another.
    """
    fields: dict[FieldName, int] = {}
    spares: list[int] = []
    for name in ALIASES:
        if chosen.get(name) == "":
            continue
        place = position_of(columns, chosen[name]) if name in chosen else None
        if place is None and name == "smiles":
            place, *spares = structure_columns(columns, sample) or (None,)
        elif place is None:
            place = known_position(columns, name)
        if place is not None:
            fields[name] = place
    for place in (*fields.values(), *spares):
        if columns.count(columns[place]) > 1:
            raise CorpusError(f"the column {columns[place]} is there twice; rename one of them")
    return Columns(fields, tuple(spares))


def require_columns(file: str, role: Role, columns: Sequence[str], found: Mapping[FieldName, int]) -> None:
    """Raise a CorpusError that lists the file's columns if it lacks the one that its role needs."""
    needed = REQUIRED[role]
    if needed in found:
        return
    shown = ", ".join(column[:60] for column in columns[:20]) or "none"
    first = columns[0].split() if columns else []
    if needed == "smiles" and first and len(first[0]) > 2 and looks_like_structure(first[0]) is not None:
        raise CorpusError(
            f"{file} begins with {printable(columns[0][:60])}, which looks like a molecule: give it a header line such "
            "as smiles,name, or call it .smi if it has a SMILES and a name on each line"
        )
    if len(columns) == 1 and len(first) > 1 and normalised(first[0]) in map(normalised, ALIASES[needed]):
        raise CorpusError(
            f"{file} has white space between its columns ({printable(columns[0][:60])}): put commas or tabs there, or "
            "call it .smi without this header line"
        )
    names = sorted(ALIASES[needed], key=lambda alias: (needed not in alias, len(alias)))
    names = [*names[:5], "…"] if len(names) > 5 else names
    raise CorpusError(
        f"{file} has no {needed} column (known names: {', '.join(names)}); its columns are: {shown}. Name one with "
        f"--column {needed}=NAME"
    )
