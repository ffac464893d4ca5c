"""A release of ChEBI (an OBO file) as training pairs and as corpora to search.

Written to the output directory, tab-separated:

| file | columns | for |
|---|---|---|
| `pairs.tsv` | chebi_id, smiles, description | training: rendered captions |
| `ontology.tsv` | as `chebi_ontology.tsv`, and synonyms | training with names, and with variations of the captions |
| `molecules.tsv` | id, name, synonyms, smiles, inchikey | `molseek-index build --molecules` |
| `descriptions.tsv` | id, name, smiles, description | `molseek-index build --descriptions` |
| `rejects.tsv` | line, id, code, reason | what was left out, and why |
| `summary.json` | | counts, the release, the file's digest, the options |

A term becomes a molecule when it is in use, has a structure that RDKit understands and, unless generic structures are
kept, no wildcard atom (`*`, an R group: such a term is a class of molecules). It becomes a pair and a description
when there is also something to say of it. The file is read twice, first for the names that relations refer to, so
memory holds the names and not the terms.

Synonyms of `molecules.tsv` are what a search finds a molecule by: other names, secondary ids and CAS numbers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Set
from dataclasses import asdict, dataclass, field
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field
from tqdm import tqdm

from model.counts import counted
from model.files import sha256_file
from model.inputs.structure import Molecule, StructureError, parse_structure
from model.published.captions import OntologyRow, render_caption
from model.published.chebi_terms import TAGS, ChebiTerm, Names, read_names, read_term
from model.published.obo import OboError, Stanza, plain_value, read_stanzas
from model.published.tables import Tables, joined_synonyms

PAIRS, ONTOLOGY, MOLECULES, DESCRIPTIONS = "pairs.tsv", "ontology.tsv", "molecules.tsv", "descriptions.tsv"
REJECTS = "rejects.tsv"

_COLUMNS = {
    PAIRS: ("chebi_id", "smiles", "description"),
    ONTOLOGY: ("chebi_id", "name", "smiles", "definition", "is_a", "relations", "cid", "synonyms"),
    MOLECULES: ("id", "name", "synonyms", "smiles", "inchikey"),
    DESCRIPTIONS: ("id", "name", "smiles", "description"),
    REJECTS: ("line", "id", "code", "reason"),
}
CORPORA = frozenset({MOLECULES, DESCRIPTIONS, REJECTS})
"""The tables that an index is built from, and what was left out of them."""
ALL_TABLES = frozenset(_COLUMNS)


class ReleaseOptions(BaseModel):
    """Which terms of a release to take."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    generic: bool = Field(default=False, description="keep structures with wildcard atoms (R groups)")
    min_stars: int = Field(default=0, ge=0, le=3, description="3: checked by a curator; 0: all, also unrated ones")


@dataclass(frozen=True, slots=True)
class ReleaseSummary:
    """Counts of the terms of a release.

    rejected: terms in no corpus, by code; without_text: molecules without any text; held_out: pairs left
    out of training for their molecule; secondary_ids: further ids that terms are known by; dangling: relations
    left out because no term in use has their id.
    """

    data_version: str
    terms: int
    molecules: int
    descriptions: int
    pairs: int
    without_text: int
    held_out: int
    secondary_ids: int
    dangling: int
    rejected: Mapping[str, int] = field(default_factory=dict)

    def __str__(self) -> str:
        lines = [
            f"ChEBI {self.data_version or '(no version)'}: {counted(self.terms, 'term')}, "
            f"{counted(self.secondary_ids, 'secondary id')}",
            f"  {counted(self.molecules, 'molecule')}, {self.descriptions:,} of them described; "
            f"{counted(self.pairs, 'training pair')}",
        ]
        if self.held_out:
            lines.append(f"  {counted(self.held_out, 'pair')} left out: their molecules are held out")
        if self.dangling:
            lines.append(f"  {counted(self.dangling, 'relation')} left out: no term in use has their id")
        lines += [f"  {counted(count, 'term')} left out: {_CODES[code]}" for code, count in self.rejected.items()]
        return "\n".join(lines)


_CODES = {
    "no_structure": "classes and roles without a structure",
    "obsolete": "obsolete",
    "generic": "generic structures with wildcard atoms (R groups)",
    "structure": "structures that cannot be understood",
    "stars": "rated with too few stars",
    "malformed": "malformed in the file",
    "duplicate": "an id that was there before",
}


_DEFAULT_OPTIONS = ReleaseOptions()


