"""The names of the standardisation policies, apart from the code that needs RDKit."""

from typing import Literal, get_args

Standardization = Literal["none", "largest-fragment", "parent"]
"""`none`: the structure as it was given. `largest-fragment`: without counter-ions and solvents, charges as given.

`parent`: cleaned up (normalised functional groups, metals disconnected, reionised), largest organic fragment, charges
neutralised where they can be: RDKit's charge parent.
"""

STANDARDIZATIONS: tuple[Standardization, ...] = get_args(Standardization)
