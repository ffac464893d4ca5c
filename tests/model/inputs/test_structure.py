"""Structures as a chemist may type, paste or misspell them."""

from __future__ import annotations

import pickle
from itertools import combinations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from rdkit import Chem
from rdkit.Chem import AllChem
from rdkit.Chem.rdMolDescriptors import CalcMolFormula

from model import Molecule, StructureError, StructureLimits, parse_structure
from tests.support.molecules import bonds_of, complete_graph, molblock

ASPIRIN = "CC(=O)Oc1ccccc1C(=O)O"
MOLECULES = {
    "alanine": "N[C@@H](C)C(=O)O",
    "fumaric acid": "OC(=O)/C=C/C(=O)O",
    "glucose": "OC[C@H]1OC(O)[C@H](O)[C@@H](O)[C@@H]1O",
    "aspirin": ASPIRIN,
    "sodium acetate": "CC(=O)[O-].[Na+]",
    "caffeine": "Cn1c(=O)c2c(ncn2C)n(C)c1=O",
    "heavy water": "[2H]O[2H]",
    "stearic acid": "CCCCCCCCCCCCCCCCCC(=O)O",
}


def block(smiles: str, *, v3000: bool = False) -> str:
    mol = Chem.MolFromSmiles(smiles)
    AllChem.Compute2DCoords(mol)
    return str(Chem.MolToMolBlock(mol, forceV3000=v3000))


def refused(text: str, limits: StructureLimits | None = None) -> StructureError:
    with pytest.raises(StructureError) as caught:
        parse_structure(text, limits or StructureLimits())
    return caught.value


@pytest.mark.parametrize("smiles", MOLECULES.values(), ids=MOLECULES)
def test_smiles_inchi_and_molblocks_of_one_molecule_are_one_structure(smiles: str) -> None:
    expected = Chem.CanonSmiles(smiles)
    mol = Chem.MolFromSmiles(smiles)
    texts = {
        "smiles": smiles,
        "inchi": Chem.MolToInchi(mol),
        "molblock": block(smiles),
    }
    for source_format, text in texts.items():
        molecule = parse_structure(text)
        assert (molecule.smiles, molecule.source_format) == (expected, source_format)
        assert molecule.inchikey == Chem.MolToInchiKey(mol)
    assert parse_structure(block(smiles, v3000=True)).smiles == expected


def test_molblocks_are_read_with_any_line_ending() -> None:
    for ending in ("\r\n", "\r"):
        assert parse_structure(block(ASPIRIN).replace("\n", ending)).smiles == Chem.CanonSmiles(ASPIRIN)


def test_space_around_a_structure_does_not_matter() -> None:
    assert parse_structure(f"  {ASPIRIN}\n").smiles == Chem.CanonSmiles(ASPIRIN)


def test_doubled_backslashes_are_mended() -> None:
    maleic = r"OC(=O)/C=C\C(=O)O"
    assert parse_structure(maleic.replace("\\", "\\\\")).smiles == parse_structure(maleic).smiles
    assert parse_structure(maleic).smiles != parse_structure(MOLECULES["fumaric acid"]).smiles


def test_an_extended_smiles_is_read() -> None:
    assert parse_structure("CC[C@H](C)O |o1:2|").mol.GetNumAtoms() == 5


def test_components_of_an_inchi_are_bounded_one_by_one() -> None:
    acids = ".".join("C" * length + "C(=O)O" for length in range(50, 58))
    assert parse_structure(Chem.MolToInchi(Chem.MolFromSmiles(acids))).smiles == Chem.CanonSmiles(acids)


