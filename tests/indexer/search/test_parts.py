"""Each part is in the molecules that have it, and in none of those that people take for them."""

import pytest
from rdkit import Chem

from indexer.search.parts import PARTS, SYMBOLS, part_in_words, part_pattern

# One or more molecules with the part, and some without it that look like them.
EXAMPLES: dict[str, tuple[str, str]] = {
    "nitrogen": ("CCN", "CCO"),
    "oxygen": ("CCO", "CCN"),
    "sulfur": ("CCS", "CCO"),
    "phosphorus": ("CP(C)C", "CN(C)C"),
    "fluorine": ("CF", "CCl"),
    "chlorine": ("CCl [Na+].[Cl-]", "CBr"),
    "bromine": ("CBr", "CI"),
    "iodine": ("CI", "CBr"),
    "boron": ("OB(O)O", "OC(=O)O"),
    "silicon": ("C[Si](C)(C)C", "CC(C)(C)C"),
    "halogen": ("CF CBr", "CO"),
    "metal": ("[Na+].[Cl-] [Fe] C[Sn](C)(C)C [Pt+2] [SbH3]", "OB(O)O C[Si](C)(C)C C[As](C)C C[SeH] [He] [Te] CI"),
    "acetyl": ("CC(=O)OC CC(C)=O", "CCC(=O)OC"),
    "acid chloride": ("CC(=O)Cl", "CC(=O)CCl"),
    "acyl chloride": ("CC(=O)Cl", "CC(=O)CCl"),
    "aldehyde": ("CC=O C=O", "CC(C)=O CC(=O)O"),
    "alkene": ("C=C", "c1ccccc1"),
    "alkyne": ("C#C", "CC#N"),
    "amide": ("CC(N)=O CN(C)C=O", "CC(=O)O"),
    "amine": ("CN C[NH3+] CN(C)C Nc1ccccc1", "CC(N)=O CS(N)(=O)=O CC#N c1ccncc1 C[N+](=O)[O-] CNN"),
    "amino": ("CN C[NH3+]", "CC(N)=O C[N+](=O)[O-]"),
    "carbonyl": ("CC=O CC(N)=O", "CO"),
    "carboxylate": ("CC(=O)O CC(=O)[O-]", "CC(=O)OC"),
    "imine": ("CC=NC CC(C)=N", "CC=NO CC=NN CC#N"),
    "phosphonate": ("CP(=O)(O)O", "COP(=O)(O)O"),
    "sulfate": ("COS(=O)(=O)O [O-]S(=O)(=O)[O-]", "CS(=O)(=O)O"),
    "sulfonate": ("CS(=O)(=O)[O-] CS(=O)(=O)OC", "COS(=O)(=O)O CS(C)(=O)=O"),
    "anhydride": ("CC(=O)OC(C)=O", "CC(=O)OCC"),
    "azide": ("CN=[N+]=[N-] [N-]=[N+]=[N-]", "CN=NC"),
    "azo": ("c1ccccc1N=Nc1ccccc1", "CN=[N+]=[N-]"),
    "boronic acid": ("CB(O)O", "OB(O)O"),
    "carbamate": ("CNC(=O)OC", "CNC(=O)NC"),
    "carboxy": ("CC(=O)O CC(=O)[O-]", "CC(=O)OC"),
    "carboxylic acid": ("CC(=O)O CC(=O)[O-]", "CC(=O)OC"),
    "cyano": ("CC#N", "C#C"),
    "disulfide": ("CSSC", "CSC"),
    "epoxide": ("C1OC1", "C1COC1"),
    "ester": ("CC(=O)OC", "CC(=O)O CC(=O)NC"),
    "ether": ("COC COc1ccccc1", "CC(=O)OC CCO COS(C)(=O)=O"),
    "guanidine": ("NC(=N)N CN=C(N)N", "NC(=O)N"),
    "hydrazine": ("NN CNNC", "CC(=O)NN CC=NN"),
    "hydrazone": ("CC=NN", "CC=NO"),
    "hydroxy": ("CO", "COC"),
    "hydroxyl": ("CO", "COC"),
    "isocyanate": ("CN=C=O", "CC#N"),
    "isopropyl": ("CC(C)O", "CC(C)(C)O CCC"),
    "isothiocyanate": ("CN=C=S", "CSC#N"),
    "ketone": ("CC(C)=O", "CC=O CC(=O)OC"),
    "methoxy": ("COC", "CCOCC CO"),
    "nitrile": ("CC#N", "C#C"),
    "nitro": ("C[N+](=O)[O-]", "CN=O"),
    "oxime": ("CC=NO", "CNO"),
    "peroxide": ("OO COOC", "COC"),
    "phenol": ("Oc1ccccc1", "OCc1ccccc1"),
    "phosphate": ("OP(=O)(O)OC", "CP(=O)(O)O"),
    "primary amine": ("CN C[NH3+]", "CNC CC(N)=O"),
    "quaternary ammonium": ("C[N+](C)(C)C", "C[NH+](C)C"),
    "secondary amine": ("CNC", "CN CN(C)C CNC(C)=O"),
    "sulfonamide": ("CS(N)(=O)=O", "CS(C)(=O)=O"),
    "sulfone": ("CS(C)(=O)=O", "CS(C)=O CS(=O)(=O)O"),
    "sulfonic acid": ("CS(=O)(=O)O", "CS(=O)(=O)OC"),
    "sulfoxide": ("CS(C)=O C[S+](C)[O-]", "CS(C)(=O)=O"),
    "tert-butyl": ("CC(C)(C)C CC(C)(C)O", "CC(C)C"),
    "tertiary amine": ("CN(C)C", "CNC CN(C)C=O"),
    "thioether": ("CSC", "CS CSSC"),
    "thiol": ("CS", "CSC"),
    "trifluoromethyl": ("CC(F)(F)F FC(F)(F)c1ccccc1", "CC(F)F"),
    "urea": ("NC(N)=O", "CC(N)=O"),
    "aromatic": ("c1ccccc1 c1ccoc1", "C1CCCCC1"),
    "azetidine": ("C1CNC1", "C1CCNC1"),
    "aziridine": ("C1CN1", "C1CNC1"),
    "benzene": ("Cc1ccccc1", "c1ccncc1"),
    "benzimidazole": ("c1ccc2[nH]cnc2c1", "c1ccc2[nH]ccc2c1"),
    "benzofuran": ("c1ccc2occc2c1", "c1ccoc1"),
    "beta-lactam": ("O=C1CCN1", "O=C1CCCN1"),
    "carbazole": ("c1ccc2c(c1)[nH]c1ccccc12", "c1ccc2[nH]ccc2c1"),
    "coumarin": ("O=c1ccc2ccccc2o1", "O=c1cc(C)oc2ccccc12"),
    "cyclobutane": ("C1CCC1", "C1CCCC1"),
    "cyclohexane": ("C1CCCCC1", "c1ccccc1"),
    "cyclopentane": ("C1CCCC1", "C1CCC1"),
    "cyclopropane": ("C1CC1", "CCC"),
    "cyclopropyl": ("NC1CC1", "CCC"),
    "furan": ("c1ccoc1", "C1CCOC1"),
    "imidazole": ("c1c[nH]cn1 Cn1ccnc1", "c1cn[nH]c1"),
    "indole": ("c1ccc2[nH]ccc2c1 Cn1ccc2ccccc12", "c1cc[nH]c1"),
    "isoquinoline": ("c1ccc2cnccc2c1", "c1ccc2ncccc2c1"),
    "isoxazole": ("c1cnoc1", "c1cocn1"),
    "lactam": ("O=C1CCCN1", "CC(=O)N1CCCC1"),
    "lactone": ("O=C1CCCO1", "CC(=O)OC"),
    "morpholine": ("C1COCCN1", "C1CCNCC1"),
    "naphthalene": ("c1ccc2ccccc2c1", "c1ccccc1"),
    "oxazole": ("c1cocn1", "c1cnoc1"),
    "oxetane": ("C1COC1", "C1CO1"),
    "phenothiazine": ("c1ccc2c(c1)Nc1ccccc1S2", "c1ccc(Sc2ccccc2)cc1"),
    "phenyl": ("Cc1ccccc1", "CC1CCCCC1"),
    "piperazine": ("C1CNCCN1", "C1CCNCC1"),
    "piperidine": ("C1CCNCC1", "c1ccncc1"),
    "purine": ("c1ncc2nc[nH]c2n1 Cn1c(=O)c2c(ncn2C)n(C)c1=O", "c1cncnc1"),
    "pyrazine": ("c1cnccn1", "c1cncnc1"),
    "pyrazole": ("c1cn[nH]c1", "c1c[nH]cn1"),
    "pyridazine": ("c1ccnnc1", "c1cncnc1"),
    "pyridine": ("c1ccncc1", "c1ccccc1 C1CCNCC1"),
    "pyrimidine": ("c1cncnc1", "c1cnccn1"),
    "pyrrole": ("c1cc[nH]c1", "c1ccoc1"),
    "pyrrolidine": ("C1CCNC1", "c1cc[nH]c1"),
    "quinoline": ("c1ccc2ncccc2c1", "c1ccc2cnccc2c1"),
    "steroid": ("C1CCC2C(C1)CCC1C2CCC2CCCC12", "C1CCC2CCCCC2C1"),
    "tetrahydrofuran": ("C1CCOC1", "c1ccoc1"),
    "tetrazole": ("c1nnn[nH]1 c1nn[nH]n1", "c1nnc[nH]1"),
    "thiazole": ("c1cscn1", "c1ccsc1"),
    "thiophene": ("c1ccsc1", "C1CCSC1"),
    "triazole": ("c1nc[nH]n1 c1cn[nH]n1", "c1nnn[nH]1 c1c[nH]cn1"),
}


