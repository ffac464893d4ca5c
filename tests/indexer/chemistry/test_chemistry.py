"""What a service asks of its chemistry, and what it is told when a worker is lost."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from rdkit import Chem

from indexer.chemistry import Chemistry, Want
from indexer.chemistry.drawing import MOST_ATOMS, DrawingError
from indexer.search.substructure import MatchTime, MatchTimeoutError, PatternError, read_pattern
from model.inputs.features import Featurizer
from model.inputs.fingerprint import morgan_fingerprint
from model.inputs.structure import StructureError, StructureLimits, parse_structure
from model.inputs.vocabulary import Vocabulary
from tests.support.troublemakers import FatalChemist

CRASHES, HANGS, HOARDS = "[Uuo]", "[Uus]", "[Uup]"
ASPIRIN = "CC(=O)Oc1ccccc1C(=O)O"


@pytest.fixture(scope="module")
def chemistry() -> Iterator[Chemistry]:
    featurizer = Featurizer(None, Vocabulary(["eC>1", "eO>1", "eO>2"]))
    chemistry = Chemistry(StructureLimits(), {"": featurizer}, workers=1)
    yield chemistry
    chemistry.close()


def test_a_structure_comes_back_as_numbers(chemistry: Chemistry) -> None:
    read = chemistry.read("OC(=O)c1ccccc1OC(C)=O", want=Want.FEATURES | Want.FINGERPRINT | Want.INCHIKEY).result()
    molecule = parse_structure("OC(=O)c1ccccc1OC(C)=O")
    assert (read.smiles, read.inchikey) == (molecule.smiles, molecule.inchikey)
    assert read.fingerprint is not None and read.features is not None
    assert np.array_equal(read.fingerprint, morgan_fingerprint(molecule.mol))
    assert sorted(read.features.bag.tolist()) == [0, 1, 2]
    only = chemistry.read("CCO", want=Want.FINGERPRINT).result()
    assert only.properties is None
    properties = chemistry.read("OCC", want=Want.PROPERTIES).result().properties
    assert properties is not None and (properties.formula, round(properties.molecular_weight, 2)) == ("C2H6O", 46.07)
    assert (only.features, only.inchikey) == (None, None)


def test_inchi_is_not_asked_where_hundreds_of_atoms_are_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    """It takes a second for a prism of 300 atoms, whatever its limit. Chains, rings and cages have their key."""
    asked: list[int] = []
    made = Chem.MolToInchiKey

    def counted(mol: Chem.Mol, **options: str) -> str:
        asked.append(mol.GetNumAtoms())
        return str(made(mol, **options))

    monkeypatch.setattr(Chem, "MolToInchiKey", counted)
    here = Chemistry(StructureLimits(), {}, workers=0)

    def key(smiles: str) -> str | None:
        return here.read(smiles, want=Want.INCHIKEY).result().inchikey

    labels = "".join(f"C%({number})" for number in range(101, 250))
    assert key(f"C1%(100){labels}1.C2%(100){labels}2") == "" and not asked
    assert key("C1" + "C" * 300 + "1") and key("C1CC2CCC1C2" + "C1CC2CCC1C2" * 40) and key(".".join(["C1CC1"] * 100))
    assert len(asked) == 3


def test_a_structure_without_an_inchikey_in_time_is_read_all_the_same(chemistry: Chemistry) -> None:
    """A tree of 511 carbons takes InChI 130 ms; the largest molecules that there are, 11 ms."""
    tree = "C"
    for _ in range(7):
        tree = f"C({tree}){tree}"
    read = chemistry.read(f"C({tree}){tree}", want=Want.FINGERPRINT | Want.INCHIKEY).result()
    assert read.fingerprint is not None
    assert read.inchikey == ""
    peptide = "NCC(=O)" * 148 + "O"
    assert chemistry.read(peptide, want=Want.INCHIKEY).result().inchikey == parse_structure(peptide).inchikey


def test_structures_are_standardised_as_those_of_the_release(chemistry: Chemistry) -> None:
    salt = "CC(=O)[O-].[Na+]"
    assert chemistry.read(salt, "none").result().smiles == salt
    assert chemistry.read(salt, "parent").result().smiles == "CC(=O)O"


def test_errors_keep_their_codes(chemistry: Chemistry) -> None:
    with pytest.raises(StructureError, match="leaves 1 parenthesis open") as structure:
        chemistry.read("CC(").result()
    with pytest.raises(PatternError, match="cannot read") as pattern:
        chemistry.pattern("CC(").result()
    assert (structure.value.code, pattern.value.code) == ("unparsable", "unparsable")


def test_many_molecules_are_matched_in_parts(chemistry: Chemistry) -> None:
    time = MatchTime(60)
    found = chemistry.match(["CCO", "CCN", ASPIRIN] * 300, [read_pattern("O")], [read_pattern("a")], time)
    assert found == [True, False, False] * 300
    assert time.seconds < 60


def test_drawings_have_a_largest_molecule(chemistry: Chemistry) -> None:
    assert "<svg" in chemistry.draw(ASPIRIN, 200, 100).result()
    with pytest.raises(DrawingError, match=f"at most {MOST_ATOMS}"):
        chemistry.draw("C" * (MOST_ATOMS + 1), 200, 100).result()


@pytest.fixture
def fatal(monkeypatch: pytest.MonkeyPatch) -> Iterator[Chemistry]:
    monkeypatch.setattr("indexer.chemistry.chemistry.Chemist", FatalChemist)
    chemistry = Chemistry(StructureLimits(), {}, workers=1, read_seconds=2, draw_seconds=2)
    chemistry.start()
    yield chemistry
    chemistry.close()


def test_short_structures_do_not_wait_for_long_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("indexer.chemistry.chemistry.Chemist", FatalChemist)
    chemistry = Chemistry(StructureLimits(), {}, workers=2, read_seconds=120)
    try:
        endless = [chemistry.read(HANGS + "C" * 300) for _ in range(6)]
        assert [chemistry.read("OCC").result().smiles for _ in range(3)] == ["CCO"] * 3
        assert not any(future.done() for future in endless)
    finally:
        chemistry.close()


@pytest.mark.parametrize(
    ("smiles", "said"),
    [
        (CRASHES, "SIGABRT"),
        pytest.param(HANGS, "within 2 s", marks=pytest.mark.slow),  # six times, each twice
        (HOARDS, "MiB of memory"),
    ],
)
def test_who_loses_a_worker_is_told_that_it_was_too_complex(fatal: Chemistry, smiles: str, said: str) -> None:
    others = [fatal.read("CCO") for _ in range(5)]
    with pytest.raises(StructureError, match=said) as structure:
        fatal.read(smiles).result()
    with pytest.raises(PatternError, match=said) as pattern:
        fatal.pattern(smiles).result()
    with pytest.raises(DrawingError, match=said):
        fatal.draw(smiles, 200, 100).result()
    assert (structure.value.code, pattern.value.code) == ("too_complex", "too_complex")
    assert [other.result().smiles for other in others] == ["CCO"] * 5
    assert Chem.CanonSmiles(fatal.read("OCC").result().smiles) == "CCO"


def test_only_a_matcher_that_is_late_is_called_slow(fatal: Chemistry) -> None:
    """One that dies or runs out of memory is no slowness of the client's."""
    for smiles in (CRASHES, HOARDS):
        with pytest.raises(PatternError, match="too complex to be matched"):
            fatal.match([smiles], [read_pattern("C")], [], MatchTime(60))
    with pytest.raises(MatchTimeoutError):
        fatal.match([HANGS], [read_pattern("C")], [], MatchTime(1))
    assert fatal.match(["CC"], [read_pattern("C")], [], MatchTime(60)) == [True]
