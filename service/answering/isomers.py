"""What a name without locants may mean that is one of several isomers: "dimethylbenzene" is any of three xylenes."""

from __future__ import annotations

from dataclasses import dataclass, replace

from indexer.chemistry import Chemistry, Want
from indexer.release.opened import Release
from indexer.search.identifiers import Identifier
from model.inputs.structure import StructureError
from service.answering.asked import Reading
from service.answering.wording import UNPROVEN, listed
from service.problems import printable

_MOST_COMPARED = 40


@dataclass(frozen=True, slots=True)
class Isomers:
    """Molecules of the corpus that a name may mean: their rows, and what they are called."""

    name: str
    rows: tuple[int, ...]
    called: tuple[str, ...]

    @property
    def remark(self) -> str:
        here = f": in this corpus {listed(self.called)}." if self.rows else ", none of them in this corpus."
        return f"“{printable(self.name)}” may mean any of several isomers{here}"

    def meant_by(self, reading: Reading) -> Reading:
        """The reading of the name as words, with these molecules before others."""
        if not self.rows:
            return replace(reading, remarks=(self.remark, *reading.remarks), unproven=True)
        remarks = (self.remark, *(remark for remark in reading.remarks if remark != UNPROVEN))
        named = {**reading.named, self.name: self.rows}
        return replace(reading, named=named, remarks=remarks, mentions=False, unproven=True)


def isomers_named(name: str, smiles: str, chemistry: Chemistry, release: Release) -> Isomers | None:
    """The molecules of the corpus that differ from `smiles`, as which a name was read, in nothing but where their parts
    are attached. None where that cannot be told.
    """
    if release.lexicon is None:
        return None
    try:
        asked = chemistry.read(smiles, "none", Want.OUTLINE).result().outline
        if asked is None:
            return None
        found = release.lexicon.find_identifier(Identifier("formula", asked.formula))[:_MOST_COMPARED]
        records = release.records.molecules([match.row for match in found])
        read = [chemistry.read(record.smiles, "none", Want.OUTLINE) for record in records]
        meant = [record for record, one in zip(records, read, strict=True) if one.result().outline == asked]
    except StructureError:
        return None
    return Isomers(name, tuple(one.row for one in meant), tuple(one.name or one.id for one in meant))
