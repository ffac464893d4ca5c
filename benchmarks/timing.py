"""Timing on shared machines: every round runs all cases, ratios are taken within a round, medians over rounds."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from time import perf_counter, process_time
from typing import TypeVar

Clock = Callable[[], float]
_Fresh = TypeVar("_Fresh")


@dataclass(frozen=True, slots=True)
class Timings:
    """Seconds of each case in each round."""

    rounds: dict[str, list[float]]

    def seconds(self, case: str) -> float:
        """Median over the rounds."""
        return median(self.rounds[case])

    def ratio(self, case: str, reference: str) -> float:
        """How many times as long as `reference` a case takes: median of the ratios within each round."""
        return median(
            mine / theirs for mine, theirs in zip(self.rounds[case], self.rounds[reference], strict=True) if theirs > 0
        )

    def share(self, case: str, limit: Callable[[int], float]) -> float:
        """How near a case is to a limit (1 is there): median of limit / time, `limit` giving a round's own seconds."""
        return median(limit(index) / seconds for index, seconds in enumerate(self.rounds[case]) if seconds > 0)


def clock_for(threads: int) -> Clock:
    """CPU time of this process where one thread works, which leaves out waiting for others' work; else wall time."""
    return process_time if threads == 1 else perf_counter


def clock_name(threads: int) -> str:
    return "CPU time" if threads == 1 else "wall time"


def interleave(cases: Mapping[str, Callable[[], object]], rounds: int, clock: Clock) -> Timings:
    """Run every case once unmeasured, then all cases `rounds` times, each round beginning with another case."""
    return interleave_fresh({name: _ignoring(case) for name, case in cases.items()}, lambda: None, rounds, clock)


def interleave_fresh(
    cases: Mapping[str, Callable[[_Fresh], object]], prepare: Callable[[], _Fresh], rounds: int, clock: Clock
) -> Timings:
    """As `interleave`, each run on what `prepare` makes for it, unmeasured: for inputs that remember earlier work."""
    names: Sequence[str] = list(cases)
    for name in names:
        cases[name](prepare())
    taken: dict[str, list[float]] = {name: [0.0] * rounds for name in names}
    for index in range(rounds):
        shift = index % len(names)
        for name in [*names[shift:], *names[:shift]]:
            fresh = prepare()
            start = clock()
            cases[name](fresh)
            taken[name][index] = clock() - start
    return Timings(taken)


def _ignoring(case: Callable[[], object]) -> Callable[[None], object]:
    return lambda _: case()
