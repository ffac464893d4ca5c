"""Rules of thumb for drugs and their kin, as a request names them, and the numbers that each stands for."""

from __future__ import annotations

import re
from dataclasses import dataclass

from indexer.engines.base import Bounds


@dataclass(frozen=True, slots=True)
class Rule:
    """bounds: least and most of each property, both included; asked: what asks for the rule in a lower-case text."""

    name: str
    bounds: dict[str, Bounds]
    asked: re.Pattern[str]


_FULFILLING = (
    r"(?:\s*,)?\s*(?:\b(?:and|but|that|which|with|to) )?"
    r"(?:\b(?:is|are|fulfil(?:l|s|ling)?|obey(?:s|ing)?|follow(?:s|ing)?|pass(?:es|ing)?|according to)\s+)?(?:the )?\b"
)
# Beyond a rule everything may be.
_BROKEN = re.compile(r"\b(?:beyond|violat|break|fail|outside|non|not|without)")


def _rule(name: str, called: str, **bounds: Bounds) -> Rule:
    return Rule(name, bounds, re.compile(rf"{_FULFILLING}{called}(?:[- ]compliant|[- ]conform)?\b"))


RULES = (
    # Lipinski et al. 1997; Congreve et al. 2003; Teague et al. 1999; Veber et al. 2002.
    _rule(
        "rule of five",
        r"(?:lipinski(?:'s)?(?: rules?)?(?: of (?:five|5))?|rule of (?:five|5)|drug-?like)",
        molecular_weight=(None, 500),
        logp=(None, 5),
        hbd=(None, 5),
        hba=(None, 10),
    ),
    _rule(
        "rule of three",
        r"(?:rule of (?:three|3)|fragment-?like)",
        molecular_weight=(None, 300),
        logp=(None, 3),
        hbd=(None, 3),
        hba=(None, 3),
    ),
    _rule("lead-like", r"lead-?like", molecular_weight=(None, 350), logp=(None, 3)),
    _rule("Veber's rule", r"veber(?:'s)?(?: rules?)?", rotatable_bonds=(None, 10), tpsa=(None, 140)),
)


def rules_asked(text: str) -> list[Rule]:
    """The rules that a lower-case text asks molecules to fulfil; none where it speaks of breaking one."""
    if _BROKEN.search(text) is not None:
        return []
    return [rule for rule in RULES if rule.asked.search(text) is not None]
