"""What drugs are sold as: the parent of a name that ends in a counter-ion, hydrate or ester."""

from __future__ import annotations

import re
from collections.abc import Iterator

_LONGEST = 300  # characters
_SALT = re.compile(
    r"(?P<parent>.+?)\s+(?:mono|di|tri|hemi|sesqui)?(?:hydrochloride|hcl|hydrobromide|hydroiodide|chloride|bromide|iodide|"
    r"sul(?:f|ph)ate|phosphate|nitrate|citrate|maleate|fumarate|(?:bi)?tartrate|malate|succinate|lactate|gluconate|"
    r"oxalate|acetate|mes[iy]late|methanesul(?:f|ph)onate|bes[iy]late|tos[iy]late|pamoate|embonate|benzoate|sodium|"
    r"potassium|calcium|magnesium|lithium|meglumine|trometh?amine|olamine|hydrate|anhydrous|free base|salt)",
    re.IGNORECASE,
)
# A phosphate of these is no salt.
_NUCLEOSIDE = re.compile(r"(?:osine|idine)\s+(?:mono|di|tri)phosphate", re.IGNORECASE)
_MOST_SALTS = 3  # "atorvastatin calcium trihydrate"


def parents(name: str) -> Iterator[str]:
    """A name without its last word for a counter-ion, hydrate or ester, then without the one before it, and so on."""
    parent = name.strip()
    for _ in range(_MOST_SALTS if len(parent) <= _LONGEST and _NUCLEOSIDE.search(parent) is None else 0):
        salt = _SALT.fullmatch(parent)
        if salt is None:
            break
        parent = salt["parent"]
        yield parent
