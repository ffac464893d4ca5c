"""A structure as text (SMILES, InChI or molblock) becomes one bounded, understood `Molecule`."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field
from rdkit import Chem, rdBase

from model.inputs.complexity import equal_rings, graph_cost
from model.inputs.written import (
    MOST_CHARGE,
    MOST_ISOTOPE,
    Bonds,
    Composition,
    block_bonds,
    block_head,
    impossible_block_value,
    impossible_value,
    inchi_bonds,
    inchi_composition,
    inchi_heavy_atoms,
    ring_labels,
)

StructureCode = Literal[
    "empty", "too_long", "too_many_atoms", "too_many_rings", "too_complex", "unparsable", "invalid_chemistry"
]
StructureFormat = Literal["smiles", "inchi", "molblock"]

_NOT_IN_SMILES = re.compile(r"[^A-Za-z0-9@+\-\[\]().=#$:/\\%*~?!,;&<>^'{}_|\"]")
_LAYERS_AGREE = " The formula and the other layers of an InChI have to agree in atoms and hydrogens."
_SURROGATE = re.compile("[\ud800-\udfff]")


class StructureError(ValueError):
    """A structure that cannot be understood; the message is a sentence for a chemist."""

    def __init__(self, code: StructureCode, message: str) -> None:
        super().__init__(message)
        self.code = code

    def __reduce__(self) -> tuple[type[StructureError], tuple[StructureCode, str]]:
        return type(self), (self.code, str(self))  # crosses process borders with its code


class StructureLimits(BaseModel):
    """Bounds checked before RDKit does any work whose cost grows faster than its input."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    max_characters: int = Field(default=4000, gt=0, description="of a SMILES or InChI line")
    max_block_characters: int = Field(default=100_000, gt=0, description="of a molblock")
    max_atoms: int = Field(default=600, gt=0, description="as written, explicit hydrogens included")
    max_rings: int = Field(
        default=200,
        gt=0,
        description="ring closures: bonds beyond a tree, on which ring perception grows without bound",
    )
    max_degree: int = Field(default=24, gt=0, description="neighbours of one atom")
    max_paths: int = Field(
        default=20_000,
        gt=0,
        description="paths along five bonds, which fingerprints enumerate; molecules have some six for each atom",
    )
    max_equal_rings: int = Field(
        default=1000,
        gt=0,
        description="smallest rings that ring perception enumerates: a macrocycle of n arenes has 2ⁿ and more",
    )


@dataclass(frozen=True)
class Molecule:
    """One understood structure.

    `smiles` is RDKit's canonical isomeric SMILES, `mol` the sanitised RDKit molecule it was read as.
    """

    smiles: str
    mol: Chem.Mol
    source_format: StructureFormat = "smiles"

    @cached_property
    def inchikey(self) -> str:
        """Standard InChIKey, or an empty string where InChI cannot describe the structure."""
        with rdBase.BlockLogs():
            return str(Chem.MolToInchiKey(self.mol))  # type: ignore[no-untyped-call]


_DEFAULT_LIMITS = StructureLimits()
_METALS = frozenset({3, 4, *range(11, 14), *range(19, 33), *range(37, 52), *range(55, 85), *range(87, 119)})

# A SMILES with fewer characters, ring closures and atoms of more than one branch costs little whatever it is: nearly
# all do (98 % of 58,170 of ChEBI and PubChem), and are spared the reading that only counts bonds.
_CHEAP_CHARACTERS = 400
_CHEAP_RINGS = 8
_CHEAP_BRANCHES = 8


def parse_structure(text: str, limits: StructureLimits = _DEFAULT_LIMITS) -> Molecule:
    """Read a SMILES, an InChI or a molblock, told apart by their looks.

    Doubled backslashes in a SMILES (an escaping fault of several published files) are mended.

    Raises:
        StructureError: the text is empty, exceeds `limits`, or RDKit cannot make a valid molecule of it.
    """
    try:
        return _parse(text, limits)
    except (StructureError, MemoryError):
        raise
    except Exception as error:  # RDKit raises many kinds of errors on odd chemistry
        reason = " ".join(str(error).split()) or type(error).__name__
        raise StructureError("unparsable", f"RDKit cannot read the structure: {_excerpt(reason, 120)}.") from error