def convert_release(
    obo: Path,
    out: Path,
    options: ReleaseOptions = _DEFAULT_OPTIONS,
    held_out: Set[str] = frozenset(),
    tables: Set[str] = ALL_TABLES,
) -> ReleaseSummary:
    """Turn an OBO file, plain or compressed, into the tables above; those of an earlier call are replaced.

    Args:
        held_out: InChIKeys of molecules that must not be trained on (see `held_out_keys`): they stay in the
            corpora and out of `pairs.tsv` and `ontology.tsv`. InChIKeys are made for this only (1 ms each).
        tables: which of the tables to write.

    Tables get their names only when all of them are complete; an interrupted call leaves the earlier ones.

    Raises:
        OboError: the file cannot be read to its end, is not an OBO file with terms, or has no molecule to take.
        OSError: the directory cannot be written.
    """
    names = read_names(obo)
    counts: Counter[str] = Counter()
    rejected: Counter[str] = Counter()
    columns = {name: columns for name, columns in _COLUMNS.items() if name in tables}
    with Tables(out, columns) as written:
        seen: set[str] = set()
        for stanza in _terms(obo, names.terms):
            accepted = _accept(stanza, options, seen)
            if isinstance(accepted, _Rejected):
                rejected[accepted.code] += 1
                written.write(REJECTS, (str(accepted.line), accepted.id, accepted.code, accepted.reason))
            else:
                counts += _write_molecule(written, accepted.term, accepted.molecule, names, held_out)
        summary = ReleaseSummary(
            data_version=names.data_version,
            terms=names.terms,
            molecules=counts["molecules"],
            descriptions=counts["descriptions"],
            pairs=counts["pairs"],
            without_text=counts["molecules"] - counts["descriptions"],
            held_out=counts["held_out"],
            secondary_ids=len(names.primary),
            dangling=counts["dangling"],
            rejected={code: rejected[code] for code in _CODES if rejected[code]},
        )
        if not summary.molecules:
            left_out = "; ".join(f"{count:,} {_CODES[code]}" for code, count in summary.rejected.items())
            raise OboError(f"{obo} has no molecule to take ({left_out}); no table was written")
        origin = {"source": obo.name, "sha256": sha256_file(obo), "options": options.model_dump()}
        written.finish(asdict(summary) | origin)
    return summary


@dataclass(frozen=True, slots=True)
class _Accepted:
    term: ChebiTerm
    molecule: Molecule


@dataclass(frozen=True, slots=True)
class _Rejected:
    line: int
    id: str
    code: str
    reason: str


def _terms(obo: Path, total: int) -> Iterator[Stanza]:
    with tqdm(total=total, desc=obo.name, unit="term", unit_scale=True, disable=None) as bar:
        for stanza in read_stanzas(obo, TAGS):
            if stanza.kind == "Term":
                bar.update()
                yield stanza


def _accept(stanza: Stanza, options: ReleaseOptions, seen: set[str]) -> _Accepted | _Rejected:
    id = " ".join(map(plain_value, stanza.values("id")[:1]))

    def rejected(code: str, reason: str) -> _Rejected:
        return _Rejected(stanza.line, id, code, reason)

    term = read_term(stanza)
    if isinstance(term, str):
        return rejected("malformed", term)
    if term.id in seen:
        return rejected("duplicate", "this id was there before")
    seen.add(term.id)
    if term.obsolete:
        return rejected("obsolete", "the term is obsolete")
    if not term.smiles:
        return rejected("no_structure", "the term has no structure")
    if not term.name:
        return rejected("malformed", "it has no name")
    if term.stars < options.min_stars:
        return rejected("stars", f"rated with {term.stars} stars")
    try:
        molecule = parse_structure(term.smiles)
    except StructureError as error:
        return rejected("structure", str(error))
    if not options.generic and any(atom.GetAtomicNum() == 0 for atom in molecule.mol.GetAtoms()):
        return rejected("generic", "the structure has wildcard atoms: a class of molecules, not one")
    return _Accepted(term, molecule)


def _write_molecule(
    tables: Tables, term: ChebiTerm, molecule: Molecule, names: Names, held_out: Set[str]
) -> Counter[str]:
    """Write one molecule and its texts, if it has any; counts of what was written."""
    smiles = term.smiles
    fields, dangling = _ontology_fields(term, smiles, names)
    caption = render_caption(OntologyRow.from_fields(fields))
    counts = Counter(molecules=1, dangling=dangling)
    other_names = [name for name in (*term.synonyms, *term.other_ids) if name != term.name]
    tables.write(MOLECULES, (term.id, term.name, joined_synonyms(other_names), smiles, term.inchikey))
    if not caption:
        return counts
    counts["descriptions"] = 1
    tables.write(DESCRIPTIONS, (term.id, term.name, smiles, caption))
    if held_out and (term.inchikey in held_out or (molecule.inchikey or molecule.smiles) in held_out):
        counts["held_out"] = 1
        return counts
    counts["pairs"] = 1
    tables.write(PAIRS, (term.id, smiles, caption))
    tables.write(ONTOLOGY, tuple(fields[column] for column in _COLUMNS[ONTOLOGY]))
    return counts


def _ontology_fields(term: ChebiTerm, smiles: str, names: Names) -> tuple[dict[str, str], int]:
    """The row of `ontology.tsv`, from which the caption is rendered; and how many relations are dangling."""
    classes = [names.resolve(id) for id in term.is_a if id != term.id]
    relations = [(kind, names.resolve(id)) for kind, id in term.relations if id != term.id]
    fields = {
        "chebi_id": term.id,
        "name": term.name,
        "smiles": smiles,
        "definition": term.definition,
        "is_a": "; ".join(name for name in classes if name),
        "relations": "; ".join(f"{kind}:{name}" for kind, name in relations if name),
        "cid": "",
        "synonyms": "; ".join(name.replace("; ", ", ") for name in term.synonyms if name != term.name),
    }
    dangling = classes.count(None) + sum(name is None for _, name in relations)
    return fields, dangling
