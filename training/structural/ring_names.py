"""Rings and ring systems by their names.

A ring is written as SMILES; its atoms may carry others: a piperidinone has a piperidine ring, a penicillin a
beta-lactam. Aromatic heterocycles of one ring are found alone, not as parts of larger ones: quinoline has no pyridine.
"""

from __future__ import annotations

SEPARATE_RINGS = """
pyridine: c1ccncc1
pyrrole: c1cc[nH]c1
furan: c1ccoc1
thiophene: c1ccsc1
imidazole: c1c[nH]cn1
pyrazole: c1cn[nH]c1
oxazole: c1cocn1
isoxazole: c1cnoc1
thiazole: c1cscn1
isothiazole: c1cnsc1
1,2,3-triazole: c1c[nH]nn1
1,2,4-triazole: c1nc[nH]n1
tetrazole: c1nn[nH]n1
1,2,4-oxadiazole: c1ncon1
1,3,4-oxadiazole: c1nnco1
1,2,5-oxadiazole | furazan: c1cnon1
1,2,4-thiadiazole: c1ncsn1
1,3,4-thiadiazole: c1nncs1
pyrimidine: c1cncnc1
pyrazine: c1cnccn1
pyridazine: c1ccnnc1
1,3,5-triazine | triazine: c1ncncn1
1,2,4-triazine: c1cnncn1
2-pyranone | alpha-pyrone: O=c1cccco1
4-pyranone | gamma-pyrone: O=c1ccocc1
2-pyridone: O=c1cccc[nH]1
4-pyridone: O=c1cc[nH]cc1
uracil: O=c1cc[nH]c(=O)[nH]1
cytosine: Nc1cc[nH]c(=O)n1
"""
"""`name | another name: SMILES`, a ring a line. "Ring" is put behind names; all but names of groups read alone, too."""