def read_canonical(molecule: Molecule, limits: StructureLimits = _DEFAULT_LIMITS) -> Molecule | None:
    """The molecule as its canonical SMILES reads: atoms in the order of that; None where RDKit cannot read it so.

    RDKit does not read a few of the SMILES that it writes.
    """
    if len(molecule.smiles) > limits.max_characters:
        return None
    with rdBase.BlockLogs():
        mol = Chem.MolFromSmiles(molecule.smiles)
    if mol is None:
        return None
    return Molecule(molecule.smiles, mol) if 0 < mol.GetNumAtoms() <= limits.max_atoms else None


def _parse(text: str, limits: StructureLimits) -> Molecule:
    if not text.strip():
        raise StructureError("empty", "The structure is empty.")
    surrogate = _SURROGATE.search(text)
    if surrogate is not None:  # RDKit takes UTF-8, in which half a surrogate pair has no form
        raise StructureError(
            "unparsable", f"The structure has a character at position {surrogate.start() + 1} that is no valid text."
        )
    if any(mark in text.strip() for mark in ("\n", "\r", "V2000", "V3000")):
        return _parse_block(text, limits)
    line = text.strip()
    if len(line) > limits.max_characters:
        raise StructureError(
            "too_long",
            f"The structure has {len(line):,} characters; at most {limits.max_characters:,} are accepted.",
        )
    if line.startswith("InChI="):
        return _parse_inchi(line, limits)
    return _parse_smiles(line.replace("\\\\", "\\"), limits)


def _parse_smiles(smiles: str, limits: StructureLimits) -> Molecule:
    core, *rest = smiles.split(maxsplit=1)
    extension = rest[0] if rest else ""
    if extension and not extension.startswith("|"):
        raise StructureError(
            "unparsable",
            f"A SMILES has no spaces, but there is text after position {len(core)} ({_excerpt(extension)}).",
        )
    unknown = _NOT_IN_SMILES.search(core)
    if unknown is not None:  # RDKit drops some of them silently, with all that follows
        raise StructureError(
            "unparsable",
            f"The SMILES has a character at position {unknown.start() + 1} that SMILES does not know ({unknown[0]!r}).",
        )
    rings = sum(ring_labels(core).values()) // 2
    _check_rings(rings, limits)
    impossible = impossible_value(core)
    if impossible is not None:
        raise _impossible(impossible)
    cheap = len(core) <= _CHEAP_CHARACTERS and rings <= _CHEAP_RINGS and core.count(")(") <= _CHEAP_BRANCHES
    with rdBase.BlockLogs():
        if not cheap or len(core) > limits.max_atoms:  # a SMILES has at most one atom a character
            raw = Chem.MolFromSmiles(smiles, sanitize=False)
            if raw is not None:
                _check_atoms(raw, limits)
                bonds = [(bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()) for bond in raw.GetBonds()]
                _check_cost(raw.GetNumAtoms(), bonds, limits)
        mol = Chem.MolFromSmiles(smiles)
    if mol is None:
        raise _explain_smiles(core)
    return _finish(mol, "smiles", limits)


def _parse_inchi(inchi: str, limits: StructureLimits) -> Molecule:
    stated = inchi_heavy_atoms(inchi)
    if stated > limits.max_atoms:
        raise StructureError("too_many_atoms", _too_many(stated, limits))
    for highest, bonds in inchi_bonds(inchi):
        if highest > limits.max_atoms + 1:
            raise StructureError("too_many_atoms", _too_many(highest - 1, limits))
        _check_cost(highest, bonds, limits)
    with rdBase.BlockLogs():
        mol = Chem.MolFromInchi(inchi)  # type: ignore[no-untyped-call]
    if mol is None:
        raise StructureError("unparsable", f"The InChI cannot be read: {_excerpt(inchi)}.{_LAYERS_AGREE}")
    if _composition(mol) != inchi_composition(inchi):
        raise StructureError(
            "unparsable", f"RDKit reads the InChI as another molecule: {_excerpt(inchi)}.{_LAYERS_AGREE}"
        )
    return _finish(mol, "inchi", limits)