def test_a_structure_without_inchi_has_an_empty_key() -> None:
    assert parse_structure("*").inchikey == ""


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        ("", "empty", "empty"),
        (" \t\n ", "empty", "empty"),
        ("C" * 4001, "too_long", "4,001 characters; at most 4,000"),
        ("CC.C" * 900, "too_many_atoms", "2,700 atoms; at most 600"),
        ("InChI=1S/C601H1204/c1-2", "too_many_atoms", "601 atoms"),
        ("InChI=1S/2C301H604.ClH/c1-2", "too_many_atoms", "603 atoms"),
        ("CC(C", "unparsable", "leaves 1 parenthesis open"),
        ("CC((C", "unparsable", "leaves 2 parentheses open"),
        ("CC)C", "unparsable", "closes a parenthesis at position 3"),
        ("C[NH2", "unparsable", "leaves 1 bracket open"),
        ("CC]C", "unparsable", "closes a bracket at position 3"),
        ("C1CCC2CC1", "unparsable", "never closes ring 2"),
        ("C%12CC", "unparsable", "never closes ring 12"),
        ("CC\x01", "unparsable", "position 3"),
        ("CCO\tethanol", "unparsable", "text after position 3 ('ethanol')"),
        ("CCé", "unparsable", "position 3 that SMILES does not know ('é')"),
        ("benzoic acid", "unparsable", "text after position 7 ('acid')"),
        ("Xyz", "unparsable", "'Xyz'"),
        ("CC\ud800", "unparsable", "position 3"),
        ("InChI=1S/garbage", "unparsable", "'InChI=1S/garbage'"),
        ("CC\nCC", "unparsable", "no molblock"),
        ("CCO>>CC=O", "unparsable", "of a reaction"),
        ("CCO>[Na+]>CC=O", "unparsable", "of a reaction"),
        ("C->", "unparsable", "cannot be read"),
        ("x\n\n\n  1  0  broken V2000\nM  END", "unparsable", "counts, atom or bond lines"),
        ("CC(C)(C)(C)C", "invalid_chemistry", "atom # 1 C, 5, is greater than permitted"),
        ("c1cccc1", "invalid_chemistry", "kekulize"),
        (block("CCO").replace(" O ", " F "), "OK", ""),
        (block("C=C(C)C").replace("2  3  1", "2  3  3"), "invalid_chemistry", "atom # 1 C"),
        ("x\n\n\n  0  0  0  0  0  0  0  0  0  0999 V2000\nM  END\n", "empty", "no atoms"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(text: str, code: str, said: str) -> None:
    if code == "OK":
        assert parse_structure(text).smiles == "CCF"
        return
    error = refused(text)
    assert error.code == code
    assert said in str(error)


@pytest.mark.parametrize(
    ("atoms", "order", "extra", "said"),
    [
        ("CL", 1, "M  ALS   2  2 F N   O   \n", "atom 2 is a list of elements"),
        ("CN", 1, "M  ALS   2  2 T N   O   \n", "atom 2 is a list of elements"),
        ("CQ", 1, "", "atom 2 is a list of elements"),
        *((("CC"), order, "", "bond 1 has no order of its own") for order in (5, 6, 7, 8)),
    ],
)
def test_a_molblock_that_stands_for_several_molecules_is_none(atoms: str, order: int, extra: str, said: str) -> None:
    error = refused(drawn(list(atoms), order, extra))
    assert (error.code, said in str(error)) == ("unparsable", True)


@pytest.mark.parametrize(
    ("atoms", "order", "smiles"), [("CA", 1, "*C"), ("C*", 1, "*C"), (["Fe", "C"], 8, "[CH4]~[Fe]"), ("CR", 1, "*C")]
)
def test_any_atom_and_coordination_are_read(atoms: str, order: int, smiles: str) -> None:
    assert parse_structure(drawn(list(atoms), order)).smiles == smiles


def drawn(atoms: list[str], order: int, extra: str = "") -> str:
    """A molblock of two atoms and a bond between them."""
    lines = [f"    0.0000    0.0000    0.0000 {atom:<3} 0  0  0  0  0  0\n" for atom in atoms]
    return f"\n  x\n\n  2  1  0  0  0  0  0  0  0  0999 V2000\n{''.join(lines)}  1  2  {order}  0\n{extra}M  END\n"


def test_long_inputs_are_quoted_in_part_only() -> None:
    assert len(str(refused("Q" * 3999))) < 200


@pytest.mark.parametrize(
    "text",
    [
        "C" * 10_000,
        "C" * 3_999,
        "C1" * 1_999,
        "(" * 4_000,
        "C(" * 1_999,
        "InChI=1S/C" + "9" * 3_000,
        "InChI=1S/" + "C" * 3_000,
        block("C" * 650, v3000=True),
        block("CCO", v3000=True).replace("COUNTS 3", "COUNTS 2000000000"),
        "\nV2000\n" + "C" * 3_000_000,
        "c1ccccc1" * 400,
    ],
    ids=lambda text: f"{text[:12]!r}×{len(text)}",
)
@pytest.mark.timeout(20)  # what is not bounded takes RDKit minutes; the clock itself is not asserted on busy machines
def test_what_is_too_big_is_refused_fast(text: str) -> None:
    error = refused(text)
    assert error.code in ("too_long", "too_many_atoms", "too_many_rings", "unparsable")


def test_the_bounds_are_those_asked_for() -> None:
    limits = StructureLimits(max_characters=10, max_block_characters=100, max_atoms=3)
    assert parse_structure("CCO", limits).smiles == "CCO"
    assert refused("CCCC", limits).code == "too_many_atoms"
    assert refused("[CH3][CH2]O", limits).code == "too_long"
    assert refused(block("C"), limits).code == "too_long"
    assert refused("InChI=1S/X", StructureLimits(max_characters=9)).code == "too_long"


def test_an_error_keeps_its_code_across_processes() -> None:
    error = refused("CC(C")
    copy = pickle.loads(pickle.dumps(error))
    assert (copy.code, str(copy)) == (error.code, str(error))


SMILES_LIKE = st.text(alphabet="CNOFclnos[]()=#@+-/\\123%.HB *|", max_size=40)


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.text(max_size=60), SMILES_LIKE, SMILES_LIKE.map("InChI=1S/".__add__)))
@example("InChI=1S/\x00")
@example("\ud800\nV2000")
@example("[" + "9" * 500 + "C]")
def test_no_text_breaks_the_reader(text: str) -> None:
    try:
        molecule = parse_structure(text)
    except StructureError as error:
        assert str(error).endswith(".")
    else:
        assert isinstance(molecule, Molecule)
        assert 0 < molecule.mol.GetNumAtoms() <= 600
        again = Chem.MolFromSmiles(molecule.smiles)
        assert again is None or CalcMolFormula(again) == CalcMolFormula(molecule.mol)