RINGS = """
benzene | phenyl ring: c1ccccc1
indole: c1ccc2[nH]ccc2c1
isoindole: c1ccc2c[nH]cc2c1
indazole: c1ccc2[nH]ncc2c1
benzimidazole: c1ccc2[nH]cnc2c1
benzotriazole: c1ccc2[nH]nnc2c1
benzofuran: c1ccc2occc2c1
benzothiophene: c1ccc2sccc2c1
benzothiazole: c1ccc2scnc2c1
benzoxazole: c1ccc2ocnc2c1
indolizine: c1ccn2cccc2c1
azaindole: c1cnc2[nH]ccc2c1
imidazopyridine: c1ccn2ccnc2c1
quinoline: c1ccc2ncccc2c1
isoquinoline: c1ccc2cnccc2c1
quinazoline: c1ccc2ncncc2c1
quinoxaline: c1ccc2nccnc2c1
cinnoline: c1ccc2nnccc2c1
phthalazine: c1ccc2cnncc2c1
1,8-naphthyridine | naphthyridine: c1cnc2ncccc2c1
quinolone | 4-quinolone: O=c1cc[nH]c2ccccc12
purine: c1ncc2nc[nH]c2n1
adenine: Nc1ncnc2[nH]cnc12
guanine: Nc1nc2[nH]cnc2c(=O)[nH]1
xanthine: O=c1[nH]c(=O)c2[nH]cnc2[nH]1
hypoxanthine: O=c1[nH]cnc2[nH]cnc12
pteridine: c1cnc2ncncc2n1
naphthalene: c1ccc2ccccc2c1
azulene: c1cccc2cccc2c1
anthracene: c1ccc2cc3ccccc3cc2c1
phenanthrene: c1ccc2c(c1)ccc1ccccc12
pyrene: c1cc2ccc3cccc4ccc(c1)c2c34
fluorene: c1ccc2c(c1)Cc1ccccc1-2
carbazole: c1ccc2c(c1)[nH]c1ccccc12
beta-carboline: c1ccc2c(c1)[nH]c1cnccc12
dibenzofuran: c1ccc2c(c1)oc1ccccc12
acridine: c1ccc2nc3ccccc3cc2c1
phenazine: c1ccc2nc3ccccc3nc2c1
phenothiazine: c1ccc2c(c1)Nc1ccccc1S2
phenoxazine: c1ccc2c(c1)Nc1ccccc1O2
xanthene: c1ccc2c(c1)Cc1ccccc1O2
xanthone: O=c1c2ccccc2oc2ccccc12
acridone: O=c1c2ccccc2[nH]c2ccccc12
coumarin | chromen-2-one: O=c1ccc2ccccc2o1
isocoumarin: O=c1occc2ccccc12
chromone | chromen-4-one: O=c1ccoc2ccccc12
chromane: c1ccc2c(c1)CCCO2
chromene: C1=Cc2ccccc2OC1
chromanone: O=C1CCOc2ccccc21
indoline: c1ccc2c(c1)CCN2
oxindole: O=C1Cc2ccccc2N1
isatin: O=C1Nc2ccccc2C1=O
phthalimide: O=C1NC(=O)c2ccccc21
phthalide: O=C1OCc2ccccc21
indane: c1ccc2c(c1)CCC2
tetralin: c1ccc2c(c1)CCCC2
1,3-benzodioxole | methylenedioxyphenyl group: c1ccc2c(c1)OCO2
tetrahydroisoquinoline: c1ccc2c(c1)CCNC2
tetrahydroquinoline: c1ccc2c(c1)CCCN2
1,4-naphthoquinone | naphthoquinone: O=C1C=CC(=O)c2ccccc21
anthraquinone | 9,10-anthraquinone: O=C1c2ccccc2C(=O)c2ccccc21
1,4-benzoquinone | benzoquinone: O=C1C=CC(=O)C=C1
porphyrin: C1=Cc2cc3ccc(cc4nc(cc5ccc(cc1n2)[nH]5)C=C4)[nH]3
cyclopropane: C1CC1
cyclobutane: C1CCC1
cyclopentane: C1CCCC1
cyclohexane: C1CCCCC1
cycloheptane: C1CCCCCC1
cyclooctane: C1CCCCCCC1
cyclopentene: C1=CCCC1
cyclohexene: C1=CCCCC1
1,4-cyclohexadiene: C1=CCC=CC1
cyclohexenone: O=C1C=CCCC1
cyclopentenone: O=C1C=CCC1
cyclohexanone: O=C1CCCCC1
cyclopentanone: O=C1CCCC1
aziridine: C1CN1
azetidine: C1CNC1
pyrrolidine: C1CCNC1
piperidine: C1CCNCC1
azepane: C1CCCNCC1
piperazine: C1CNCCN1
imidazolidine: C1CNCN1
morpholine: C1COCCN1
thiomorpholine: C1CSCCN1
thiazolidine: C1CSCN1
oxazolidine: C1COCN1
epoxide | oxirane: C1CO1
oxetane: C1COC1
tetrahydrofuran | oxolane: C1CCOC1
tetrahydropyran | oxane: C1CCOCC1
1,3-dioxolane: C1COCO1
1,3-dioxane: C1COCOC1
1,4-dioxane: C1COCCO1
1,2,4-trioxane: C1COOCO1
tetrahydrothiophene | thiolane: C1CCSC1
1,2-dithiolane: C1CSSC1
beta-lactam | azetidin-2-one: O=C1CCN1
pyrrolidinone | gamma-lactam: O=C1CCCN1
piperidinone | delta-lactam: O=C1CCCCN1
gamma-butyrolactone | gamma-lactone: O=C1CCCO1
delta-valerolactone | delta-lactone: O=C1CCCCO1
butenolide: O=C1C=CCO1
succinimide: O=C1CCC(=O)N1
glutarimide: O=C1CCCC(=O)N1
maleimide: O=C1C=CC(=O)N1
hydantoin | imidazolidine-2,4-dione: O=C1CNC(=O)N1
thiazolidinedione: O=C1CSC(=O)N1
barbiturate ring | barbituric acid ring: O=C1CC(=O)NC(=O)N1
diketopiperazine | piperazine-2,5-dione: O=C1CNC(=O)CN1
1,4-dihydropyridine | dihydropyridine: C1=CNC=CC1
norbornane: C1CC2CCC1C2
adamantane | adamantyl group: C1C2CC3CC1CC(C2)C3
tropane: C1CC2CCC(C1)N2
quinuclidine: C1CN2CCC1CC2
pyrrolizidine: C1CC2CCCN2C1
quinolizidine: C1CCN2CCCCC2C1
indolizidine: C1CCN2CCCC2C1
decalin: C1CCC2CCCCC2C1
penam: O=C1CC2SCCN12
cephem: O=C1CC2SCC=CN12
"""
