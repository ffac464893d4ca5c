"""What drugs are sold as: the parent of a name that ends in a counter-ion, hydrate or ester."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from indexer.search.identifiers import count_atoms

_LONGEST = 300  # characters
# Acids that make salts of bases, and no esters that go by a drug's name.
_OF_BASES = (
    r"hydrochloride|hcl|hydrobromide|hydroiodide|chloride|bromide|iodide|sul(?:f|ph)ate|nitrate|citrate|maleate|"
    r"fumarate|(?:bi)?tartrate|malate|gluconate|oxalate|mes[iy]late|methanesul(?:f|ph)onate|bes[iy]late|tos[iy]late|"
    r"pamoate|embonate"
)
# And those that make both: hydrocortisone acetate is an ester, and glucose phosphate is none of glucose's salts.
_OR_ESTERS = r"phosphate|succinate|lactate|acetate|benzoate"
# Metals and amines, which make salts of acids.
_OF_ACIDS = r"sodium|potassium|calcium|magnesium|lithium|meglumine|trometh?amine|olamine"
_OF_ANY = r"hydrate|anhydrous|free base|salt"
_SALT = re.compile(
    r"(?P<parent>.+?)\s+(?:mono|di|tri|hemi|sesqui)?"
    rf"(?:(?P<base>{_OF_BASES})|(?P<drug>{_OR_ESTERS})|(?P<acid>{_OF_ACIDS})|(?P<any>{_OF_ANY}))",
    re.IGNORECASE,
)
# A phosphate of these is no salt.
_NUCLEOSIDE = re.compile(r"(?:osine|idine)\s+(?:(?:mono|di|tri)?phosphate)", re.IGNORECASE)
_MOST_SALTS = 3  # "atorvastatin calcium trihydrate"
_DRUG_CARBONS = 15


@dataclass(frozen=True, slots=True)
class Parent:
    """A name without what follows it. wanted: what its molecule has to be for each of these to be its salt or ester."""

    name: str
    wanted: tuple[str, ...]

    def may_be(self, formula: str) -> bool:
        """Whether a molecule of this formula, in Hill order, makes such salts or esters."""
        return all(_makes(kind, formula) for kind in self.wanted)


def parents(name: str) -> Iterator[Parent]:
    """A name without its last word for a counter-ion, hydrate or ester, then without the one before it, and so on."""
    parent = name.strip()
    wanted: tuple[str, ...] = ()
    for _ in range(_MOST_SALTS if len(parent) <= _LONGEST and _NUCLEOSIDE.search(parent) is None else 0):
        salt = _SALT.fullmatch(parent)
        if salt is None:
            break
        parent, wanted = salt["parent"], (*wanted, str(salt.lastgroup))
        yield Parent(parent, wanted)


def _makes(kind: str, formula: str) -> bool:
    if kind == "base":
        return count_atoms(formula, "N") > 0
    if kind == "drug":
        return count_atoms(formula, "N") > 0 or count_atoms(formula, "C") >= _DRUG_CARBONS
    return kind == "any" or count_atoms(formula, "NOS") > 0