BLOCKS = [block("C[C@H](N)C(=O)O"), block("C[C@H](N)C(=O)O", v3000=True)]


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(BLOCKS), st.integers(0, 600), st.integers(0, 8), st.text(max_size=8))
def test_no_damaged_molblock_breaks_the_reader(whole: str, start: int, length: int, inserted: str) -> None:
    try:
        assert parse_structure(whole[:start] + inserted + whole[start + length :]).smiles
    except StructureError as error:
        assert str(error)


def dense_block(atoms: int) -> str:
    """The head of a V3000 molblock of a complete graph; its counts alone must be reason enough to stop."""
    bonds = atoms * (atoms - 1) // 2
    return f"\n\n\n  0  0  0     0  0            999 V3000\nM  V30 BEGIN CTAB\nM  V30 COUNTS {atoms} {bonds} 0 0 0\n"


@pytest.mark.parametrize(
    "text",
    [
        dense_block(60),
        f"\n\n\n{60:3}{999:3}  0  0  0  0  0  0  0  0999 V2000\n",
        "C" + "".join(f"%{label:02}" for label in range(10, 99)) * 5 + "C",
        "InChI=1S/C60H2/c" + "-".join(["1-2-3-4-5"] * 60),
    ],
    ids=["V3000", "V2000", "smiles", "inchi"],
)
def test_structures_that_close_too_many_rings_never_reach_ring_perception(text: str) -> None:
    assert refused(text).code == "too_many_rings"


@pytest.mark.parametrize("atoms", [8, 12, 20])
@pytest.mark.parametrize("isolated", [0, 200])
def test_densely_connected_atoms_never_reach_ring_perception(atoms: int, isolated: int) -> None:
    """However they are written, and however many atoms beside them make the rings look few."""
    complete = [*combinations(range(atoms), 2)]
    numbers = "-".join(f"{one + 1}-{other + 1}" for one, other in complete)
    for text in (
        complete_graph(atoms) + ".C" * isolated,
        complete_graph(atoms, "[Fe]") + ".C" * isolated,
        molblock(atoms + isolated, complete),
        molblock(atoms + isolated, complete, v3000=True),
        f"InChI=1S/Fe{atoms}.{isolated or 1}CH4/c{numbers}",
    ):
        assert refused(text).code in ("too_complex", "too_many_rings")


