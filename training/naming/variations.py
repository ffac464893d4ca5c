"""Names similar to a given one: other chains, locants, substituents, residues, sugars, configurations.

`2-hydroxyhexadecanoic acid` becomes `3-hydroxypentadecanoic acid` or `2-aminohexadecanoate`. What is exchanged are the
parts that systematic names are made of, each for another of its kind. Not every variation makes sense; those that
OPSIN reads do.
"""

from __future__ import annotations

import random
import re

_CHAIN_STEPS = (-4, -3, -2, -2, -1, 1, 2, 2, 3, 4)  # fatty acids grow by twos
_PLACE_STEPS = (-3, -2, -1, 1, 2, 3)
_PARTS_EXCHANGED = (1, 1, 2, 2, 3)

_KINDS = tuple(
    tuple(kind.split())
    for kind in (
        # carbon chains, in order of length
        "but pent hex hept oct non dec undec dodec tridec tetradec pentadec hexadec heptadec octadec nonadec icos "
        "henicos docos tricos tetracos pentacos hexacos octacos triacont",
        # acyl groups by their trivial names
        "stearoyl palmitoyl oleoyl linoleoyl linolenoyl myristoyl lauroyl arachidonoyl",
        "acetyl benzoyl formyl propionyl propanoyl butyryl butanoyl pentanoyl malonyl succinyl cinnamoyl galloyl",
        # amino acids and their residues
        "alanyl arginyl asparaginyl aspartyl cysteinyl glutaminyl glutamyl glycyl histidyl isoleucyl leucyl lysyl "
        "methionyl phenylalanyl prolyl seryl threonyl tryptophyl tyrosyl valyl",
        "alanine arginine asparagine cysteine glutamine glycine histidine isoleucine leucine lysine methionine "
        "phenylalanine proline serine threonine tryptophan tyrosine valine ornithine homoserine",
        # sugars
        "glucosyl galactosyl mannosyl xylosyl fucosyl rhamnosyl arabinosyl glucuronosyl",
        "glucopyranosyl galactopyranosyl mannopyranosyl xylopyranosyl rhamnopyranosyl arabinopyranosyl",
        "glucoside galactoside mannoside xyloside rhamnoside arabinoside glucuronide",
        "glucose galactose mannose allose",
        "xylose ribose arabinose",
        "Glcp Galp Manp",
        "GlcpNAc GalpNAc ManpNAc",
        "gluco galacto manno",
        # nucleosides and bases
        "adenosine guanosine cytidine uridine inosine xanthosine",
        "adenine guanine cytosine uracil thymine xanthine hypoxanthine",
        "phosphate diphosphate triphosphate sulfate",
        # substituents
        "fluoro chloro bromo iodo",
        "methyl ethyl propyl butyl pentyl hexyl phenyl benzyl isopropyl prenyl geranyl vinyl allyl",
        "hydroxy methoxy ethoxy amino methylamino dimethylamino nitro sulfanyl acetamido acetoxy cyano carboxy "
        "benzyloxy phenoxy hydroxymethyl trifluoromethyl",
        "furyl thienyl pyridinyl indolyl quinolinyl naphthyl cyclohexyl cyclopentyl cyclopropyl",
        # ring systems
        "pyridine pyrimidine pyrazine pyridazine benzene furan thiophene pyrrole imidazole pyrazole thiazole oxazole "
        "indole quinoline isoquinoline naphthalene piperidine piperazine morpholine pyrrolidine benzimidazole",
        "flavone flavanone isoflavone chalcone chromone coumarin",
        "cholest ergost stigmast androst pregn estr",
        # configurations that are words
        "alpha beta",
        "cis trans",
    )
)
_ENDINGS = (("oic acid", "oate"), ("ol", "one", "al", "amine", "thiol"))
_CONFIGURATIONS = {"R": "S", "S": "R", "E": "Z", "Z": "E", "D": "L", "L": "D"}

_CHAINS = _KINDS[0]
_KIND_OF = {word: kind for kind in _KINDS for word in kind}
_PART = re.compile(
    "(?P<word>" + "|".join(sorted(_KIND_OF, key=len, reverse=True)) + ")"
    # a place or a charge, and not the size of a ring ([3.2.1]) or an isotope
    r"|(?P<place>(?<![\d:.+\-{\[])\d{1,2}(?![\d:+]|-?[\]}+])(?=[,\-RSEZ(')→]|->))"
    r"|(?P<configuration>(?<=[\d(,])[RSEZ](?=[,)\-])|(?<![A-Za-z])[DL](?=-[A-Za-z]))"
    r"|(?P<ending>" + "|".join(ending for endings in _ENDINGS for ending in endings) + ")$"
)


def vary(name: str, rng: random.Random) -> str:
    """`name` with one to three of its parts exchanged; unchanged if it has no part that this module knows."""
    parts = list(_PART.finditer(name))
    chosen = rng.sample(parts, min(rng.choice(_PARTS_EXCHANGED), len(parts)))
    for part in sorted(chosen, key=re.Match.start, reverse=True):  # from the end, so that places before it stay
        name = name[: part.start()] + _exchange(part, rng) + name[part.end() :]
    return name


def _exchange(part: re.Match[str], rng: random.Random) -> str:
    text = part[0]
    if part["place"]:
        return str(max(1, int(text) + rng.choice(_PLACE_STEPS)))
    if part["configuration"]:
        return _CONFIGURATIONS[text]
    if text in _CHAINS:
        place = _CHAINS.index(text) + rng.choice(_CHAIN_STEPS)
        return _CHAINS[min(max(place, 0), len(_CHAINS) - 1)]
    kind = _KIND_OF[text] if part["word"] else next(endings for endings in _ENDINGS if text in endings)
    return rng.choice([other for other in kind if other != text])