def test_every_part_has_examples() -> None:
    assert EXAMPLES.keys() | SYMBOLS.keys() == PARTS.keys()


@pytest.mark.parametrize("element", SYMBOLS)
def test_an_element_is_the_one_that_is_called_so(element: str) -> None:
    table = Chem.GetPeriodicTable()
    pattern = Chem.MolFromSmarts(part_pattern(element).smarts)
    for symbol in SYMBOLS[element]:
        assert element in {"halogen", table.GetElementName(table.GetAtomicNumber(symbol)).lower()} or symbol == "Al"
        assert Chem.MolFromSmiles(f"[{symbol}]").HasSubstructMatch(pattern)
    assert not Chem.MolFromSmiles("[Xe]").HasSubstructMatch(pattern)


@pytest.mark.parametrize("part", EXAMPLES)
def test_a_part_is_where_it_is_and_nowhere_else(part: str) -> None:
    pattern = Chem.MolFromSmarts(part_pattern(part).smarts)
    having, lacking = (each.split() for each in EXAMPLES[part])
    assert [smiles for smiles in having if not Chem.MolFromSmiles(smiles).HasSubstructMatch(pattern)] == []
    assert [smiles for smiles in lacking if Chem.MolFromSmiles(smiles).HasSubstructMatch(pattern)] == []


@pytest.mark.parametrize(
    ("part", "said"),
    [("nitro", "nitro group"), ("pyridine", "pyridine ring"), ("ketone", "ketone"), ("phenyl", "phenyl group")],
)
def test_a_part_is_said_as_chemists_say_it(part: str, said: str) -> None:
    assert part_in_words(part) == said
