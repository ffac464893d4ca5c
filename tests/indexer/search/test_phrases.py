"""Phrases become filters where they can be read with certainty, and stay where they cannot."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rdkit import Chem

from indexer.engines.base import Bounds
from indexer.search.phrases import read_phrases


@pytest.mark.parametrize(
    ("text", "rest", "ranges"),
    [
        ("kinase inhibitor with molecular weight below 300", "kinase inhibitor", {"molecular_weight": (None, 300)}),
        ("sugar, MW between 200 and 400 g/mol", "sugar", {"molecular_weight": (200, 400)}),
        ("drug with logP under 3.5", "drug", {"logp": (None, 3.5)}),
        ("drug with a log P of at least 2", "drug", {"logp": (2, None)}),
        ("polar surface area ≤ 90 Å2, antiviral", "antiviral", {"tpsa": (None, 90)}),
        ("a terpene with two rings", "a terpene", {"rings": (2, 2)}),
        ("terpene having more than 2 rings", "terpene", {"rings": (3, None)}),
        ("alkaloid with fewer than three hydrogen-bond donors", "alkaloid", {"hbd": (None, 2)}),
        ("acid with no rings", "acid", {"rings": (None, 0)}),
        ("MW between 100 and 150 and no rings", "", {"molecular_weight": (100, 150), "rings": (None, 0)}),
        ("no ring", "", {"rings": (None, 0)}),
        ("drug without hydrogen bond donors", "drug", {"hbd": (None, 0)}),
        ("terpene, rotatable bonds <= 3", "terpene", {"rotatable_bonds": (None, 3)}),
        ("between two and four rings", "", {"rings": (2, 4)}),
        ("terpenes with 2 to 4 rings", "terpenes", {"rings": (2, 4)}),
        ("terpenes with 2 or 3 rings", "terpenes", {"rings": (2, 3)}),
        ("two or more rings", "", {"rings": (2, None)}),
        ("3 rings or fewer", "", {"rings": (None, 3)}),
        ("2+ rings", "", {"rings": (2, None)}),
        ("a single ring", "", {"rings": (1, 1)}),
        ("logP > 3 and < 4", "", {"logp": (3, 4)}),
        ("drug with logP between -2 and 0", "drug", {"logp": (-2, 0)}),
        ("logP < -1", "", {"logp": (None, -1)}),
        ("logP of 2 or less", "", {"logp": (None, 2)}),
        ("300 < MW < 320", "", {"molecular_weight": (300, 320)}),
        ("300 ≤ MW ≤ 320", "", {"molecular_weight": (300, 320)}),
        ("molecular weight over 300 but under 320", "", {"molecular_weight": (300, 320)}),
        ("molecular weight below three hundred", "", {"molecular_weight": (None, 300)}),
        ("peptide, MW > 1 kDa", "peptide", {"molecular_weight": (1000, None)}),
        ("molecular weight above 1,000", "", {"molecular_weight": (1000, None)}),
        ("MW above 1 000", "", {"molecular_weight": (1000, None)}),
        ("MW not above 200", "", {"molecular_weight": (None, 200)}),
        ("MW does not exceed 200", "", {"molecular_weight": (None, 200)}),
        ("tpsa < 60 and more than two rings", "", {"tpsa": (None, 60), "rings": (3, None)}),
        ("ester, at most 3 rotatable bonds, over 9 heavy atoms", "ester",
         {"rotatable_bonds": (None, 3), "heavy_atoms": (10, None)}),
        ("molar mass over 200 and molar mass under 500", "", {"molecular_weight": (200, 500)}),
    ],
)  # fmt: skip
def test_bounds(text: str, rest: str, ranges: dict[str, Bounds]) -> None:
    found = read_phrases(text)
    assert found.text == rest
    assert dict(found.filter.ranges) == ranges
    assert len(found.understood) >= len(ranges)


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("acid " + "MW < 300 " * 160, "acid"),  # took seconds, in which nobody else was answered
        ("with " * 290 + "MW < 300", ""),
        ("terpene " + "and with " * 8 + "a MW < 300", "terpene"),
        ("acid " + "and " * 360 + "MW < 300", "acid"),
    ],
)
@pytest.mark.timeout(2)
def test_rows_of_what_leads_to_an_amount_are_read_once(text: str, rest: str) -> None:
    found = read_phrases(text)
    assert found.text == rest
    assert dict(found.filter.ranges) == {"molecular_weight": (None, 300)}


@pytest.mark.parametrize(
    ("text", "rest", "has_it", "lacks_it"),
    [
        ("an alkaloid without nitrogen", "an alkaloid", "CCN", "CCO"),
        ("diuretic containing no sulphur", "diuretic", "CCS", "CCO"),
        ("halogen-free insecticide", "insecticide", "CCBr", "CCO"),
        ("immunosuppressant that is not a steroid", "immunosuppressant", "C1CCC2C(C1)CCC1C2CCC2CCCC12", "CCO"),
        ("a solvent and no nitrogen", "a solvent", "CCN", "CCO"),
        ("no halogens, a solvent", "a solvent", "CCBr", "CCO"),
        ("hormone that is not a steroid", "hormone", "C[C@]12CC[C@H]3[C@@H](CCc4cc(O)ccc43)[C@@H]1CC[C@@H]2O", "CCO"),
        ("a solvent that doesn't contain chlorine", "a solvent", "CCl", "CO"),
        ("a solvent that must not contain chlorine", "a solvent", "CCl", "CO"),
        ("a solvent that can't contain chlorine", "a solvent", "CCl", "CO"),
        ("a solvent that doesn’t have a nitro group", "a solvent", "C[N+](=O)[O-]", "CN"),
        ("a solvent not having chlorine", "a solvent", "CCl", "CO"),
        ("non-halogenated solvent", "solvent", "CCl", "CO"),
        ("solvents, not chlorinated", "solvents", "CCl", "CO"),
        ("non-nitrogen-containing base", "base", "CN", "CO"),
        ("a drug without lactones", "a drug", "O=c1ccc2ccccc2o1", "CCOC(C)=O"),
        ("antibiotic that is not a β-lactam", "antibiotic", "CC1C(=O)NC1", "O=C1CCCN1"),
        ("a base that lacks nitrogen", "a base", "CCN", "CCO"),
        ("bases which lack nitrogen", "bases", "CCN", "CCO"),
        ("a base devoid of nitrogen", "a base", "CCN", "CCO"),
        ("a base that is free from nitrogen", "a base", "CCN", "CCO"),
        ("a base missing the nitrogen", "a base", "CCN", "CCO"),
        ("an insecticide, halogen free", "an insecticide", "CCBr", "CCO"),
        ("a diuretic lacking a carboxylic acid", "a diuretic", "CC(=O)O", "CC(=O)OC"),
        ("azo dye without sulfonate", "azo dye", "CS(=O)(=O)[O-]", "CS(C)(=O)=O"),
        ("painkiller that is not an amine", "painkiller", "CN", "CO"),
        ("solvents other than ketones", "solvents", "CC(C)=O", "CCOC(C)=O"),
        ("non-aromatic solvent", "solvent", "c1ccccc1", "C1CCCCC1"),
        ("not aromatic", "", "c1ccccc1", "C1CCCCC1"),
    ],
)  # fmt: skip
def test_what_must_not_be_there(text: str, rest: str, has_it: str, lacks_it: str) -> None:
    found = read_phrases(text)
    assert found.text == rest
    (pattern,) = found.filter.lacks
    query = Chem.MolFromSmarts(pattern.smarts)
    assert Chem.MolFromSmiles(has_it).HasSubstructMatch(query)
    assert not Chem.MolFromSmiles(lacks_it).HasSubstructMatch(query)
    assert found.understood


@pytest.mark.parametrize(
    ("text", "rest", "has_it", "lacks_it"),
    [
        ("compounds containing fluorine", "compounds", "CCF", "CCl"),
        ("contains bromine", "", "CBr", "CCl"),
        ("sulphur-containing amino acid", "amino acid", "CS", "CO"),
        ("sulphur containing amino acid", "amino acid", "CS", "CO"),
        ("an amino acid containing a thiol", "an amino acid", "CCS", "CSC"),
        ("drugs that have a nitro group", "drugs", "C[N+](=O)[O-]", "CN"),
        ("chlorinated solvent", "solvent", "CCl", "CO"),
        ("drug with nitrogen or sulphur", "drug", "CCS", "CCO"),
        ("drug containing fluorine, chlorine or bromine", "drug", "CCBr", "CCI"),
        ("drug with a ketone or an ester", "drug", "CC(=O)OC", "CC=O"),
    ],
)
def test_what_must_be_there(text: str, rest: str, has_it: str, lacks_it: str) -> None:
    found = read_phrases(text)
    assert found.text == rest
    (pattern,) = found.filter.has
    query = Chem.MolFromSmarts(pattern.smarts)
    assert Chem.MolFromSmiles(has_it).HasSubstructMatch(query)
    assert not Chem.MolFromSmiles(lacks_it).HasSubstructMatch(query)
    assert found.understood[0].startswith("has ")


def test_a_list_lacks_each_of_its_parts() -> None:
    found = read_phrases("a base without nitrogen, oxygen or sulfur")
    assert found.understood == ("no nitrogen", "no oxygen", "no sulfur")
    assert len(found.filter.lacks) == 3


@pytest.mark.parametrize(
    "text",
    [
        "non-steroidal anti-inflammatory drug",
        "grows without nitrogen fixation",
        "and no nitrogen fixation",
        "shows no ketone in urine",
        "makes no ester",
        "two aromatic rings",
        "two rings fused to a lactone",
        "five-membered rings",
        "2-ring closure",
        "molecular weight",
        "a steroid",
        "not a drug",
        "reacts with bromine",
        "an alkene that can be chlorinated",
        "may contain nitrogen",
        "contains nitrogen and sulfur or oxygen",
        "without two rings",
        "not two rings",
        "does not have two rings",
        "no three rings",
        "lacks two rings",
        "devoid of two rings",
        "oxygen free radical scavenger",
        "lack of oxygen supply",
        "drug without two chlorine atoms",
        "two rings or a ketone",
        "MW below 300 or logP above 5",
        "molecular weight below 3e2",
        "MW below 300 mg",
        "fatty acid with 16 or 18 carbons",
        "solvent that is not benzene",
        "not an amide and a chlorine",
        "containing a hydroxy group at position 3",
        "containing chlorine dioxide",
        "It is a carboxylic acid that has some use as a flavouring agent in food, containing nitrogen and sulfur.",
        "weighs below 300",
        "",
        "It has a role as a plant metabolite.",
    ],
)
def test_what_cannot_be_read_stays(text: str) -> None:
    found = read_phrases(text)
    assert (found.text, bool(found.filter), found.understood) == (text, False, ())


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("painkiller, not an opioid", "painkiller"),
        ("non-opioid painkillers", "painkillers"),
        ("analgesics that are not opioids", "analgesics"),
        ("analgesic other than an opioid", "analgesic"),
        ("painkiller without opioids", "painkiller"),
        ("opioid-free painkiller", "painkiller"),
        ("painkiller that is no opioid", "painkiller"),
    ],
)
def test_a_tag_of_the_corpus_can_be_denied(text: str, rest: str) -> None:
    found = read_phrases(text, {"opioid": "opioids"})
    assert (found.text, found.filter.tags.none) == (rest, ("opioids",))
    assert found.understood == ("not tagged “opioids”",)
    assert read_phrases(text, {"dye": "dye"}).filter.tags.none == ()


@pytest.mark.parametrize("text", ["a dye and a poison", "both a dye and a poison", "a dye that is also a poison"])
def test_two_tags_can_be_asked_for(text: str) -> None:
    found = read_phrases(text, {"dye": "dye", "poison": "poison"})
    assert (found.text, found.filter.tags.all) == ("", ("dye", "poison"))
    assert not read_phrases(text, {"dye": "dye"}).understood


@pytest.mark.parametrize("text", ["a gold drug", "gold compounds", "gold salts", "gold complexes"])
def test_an_element_may_stand_before_what_is_made_of_it(text: str) -> None:
    assert read_phrases(text).understood == ("has gold",)
    assert not read_phrases(text.replace("gold", "lead")).understood


def test_what_is_called_so_is_no_denied_tag() -> None:
    assert not read_phrases("sugar-free gum", {"sugar": "sugar"}).understood
    assert read_phrases("sugar-free sweets", {"sugar": "sugar"}).filter.tags.none == ("sugar",)


@pytest.mark.parametrize(
    "text", ["dye that is not azo", "non-azo dye", "dye that is not an azo compound", "dye, not an azo dye"]
)
def test_a_group_can_be_denied_as_a_kind(text: str) -> None:
    found = read_phrases(text)
    assert (found.text, found.understood) == ("dye", ("no azo group",))


@given(st.text(max_size=200))
def test_any_text_is_read(text: str) -> None:
    found = read_phrases(text)
    assert found.understood or found.text == text
    read_phrases("with no more than " * 500 + "without nitrogen, " * 100)


@pytest.mark.parametrize(
    ("text", "ranges"),
    [
        ("molecular weight 300-350", {"molecular_weight": (300, 350)}),
        ("logP 1 to 2", {"logp": (1, 2)}),
        ("heavier than 800", {"molecular_weight": (800, None)}),
        ("not heavier than 100", {"molecular_weight": (None, 100)}),
        ("drugs under 300 Da", {"molecular_weight": (None, 300)}),
        ("two-ring compound", {"rings": (2, 2)}),
        ("drugs lighter than 150 g/mol", {"molecular_weight": (None, 150)}),
        ("positively charged molecules", {"formal_charge": (1, None)}),
        ("negatively charged", {"formal_charge": (None, -1)}),
        ("not positively charged", {}),
        ("a positively charged nitrogen", {}),
        ("heavier than 5 kg", {}),
        ("logP 1 and 2 rings", {"rings": (2, 2)}),
    ],
)
def test_ranges_weights_and_charges(text: str, ranges: dict[str, tuple[float | None, float | None]]) -> None:
    assert dict(read_phrases(text).filter.ranges) == ranges


@pytest.mark.parametrize(
    ("text", "has", "lacks"),
    [
        ("steroid with a fluorine", ["has fluorine", "has steroid"], []),
        ("pyridines  with a nitrile", ["has nitrile", "has pyridine ring"], []),
        ("acid with a ketone", ["has ketone"], []),
        ("contains a trifluoromethyl group", ["has trifluoromethyl group"], []),
        ("drug with a ketone or an ester", ["has ketone or ester"], []),
        ("a drug with a sulfonamide and a chlorine atom", ["has sulfonamide", "has chlorine"], []),
        ("a sulfonamide and a chlorine atom", [], []),
        ("treated with iodine", [], []),
        ("with a chlorine or a bromine", ["has chlorine or bromine"], []),
        ("drug with fluorine and chlorine", ["has fluorine", "has chlorine"], []),
        ("drug without halogens except fluorine", [], ["no chlorine", "no bromine", "no iodine"]),
        ("with an iodine donor", [], []),
        ("without a nitro group and a chlorine", [], ["no nitro group", "no chlorine"]),
        ("not an amide and a chlorine", [], []),
    ],
)
def test_an_element_with_an_article_is_in_the_molecule(text: str, has: list[str], lacks: list[str]) -> None:
    assert list(read_phrases(text).understood) == [*lacks, *has]


@pytest.mark.parametrize("part", ["nitro groups", "pyridine rings", "nitrogen atoms", "carboxylic acid groups"])
def test_a_long_list_is_read_in_one_way(part: str) -> None:
    """Two ways to read each part were 2 ** 60 ways to read the list."""
    parts = ", ".join([part] * 60)
    assert len(read_phrases(f"dye without {parts}").understood) == 60
    assert len(read_phrases(f"dye without {parts} zzz").understood) == 59  # what the last one is of stays in the text


@pytest.mark.parametrize(
    ("text", "rest", "bounds"),
    [
        ("compound with molecular weight 180.16", "compound", (180.15, 180.17)),
        ("mass 194.08", "", (193.58, 194.58)),  # caffeine: 194.19, and 194.08 monoisotopic
        ("MW 194", "", (193.5, 194.5)),
        ("a solvent that weighs 46 g/mol", "a solvent", (45.5, 46.5)),
        ("kinase inhibitor, MW of about 300", "kinase inhibitor", (285, 315)),
        ("molecular weight around 300 kinase inhibitor", "kinase inhibitor", (285, 315)),
    ],
)
def test_a_weight(text: str, rest: str, bounds: Bounds) -> None:
    found = read_phrases(text)
    assert found.text == rest
    assert dict(found.filter.ranges) == {"molecular_weight": pytest.approx(bounds)}


@pytest.mark.parametrize("text", ["mass 180.0423", "exact mass of 180.0423 acid", "accurate mass = 180.0423 Da"])
def test_three_decimals_are_a_monoisotopic_mass(text: str) -> None:
    found = read_phrases(text).filter
    assert found.mass == pytest.approx((180.0414, 180.0432), abs=1e-4)  # 5 ppm
    assert not found.ranges


@pytest.mark.parametrize("text", ["mass 20 kDa protein", "mass of 5 mg", "mass 20%", "a mass spectrum", "weighs a lot"])
def test_what_is_no_molecular_weight(text: str) -> None:
    assert read_phrases(text).text == text


@pytest.mark.parametrize(
    ("text", "rest", "formula"),
    [
        ("C18:2 fatty acid", "fatty acid", "C18H32O2"),
        ("22:6 n-3 fatty acids", "n-3 fatty acids", "C22H32O2"),
        ("FA 18:1", "", "C18H34O2"),
        ("FA(16:0)", "", "C16H32O2"),
    ],
)
def test_fatty_acids_by_carbons_and_double_bonds(text: str, rest: str, formula: str) -> None:
    found = read_phrases(text)
    assert found.text == rest
    assert found.filter.formulas == (formula, formula.replace("H34", "H33").replace("H32", "H31") + "-")
    assert Chem.MolFromSmiles("CCCC(=O)O").HasSubstructMatch(Chem.MolFromSmarts(found.filter.has[0].smarts))


@pytest.mark.parametrize("text", ["carbons 18:2", "at 10:30", "ratio 1:1 of acids", "1:9 fatty acid"])
def test_what_is_no_fatty_acid(text: str) -> None:
    assert read_phrases(text).filter.formulas == ()


@pytest.mark.parametrize(
    ("text", "rest", "atoms"),
    [
        ("dicarboxylic acids with 4 carbons", "dicarboxylic acids", [(("C",), (4, 4))]),
        ("alkanes with more than seven carbon atoms", "alkanes", [(("C",), (8, None))]),
        ("C10 alkane", "alkane", [(("C",), (10, 10))]),
        ("drug with three fluorines and at most 2 nitrogens", "drug", [(("F",), (3, 3)), (("N",), (None, 2))]),
        ("solvent with two halogens", "solvent", [(("F", "Cl", "Br", "I"), (2, 2))]),
        ("drug with 1 to 3 chlorines", "drug", [(("Cl",), (1, 3))]),
        ("drug with one or two fluorine atoms", "drug", [(("F",), (1, 2))]),
        ("C10-C12 alkanes", "alkanes", [(("C",), (10, 12))]),
        ("eight-carbon alkane", "alkane", [(("C",), (8, 8))]),
        ("aldehyde with one carbon", "aldehyde", [(("C",), (1, 1))]),
    ],
)
def test_atoms_that_are_counted(text: str, rest: str, atoms: list[tuple[tuple[str, ...], Bounds]]) -> None:
    found = read_phrases(text)
    assert found.text == rest
    assert sorted(found.filter.atoms) == sorted(atoms)


@pytest.mark.parametrize(
    "text",
    [
        "acid with a chain of 16 carbons",
        "18 carbon chain ester",
        "oxygen at carbon 3",
        "C-glycoside",
        "C18 column",
    ],
)
def test_atoms_that_are_not_counted(text: str) -> None:
    assert read_phrases(text).filter.atoms == ()


@pytest.mark.parametrize(
    ("text", "has"),
    [
        ("oxidants with chromium", True),
        ("treated with iodine", False),
        ("labeled with lead", False),
        ("base with tin", True),
    ],
)
def test_an_element_without_an_article(text: str, has: bool) -> None:
    assert bool(read_phrases(text).filter.has) is has


@pytest.mark.parametrize(
    ("text", "rest", "rows"),
    [
        ("anticoagulant that is not warfarin", "anticoagulant", (1,)),
        ("statins except simvastatin", "statins", (2,)),
        ("xanthines, not caffeine or warfarin", "xanthines", (1, 3)),
        ("herbicides other than 2,4-D", "herbicides", (4,)),
        ("anything but caffeine", "anything", (3,)),
        ("statins but not the new ones", "statins but not the new ones", ()),
    ],
)
def test_molecules_that_are_not_asked_for(text: str, rest: str, rows: tuple[int, ...]) -> None:
    called = {"warfarin": 1, "simvastatin": 2, "caffeine": 3, "2,4-d": 4}
    found = read_phrases(text, named=lambda name: [called[name]] if name in called else [])
    assert (found.text, found.filter.without) == (rest, rows)


@pytest.mark.parametrize(
    ("text", "rest", "bounded"),
    [
        ("drug-like kinase inhibitors", "kinase inhibitors", {"molecular_weight", "logp", "hbd", "hba"}),
        ("kinase inhibitors that obey Lipinski's rule of five", "kinase inhibitors",
         {"molecular_weight", "logp", "hbd", "hba"}),
        ("rule of 5 compliant antibiotics", "antibiotics", {"molecular_weight", "logp", "hbd", "hba"}),
        ("fragment-like amides", "amides", {"molecular_weight", "logp", "hbd", "hba"}),
        ("lead-like heterocycles", "heterocycles", {"molecular_weight", "logp"}),
        ("antidepressants following Veber's rules", "antidepressants", {"rotatable_bonds", "tpsa"}),
        ("macrocycles beyond rule of five", "macrocycles beyond rule of five", set()),
        ("drugs that violate Lipinski", "drugs that violate Lipinski", set()),
        ("a steroid-like molecule", "a steroid-like molecule", set()),
    ],
)  # fmt: skip
def test_rules_of_thumb(text: str, rest: str, bounded: set[str]) -> None:
    found = read_phrases(text)
    assert found.text == rest
    assert set(dict(found.filter.ranges)) == bounded
    assert len(found.understood) == bool(bounded)