def _composition(mol: Chem.Mol) -> Composition:
    atoms = Counter(atom.GetSymbol() for atom in mol.GetAtoms())
    atoms["H"] += sum(atom.GetTotalNumHs() for atom in mol.GetAtoms())
    return Composition(+atoms, Chem.GetFormalCharge(mol))


def _parse_block(block: str, limits: StructureLimits) -> Molecule:
    if len(block) > limits.max_block_characters:
        raise StructureError(
            "too_long",
            f"The molblock has {len(block):,} characters; at most {limits.max_block_characters:,} are accepted.",
        )
    block = block.replace("\r\n", "\n").replace("\r", "\n")
    if "V2000" not in block and "V3000" not in block and block_head(block) is None:
        raise StructureError(
            "unparsable",
            "The structure has several lines but is no molblock; a SMILES or InChI is one line.",
        )
    _check_block(block, limits)
    with rdBase.BlockLogs():
        raw = Chem.MolFromMolBlock(block, sanitize=False, removeHs=False)
        if raw is None:
            raise StructureError(
                "unparsable", "The molblock cannot be read: its counts, atom or bond lines are malformed."
            )
        _check_atoms(raw, limits)
        _check_no_query(raw)
        mol = Chem.MolFromMolBlock(block)
        if mol is None:
            raise _invalid_chemistry(raw) or StructureError("unparsable", "The molblock cannot be read.")
    return _finish(mol, "molblock", limits)


def _check_no_query(raw: Chem.Mol) -> None:
    """Refuse what stands for several molecules: lists of atoms, bonds of one order or another.

    Any atom is read as `*`, as R groups are. To metals, bonds of no order are how older programs draw coordination.
    """
    for atom in raw.GetAtoms():
        if atom.HasQuery() and "AtomOr" in atom.DescribeQuery():
            raise _query_feature(f"atom {atom.GetIdx() + 1} is a list of elements")
    for bond in raw.GetBonds():
        if bond.HasQuery() and not _METALS & {bond.GetBeginAtom().GetAtomicNum(), bond.GetEndAtom().GetAtomicNum()}:
            raise _query_feature(f"bond {bond.GetIdx() + 1} has no order of its own")


def _query_feature(what: str) -> StructureError:
    return StructureError("unparsable", f"The molblock is a query for several molecules: {what}.")


def _finish(mol: Chem.Mol, source_format: StructureFormat, limits: StructureLimits) -> Molecule:
    if mol.GetNumAtoms() == 0:
        raise StructureError("empty", "The structure has no atoms.")
    _check_atoms(mol, limits)
    for atom in mol.GetAtoms():
        if abs(atom.GetFormalCharge()) > MOST_CHARGE or atom.GetIsotope() > MOST_ISOTOPE:
            raise _impossible(f"atom {atom.GetIdx() + 1} has charge {atom.GetFormalCharge()}, mass {atom.GetIsotope()}")
    return Molecule(smiles=str(Chem.MolToSmiles(mol)), mol=mol, source_format=source_format)


def _check_block(block: str, limits: StructureLimits) -> None:
    """Bounds by the text alone: RDKit perceives rings while reading."""
    head = block_head(block)
    if head is None:
        raise StructureError("unparsable", "The molblock's counts line, its fourth, is malformed.")
    if head.atoms > limits.max_atoms:
        raise StructureError("too_many_atoms", _too_many(head.atoms, limits))
    _check_rings(head.bonds - head.atoms + 1, limits)
    _check_cost(head.atoms + 1, block_bonds(block, head), limits)
    impossible = impossible_block_value(block)
    if impossible is not None:
        raise _impossible(impossible)


