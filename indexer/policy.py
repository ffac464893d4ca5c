"""The names of the standardisation policies, apart from the code that needs RDKit."""

from importlib.util import find_spec
from typing import Literal, get_args

Standardization = Literal["none", "largest-fragment", "parent", "chembl"]
"""`none`: the structure as it was given. `largest-fragment`: without counter-ions and solvents, charges as given.

`parent`: cleaned up (normalised functional groups, metals disconnected, reionised), largest organic fragment, charges
neutralised where they can be: RDKit's charge parent.

`chembl`: the parent that ChEMBL's structure pipeline makes: normalised, neutralised, without its lists of salts and
solvents, without isotopes. Needs the package `chembl-structure-pipeline`.
"""

CHEMBL_PACKAGE = "chembl-structure-pipeline"

STANDARDIZATIONS: tuple[Standardization, ...] = get_args(Standardization)


def missing_package(policy: Standardization) -> str | None:
    """What has to be installed for a policy, as the end of a sentence; None if all of it is there."""
    if policy != "chembl" or find_spec("chembl_structure_pipeline") is not None:
        return None
    return f"needs the package {CHEMBL_PACKAGE}: pip install -e '.[chembl]' in a clone"
