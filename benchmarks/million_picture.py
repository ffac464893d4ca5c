"""How cost grows with the corpus, as a picture: building by stage, searching by kind."""

from __future__ import annotations

from functools import partial

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from benchmarks.million_results import Build, Results, Search
from training.report.style import CYCLE, INK, NEUTRAL, Picture

_AT_ONCE = 1


def growth(results: Results) -> Picture:
    """The picture, to be drawn; there has to be a build and a search."""
    return Picture(
        name="growth",
        title="How cost grows",
        caption="Seconds of a build by stage, and milliseconds of one query by kind of index, over the corpus.",
        alternative="Two plots with logarithmic axes, of building and of searching, over the number of molecules.",
        draw=partial(_draw, results),
    )


def _draw(results: Results) -> Figure:
    figure, (building, searching) = plt.subplots(1, 2, figsize=(11.5, 4.2), layout="constrained")
    _draw_building(building, results.builds)
    _draw_searching(searching, results.searches)
    plt.close(figure)  # it can still be saved, and is not kept
    return figure


def _draw_building(axes: Axes, builds: tuple[Build, ...]) -> None:
    """Seconds over molecules, both logarithmic: a straight line of slope one is cost that grows with the corpus."""
    sizes = [build.molecules for build in builds]
    walls = [build.wall_seconds for build in builds]
    axes.loglog(sizes, walls, color=INK, marker="o", label="wall time")
    axes.loglog(
        sizes, [walls[0] * size / sizes[0] for size in sizes], color=NEUTRAL, linestyle=":", label="in proportion"
    )
    for colour, stage in zip(CYCLE, ("parse", "featurise", "encode", "write"), strict=False):
        busy = [next((found.seconds for found in build.stages if found.stage == stage), 0.0) for build in builds]
        axes.loglog(sizes, busy, color=colour, marker=".", label=stage)
    axes.set_title("Building")
    axes.set_xlabel("molecules")
    axes.set_ylabel("seconds")
    axes.legend()


def _draw_searching(axes: Axes, searches: tuple[Search, ...]) -> None:
    """Milliseconds of one query over vectors; what others do is dashed. The number is recall@10 at the largest."""
    last = {kind.name: kind for kind in searches[-1].kinds}
    colours = dict(zip((name for name, kind in last.items() if kind.ours), CYCLE, strict=False))
    others = iter(("--", "-.", (0, (1, 1)), (0, (5, 1, 1, 1, 1, 1)), (0, (3, 5))))
    for name, kind in last.items():
        points = [
            (search.molecules, 1000 / found.speeds[_AT_ONCE])
            for search in searches
            for found in search.kinds
            if found.name == name
        ]
        label = f"{name} ({kind.recall_at_10:.2f})"
        sizes, times = zip(*points, strict=True)
        if kind.ours:
            axes.loglog(sizes, times, color=colours[name], marker="o", label=label)
        else:
            axes.loglog(sizes, times, color=NEUTRAL, linestyle=next(others, "--"), label=label)
    axes.set_title("Searching for ten (recall@10 at the largest)")
    axes.set_xlabel("vectors")
    axes.set_ylabel("ms for one query, one thread")
    axes.legend(fontsize=7, loc="center left", bbox_to_anchor=(1, 0.5))  # the lines leave no room