def _check_cost(atoms: int, bonds: Bonds, limits: StructureLimits) -> None:
    """Refuse what ring perception or fingerprints would enumerate for minutes."""
    cost = graph_cost(atoms, bonds)
    _check_rings(cost.closures, limits)
    if cost.degree > limits.max_degree:
        said = f"An atom has {cost.degree:,} neighbours; at most {limits.max_degree:,} are accepted."
        raise StructureError("too_complex", said)
    if cost.paths > limits.max_paths:
        raise StructureError(
            "too_complex",
            f"The atoms are too densely connected: {cost.paths:,} paths along five bonds, where at most "
            f"{limits.max_paths:,} are accepted and a molecule has some six for each atom.",
        )
    if cost.closures > _CHEAP_RINGS:
        rings = equal_rings(atoms, bonds)
        if rings > limits.max_equal_rings:
            raise StructureError(
                "too_complex",
                f"The structure has {rings:,} smallest rings or more; at most {limits.max_equal_rings:,} are "
                "accepted, as a ring of nine para-phenylenes has.",
            )


def _impossible(what: str) -> StructureError:
    return StructureError("invalid_chemistry", f"The structure is no valid molecule: {what}.")


def _check_rings(rings: int, limits: StructureLimits) -> None:
    if rings > limits.max_rings:
        raise StructureError(
            "too_many_rings",
            f"The structure has {rings:,} ring closures; at most {limits.max_rings:,} are accepted.",
        )


def _check_atoms(mol: Chem.Mol, limits: StructureLimits) -> None:
    if mol.GetNumAtoms() > limits.max_atoms:
        raise StructureError("too_many_atoms", _too_many(mol.GetNumAtoms(), limits))


def _too_many(atoms: int, limits: StructureLimits) -> str:
    return f"The structure has {atoms:,} atoms; at most {limits.max_atoms:,} are accepted."


def _explain_smiles(smiles: str) -> StructureError:
    """The likeliest reason why RDKit refused `smiles`, with its place where there is one."""
    if re.search(r"(?<!-)>", smiles):  # `->` is a dative bond
        return StructureError("unparsable", "The SMILES is of a reaction (it has a '>'); a molecule is needed.")
    with rdBase.BlockLogs():
        raw = Chem.MolFromSmiles(smiles, sanitize=False)
    if raw is not None:
        chemistry = _invalid_chemistry(raw)
        if chemistry is not None:
            return chemistry
    for opening, closing, name, names in (
        ("(", ")", "parenthesis", "parentheses"),
        ("[", "]", "bracket", "brackets"),
    ):
        depth = 0
        for position, character in enumerate(smiles):
            depth += (character == opening) - (character == closing)
            if depth < 0:
                return StructureError(
                    "unparsable",
                    f"The SMILES closes a {name} at position {position + 1} that was never opened.",
                )
        if depth > 0:
            return StructureError("unparsable", f"The SMILES leaves {depth} {names if depth > 1 else name} open.")
    open_rings = sorted(label for label, count in ring_labels(smiles).items() if count % 2)
    if open_rings:
        return StructureError("unparsable", f"The SMILES never closes ring {', '.join(open_rings)}.")
    return StructureError("unparsable", f"The SMILES cannot be read: {_excerpt(smiles)}.")


def _invalid_chemistry(raw: Chem.Mol) -> StructureError | None:
    """What RDKit's sanitisation objects to in an unsanitised molecule, or None if nothing."""
    with rdBase.BlockLogs():
        problems = Chem.DetectChemistryProblems(raw)
    if not problems:
        return None
    return StructureError(
        "invalid_chemistry", f"The structure is no valid molecule: {problems[0].Message().rstrip('.')}."
    )


def _excerpt(text: str, length: int = 40) -> str:
    shown = text if len(text) <= length else text[: length - 1] + "…"
    return repr(shown)
