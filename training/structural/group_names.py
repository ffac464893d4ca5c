"""Functional groups and scaffolds by their names, as SMARTS (Daylight's language, as RDKit reads it).

What chemists say is wide: an alcohol in this table is any hydroxy group on a saturated carbon, of whatever degree, and
beside it stand the degrees. A carboxylate counts as no carboxylic acid, an ester as no ether, an amide as no amine.
"""

from __future__ import annotations

_GROUPS = r"""
carboxylic acid | carboxy group | free acid: [CX3](=O)[OX2H1]
carboxylate | carboxylate group: [CX3](=O)[O-]
ester | ester group: [#6][CX3](=O)[OX2][#6]
methyl ester: [#6][CX3](=O)[OX2][CH3]
ethyl ester: [#6][CX3](=O)[OX2][CH2][CH3]
lactone: [#6][CX3;R](=O)[OX2;R][#6]
acetate | acetoxy group | acetate ester: [CH3]C(=O)O[#6]
amide | carboxamide | amide bond: [#6,#1][CX3](=O)[NX3]
primary amide | carbamoyl group: [#6][CX3](=O)[NX3H2]
lactam: [#6][CX3;R](=O)[NX3;R]
acetamide | acetylamino group: [CH3]C(=O)[NX3]
imide: [CX3](=O)[NX3][CX3](=O)
urea: [NX3][CX3](=O)[NX3]
carbamate: [NX3][CX3](=O)[OX2][#6]
carbonate ester | carbonate: [#6]O[CX3](=O)O[#6]
acid anhydride: [CX3](=O)O[CX3](=O)
acyl chloride: [CX3](=O)Cl
aldehyde | formyl group: [#6][CX3H1]=O
ketone | oxo group on carbon: [#6][CX3](=O)[#6]
acetyl group | methyl ketone: [CH3]C(=O)[#6]
enone | alpha,beta-unsaturated ketone: [#6][CX3](=O)[CX3;!a]=[CX3;!a]
hydroxy group: [OX2H][#6;!$(C=O)]
phenol | phenolic hydroxy group: [OX2H]c
alcohol | alcoholic hydroxy group: [OX2H][CX4]
primary alcohol | hydroxymethyl group: [OX2H][CX4H2]
secondary alcohol: [OX2H][CX4H1]
tertiary alcohol: [OX2H][CX4H0]
catechol: [OX2H]c:c[OX2H]
enol: [OX2H][CX3]=[CX3]
ether | ether bond: [#6;!$(C=O)][OX2;!r3][#6;!$(C=O)]
aryl ether: c[OX2][#6;!$(C=O)]
diaryl ether | diphenyl ether: c[OX2]c
methoxy group: [CH3][OX2H0;!$(OC=O)]
ethoxy group: [CH3][CH2][OX2H0;!$(OC=O)]
acetal: [CX4]([OX2][#6])[OX2][#6]
glycoside | glycosidic bond: [OX2;R][CX4;R]([#6])[OX2;!R][#6]
peroxide | peroxy bridge: [OX2][OX2]
hydroperoxide: [OX2][OX2H]
amine | amino group: [NX3;$(N-[#6]);!$(N-[C,S,P]=[O,S,N]);!$(N-[N,O]);!$(N-C#N)]
primary amine: [NX3H2][CX4]
secondary amine: [NX3H1]([CX4])[CX4]
tertiary amine: [NX3H0]([CX4])([CX4])[CX4]
dimethylamino group: [NX3H0]([CH3])([CH3])[#6;!$(C=[O,S])]
aniline | aromatic amine | arylamine: [NX3;$(N-c);!$(N-[C,S,P]=[O,S,N]);!$(N-[N,O])]
ammonium group | protonated amine: [NX4+]
quaternary ammonium | quaternary ammonium group | quaternary nitrogen: [NX4+]([#6])([#6])([#6])[#6]
pyridinium | pyridinium ring: c1cc[n+;X3;!$(*[O-])]cc1
nitro group: [NX3+](=O)[O-]
nitroso group: [#6,#7][NX2]=O
N-oxide | amine oxide: [#7+;!$([N+](=O))][O-]
nitrile | cyano group: C#N
isocyanate: N=C=O
isothiocyanate: N=C=S
azo group | azo bond: [#6]N=N[#6]
azide | azido group: N=[N+]=[N-]
diazo group: C=[N+]=[N-]
hydrazine: [NX3;!$(N-C=O)][NX3;!$(N-C=O)]
hydrazide: [CX3](=O)[NX3][NX3]
hydrazone: [CX3]=[NX2][NX3]
oxime: [CX3]=[NX2][OX2]
hydroxylamine: [NX3;!$(N-C=O)][OX2H]
hydroxamic acid: [CX3](=O)[NX3][OX2H]
imine | Schiff base: [#6][CX3;!R]=[NX2;!R][#6]
amidine: [#6][CX3](=[NX2])[NX3]
guanidine | guanidino group: [NX3][CX3](=[NX2,NX3+])[NX3]
thiol | mercapto group | sulfhydryl group: [SX2H]
thioether | sulfide bridge: [#6][SX2][#6]
methylthio group: [CH3][SX2][#6]
disulfide | disulfide bond: [#6][SX2][SX2][#6]
sulfoxide: [#6][SX3](=O)[#6]
sulfone | sulfonyl group between carbons: [#6][SX4](=O)(=O)[#6]
sulfonamide: [#6][SX4](=O)(=O)[NX3]
sulfonic acid | sulfo group: [#6][SX4](=O)(=O)[OX2H]
sulfonate: [#6][SX4](=O)(=O)[O-]
sulfate ester | sulfate group: [#6]O[SX4](=O)(=O)[O-,OX2H]
sulfonylurea: [SX4](=O)(=O)[NX3][CX3](=O)[NX3]
thioamide: [#6][CX3](=S)[NX3]
thiourea: [NX3][CX3](=S)[NX3]
thioester: [#6][CX3](=O)[SX2][#6]
phosphate | phosphate group: [#6]O[PX4](=O)([O-,OX2])[O-,OX2]
phosphate diester | phosphodiester: [#6]O[PX4](=O)([O-,OX2H])O[#6]
diphosphate | pyrophosphate: [PX4](=O)O[PX4](=O)
phosphonic acid | phosphonate: [#6][PX4](=O)([O-,OX2])[O-,OX2]
phosphine: [PX3]([#6])([#6])[#6]
organothiophosphate | phosphorothioate: [PX4;$(PO)]=S
boronic acid: [#6]B([OX2H])[OX2H]
nitrate ester: [#6]O[NX3+](=O)[O-]
trifluoromethyl group: [CX4](F)(F)F
difluoromethyl group: [CX4H](F)F
aryl fluoride | fluorinated aromatic ring: cF
aryl chloride | chlorinated aromatic ring: cCl
aryl bromide | brominated aromatic ring: cBr
aryl iodide | iodinated aromatic ring: cI
alkyl chloride | chloroalkyl group: [CX4]Cl
alkyl bromide | bromoalkyl group: [CX4]Br
alkene | carbon-carbon double bond: [CX3;!a]=[CX3;!a]
conjugated diene | diene: [CX3;!a]=[CX3;!a][CX3;!a]=[CX3;!a]
alkyne | triple bond between carbons | acetylenic bond: C#C
terminal alkyne | ethynyl group: C#[CH]
allene: C=C=C
vinyl group: [CX3H]=[CX3H2]
allyl group: [CX4H2][CX3H]=[CX3H2]
methyl group: [CX4H3]
ethyl group: [CX4H2][CX4H3]
isopropyl group: [CX4H;!R]([CX4H3])[CX4H3]
tert-butyl group: [CX4]([CX4H3])([CX4H3])[CX4H3]
gem-dimethyl group: [CX4;R]([CX4H3])[CX4H3]
prenyl group: [CX4H2][CX3H]=[CX3]([CX4H3])[CX4H3]
benzyl group: [CX4H2]c1ccccc1
benzoyl group: [CX3](=O)c1ccccc1
cinnamoyl group: [CX3](=O)[CX3H]=[CX3H]c1ccccc1
biphenyl | biaryl bond: c1ccccc1-!@c1ccccc1
styrene | styryl group: [CX3]=[CX3]c1ccccc1
stilbene: c1ccccc1[CX3H]=[CX3H]c1ccccc1
chalcone: c1ccccc1[CX3](=O)[CX3]=[CX3]c1ccccc1
flavone skeleton | flavone: O=c1cc(-c2ccccc2)oc2ccccc12
isoflavone skeleton | isoflavone: O=c1c(-c2ccccc2)coc2ccccc12
flavanone skeleton: O=C1CC(c2ccccc2)Oc2ccccc21
alpha-amino acid: [NX3H2,NX4H3+][CX4][CX3](=O)[OX2H,O-]
peptide bond: [NX3][CX4][CX3](=O)[NX3][CX4][CX3](=O)
1,4-benzodiazepine | benzodiazepine: c1ccc2c(c1)~[#6]~[#7]~[#6]~[#6]~[#7]~2
sugar ring | pyranose ring: [OX2;R]1[CX4]([OX2])[CX4]([OX2,NX3])[CX4]([OX2,NX3])[CX4][CX4]1
furanose ring | pentofuranose: [OX2;R]1[CX4;R]([OX2,#7])[CX4;R][CX4;R]([OX2])[CX4;R]1
"""
_STEROID = "*1~*~*~*2~*(~*~1)~*~*~*1~*~2~*~*~*2~*~1~*~*~*~2".replace("*", "[#6]")
GROUP_NAMES = f"{_GROUPS}steroid skeleton | steroid nucleus: {_STEROID}\n"
"""`name | another name: SMARTS`, a group a line."""
