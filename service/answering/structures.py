"""What a structure that was read is to the release in service: molecules of the corpus, or none."""

from __future__ import annotations

from indexer.chemistry import Chemistry, ReadStructure
from indexer.release.opened import Release
from indexer.release.records import Records
from indexer.search.lexicon import Lexicon, Match
from indexer.search.understanding import match_structure
from service.answering.asked import Reading
from service.answering.other_forms import NEAR_REMARKS, OtherForms

_ELSEWHERE = "The corpus does not have this molecule; the hits are what lies nearest."
_STEREO_GROUPS = (
    "Groups of stereocentres, as of racemates and relative configurations, are not told apart here: the structure was "
    "taken as it is drawn."
)


def read_structure(
    text: str, structure: ReadStructure, chemistry: Chemistry, release: Release, lexicon: Lexicon | None
) -> Reading:
    """A structure that was read from `text`, with the molecules of the corpus that it is."""
    matches: tuple[Match, ...] = ()
    remarks: tuple[str, ...] = ()
    if lexicon is not None and structure.inchikey is not None:
        matches = _matches(structure, lexicon)
        remark = NEAR_REMARKS.get(matches[0].kind, "") if matches else ""
        if not matches:
            other = OtherForms(chemistry, lexicon, release.records).find(text, structure)
            matches = other.matches if other is not None else ()
            remark = other.remark if other is not None else _ELSEWHERE if structure.inchikey else ""
        remarks = (remark,) if remark else ()
    # No text describes a molecule that the corpus does not have, unless there are texts of unknown molecules.
    unproven = bool(remarks) and release.columns.all_owned()
    if lexicon is not None and structure.stereo_groups != "none":
        remarks = (_STEREO_GROUPS, *remarks)
    matches = _as_written_first(structure.smiles, matches, release.records)
    return Reading("structure", structure.smiles, matches, remarks=remarks, unproven=unproven)


def _matches(structure: ReadStructure, lexicon: Lexicon) -> tuple[Match, ...]:
    """What the structure is; a racemate is each of its enantiomers, and none of them exactly."""
    if structure.stereo_groups == "racemic" and structure.inchikey:
        return tuple(lexicon.find_skeleton(structure.inchikey)) or match_structure(structure, lexicon)
    return match_structure(structure, lexicon)


def _as_written_first(smiles: str, matches: tuple[Match, ...], records: Records) -> tuple[Match, ...]:
    """Of tautomers that share an InChIKey, the one that is written as the query."""
    if len(matches) < 2:
        return matches
    own = records.smiles([match.row for match in matches])
    return tuple(match for _, match in sorted(zip(own, matches, strict=True), key=lambda pair: pair[0] != smiles))
