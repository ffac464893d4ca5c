"""What the package `chemicals` (the extra `names`) calls molecules: names and CAS numbers, by InChIKey."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from itertools import islice
from typing import Protocol

from indexer.search.identifiers import cas_number

_MOST_NAMES = 60  # of one compound; some have 700, in all languages and formulations
_LONGEST = 120
_REMARK = re.compile(r"\s*(?:\[[^\]]*\]|\((?:INN|USAN|BAN|JAN|TN|9CI|8CI|van|usp)[^)]*\))$", re.I)
# Depositors' numbers, index entries turned about (`benzoic acid, 2-hydroxy-`), polymers, labelled forms, mixtures,
# and names in which a sign was lost.
_NO_NAME = re.compile(
    r"^(?:einecs|nsc|unii|ccris|hsdb|wln|ai3|brn|caswell|epa pesticide)[\s:-]|, \S*-$"
    r"|\?|\(\s*\)|&|\[|^\(?\d+[chnop][-)]"
    r"|poly|polymer|label|deriv|compd|mixt|[0-9a-f]{8}-[0-9a-f]{4}-",
    re.I,
)

NamesOf = Callable[[str], Iterator[str]]


class _Compound(Protocol):
    CASs: str
    common_name: str
    iupac_name: str
    synonyms: list[str]


def common_names_source() -> str | None:
    """The package that names come from and its version; None without the extra `names`."""
    try:
        return f"chemicals {version('chemicals')}"
    except PackageNotFoundError:
        return None


@cache
def common_names() -> NamesOf:
    """A function from InChIKeys to names and CAS numbers. Reads 76,000 compounds: seconds, and 200 MB.

    A name that several compounds of one skeleton have there does not say which of them is meant, and is left out.
    """
    from chemicals.identifiers import get_pubchem_db

    database = get_pubchem_db()
    database.search_InChI_key("none")  # reads all of its files
    kin: dict[str, list[_Compound]] = defaultdict(list)
    for key, compound in database.InChI_key_index.items():
        kin[key[:14]].append(compound)

    def names_of(inchikey: str) -> Iterator[str]:
        compound = database.InChI_key_index.get(inchikey)
        if compound is None:
            return
        number = str(compound.CASs)
        if cas_number(number):
            yield number
        shared = {name.lower() for other in kin[inchikey[:14]] if other is not compound for name in other.synonyms}
        # "delta-alanine" there is "D-alanine" gone wrong.
        shared.update("delta-" + name.lower()[2:] for name in compound.synonyms if name.lower().startswith("d-"))
        names = (compound.common_name, compound.iupac_name, *compound.synonyms)
        clean = (_REMARK.sub("", " ".join(name.split())) for name in names if name.lower() not in shared)
        yield from islice(dict.fromkeys(filter(_is_name, clean)), _MOST_NAMES)

    return names_of


def _is_name(name: str) -> bool:
    letters = sum(map(str.isalpha, name))
    wordy = 2 * letters >= len(name) or len(name) > 20 or cas_number(name) is not None
    return 2 <= len(name) <= _LONGEST and letters >= 2 and wordy and _NO_NAME.search(name) is None