def test_a_macrocycle_of_arenes_has_too_many_smallest_rings() -> None:
    """A ring of twenty has a million, on which ring perception took seconds and InChI the square of that."""
    smiles = f"C9{'c1ccc(cc1)' * 20}9"
    bonds = bonds_of(Chem.MolFromSmiles(smiles, sanitize=False))
    numbers = "-".join(f"{one + 1}-{other + 1}" for one, other in bonds)
    for text in (smiles, molblock(121, bonds), molblock(121, bonds, v3000=True), f"InChI=1S/C121H100/c{numbers}"):
        assert refused(text).code == "too_complex"
    assert parse_structure(f"C9{'c1ccc(cc1)' * 9}9").mol.GetNumAtoms() == 55


def test_rings_are_counted_whatever_else_is_there() -> None:
    grid = [
        (row * 20 + column, row * 20 + column + step) for row in range(19) for column in range(19) for step in (1, 20)
    ]
    limits = StructureLimits(max_paths=10**9)
    for text in (molblock(600, grid), molblock(600, grid, v3000=True)):
        assert refused(text, limits).code == "too_many_rings"
        assert refused(text.replace("600", "999"), limits).code == "too_many_atoms"


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        ("[C+999999999]", "invalid_chemistry", "position 1 has a charge of 999999999"),
        ("C[N-200]", "invalid_chemistry", "position 2 has a charge of 200; at most 15"),
        ("[C" + "+" * 20 + "]", "invalid_chemistry", "more than 15 charges"),
        ("[CH256]", "invalid_chemistry", "a number of hydrogens of 256"),
        ("[CH999999999]", "invalid_chemistry", "a number of hydrogens"),
        ("[*H12]", "invalid_chemistry", "a number of hydrogens of 12"),
        ("[#999]", "invalid_chemistry", "an atomic number of 999"),
        ("[#118][#119]", "invalid_chemistry", "position 7 has an atomic number of 119"),
        ("[999999C]", "invalid_chemistry", "an isotope of 999999"),
        ("*" + "(C)" * 128, "too_complex", "128 neighbours; at most 24"),
        ("InChI=1S/CH256", "unparsable", "as another molecule"),
        ("InChI=1S/CH4/p-200", "unparsable", "as another molecule"),
        ("InChI=1S/C/q+200", "unparsable", "InChI"),
        ("InChI=1S/C/q+257", "unparsable", "InChI"),
        ("InChI=1S/CH4/i1+999", "unparsable", "as another molecule"),
        (molblock(1, []).replace("M  END", "M  CHG  1   1 200\nM  END"), "invalid_chemistry", "CHG 200"),
        (molblock(1, [], v3000=True).replace(" 0 0 0 0", " 0 0 0 0 CHG=-200"), "invalid_chemistry", "CHG -200"),
        (molblock(1, [], v3000=True).replace(" 0 0 0 0", " 0 0 0 0 MASS=70000"), "invalid_chemistry", "MASS 70000"),
    ],
    ids=lambda text: text[:24],
)
def test_values_that_no_atom_has_are_no_other_molecule(text: str, code: str, said: str) -> None:
    error = refused(text)
    assert (error.code, said in str(error)) == (code, True), str(error)


@pytest.mark.parametrize(
    "smiles", ["[Fe+3]", "[Fe++]", "[13CH4]", "[#6]", "[CH3:101]", "[UH4]", "[Hg+2]", "[2H]", "[O--]"]
)
def test_values_that_atoms_have_are_read(smiles: str) -> None:
    assert parse_structure(smiles).mol.GetNumAtoms() == 1


def test_a_counts_line_that_cannot_be_read_is_named() -> None:
    assert "counts line" in str(refused("\n\n\nabcdef  0  0  0  0  0  0  0  0999 V2000\n"))
