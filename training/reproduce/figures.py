"""Figures 3, 5 and 6 and the mean difference of §III-G, from the runs of Tables I and II."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.stats import gaussian_kde

from model.inputs.fingerprint import morgan_fingerprint, tanimoto
from model.inputs.structure import parse_structure
from training.evaluation import EvaluationSet, embed, prepare
from training.evaluation.hits import first_hits, unit
from training.evaluation.text_pool import Ranking
from training.markdown import markdown_table
from training.pairs import read_candidates, read_pairs
from training.report.style import panels, styled
from training.reproduce.published import AMAN_GCN_MEAN_DIFFERENCE, PAPER_MEAN_DIFFERENCE, TABLE_1
from training.reproduce.settings import Settings
from training.runs.compare import compare
from training.runs.comparison import Comparison
from training.runs.starting import load_encoder

SYSTEMS = ("aman_gcn", "paper")
"""AMAN(GTN→GCN) and the paper's own, which its figures 5 and 6 compare."""
WEIGHTS = (0.5, 1.0, 1.5, 2.0, 2.5, 3.0)
SAMPLED = 50_000
"""Pairs of instances that §III-G samples."""

_PANELS: tuple[tuple[Ranking, str, int], ...] = (
    ("text2mol", "hits@1", 0),
    ("text2mol", "mean_rank", 3),
    ("mol2text_all", "hits@1", 0),
    ("mol2text_all", "mean_rank", 3),
)
"""What Fig. 3 shows, with the column of a published row."""


@dataclass(frozen=True)
class Space:
    """texts, molecules: unit vectors (pairs, dim) of one system, row i of both is a pair of the test split."""

    texts: NDArray[np.float32]
    molecules: NDArray[np.float32]


def figure_3(settings: Settings) -> str:
    """Hits@1 and mean rank over the weights of L_u2u and of L_u2c, the other at 1; writes figure-3.png too."""
    directory = settings.out / "sweep"
    directory.mkdir(parents=True, exist_ok=True)
    presets = {}
    for loss in ("u2u", "u2c"):
        for weight in WEIGHTS:
            path = directory / f"{loss}-{weight:g}.yaml"
            path.write_text(
                f"extends: paper\nname: {loss}-{weight:g}\nloss: {{second_order: {{{loss}_weight: {weight}}}}}\n",
                encoding="utf-8",
            )
            presets[loss, weight] = str(path)
    table = compare(settings.request(tuple(presets.values()), out=settings.out / "sweep-runs"))
    _draw_sweep(table, settings.out / "figure-3.png")
    aman = TABLE_1["aman"]
    published = (aman["text2mol"][0], aman["text2mol"][3], aman["mol2text_all"][0], aman["mol2text_all"][3])
    rows = [["AMAN, published", "–", *(f"{value:.3f}" for value in published)]]
    for system in table.systems:
        loss, _, varied = system.name.partition("-")
        rows.append([loss, varied, *(f"{system.figure(direction, name).mean:.3f}" for direction, name, _ in _PANELS)])
    head = ["varied", "weight", "text → molecule Hits@1", "mean rank", "molecule → text Hits@1", "mean rank"]
    return markdown_table(head, rows) + "\n"


def figure_5(settings: Settings) -> str:
    """Densities of the modality gap 1 − cos of two systems, and §III-G's mean difference; writes figure-5.png too."""
    spaces = _spaces(settings)
    gaps = {name: 1 - np.einsum("pd,pd->p", one.texts, one.molecules) for name, one in spaces.items()}
    with styled():
        figure, (panel,) = panels(1, 2.6)
        where = np.linspace(0, max(1.0, *(float(gap.max()) for gap in gaps.values())), 400)
        for name, gap in gaps.items():
            panel.plot(where, gaussian_kde(gap)(where), label=name)
        panel.set_xlabel("1 − cos(text, molecule)")
        panel.set_ylabel("density")
        panel.legend()
        figure.savefig(settings.out / "figure-5.png")
    published = dict(zip(SYSTEMS, (AMAN_GCN_MEAN_DIFFERENCE, PAPER_MEAN_DIFFERENCE), strict=True))
    rows = []
    for name, one in spaces.items():
        mean, theirs = mean_difference(one.texts, one.molecules), published[name]
        rows.append([name, f"{gaps[name].mean():.3f}", f"{mean:.3f}", f"{theirs:.3f}", f"{mean - theirs:+.3f}"])
    head = ["system", "mean 1 − cos", "mean difference of cosines (§III-G)", "paper", "difference"]
    return markdown_table(head, rows) + "\n"


def mean_difference(
    texts: NDArray[np.floating], molecules: NDArray[np.floating], *, sample: int = SAMPLED, seed: int = 0
) -> float:
    """§III-G: the mean of |cos(text i, text j) − cos(molecule i, molecule j)| over pairs i ≠ j sampled at random.

    texts, molecules: (pairs, dim), of any length. From 0 to 2.

    Raises:
        ValueError: there are fewer than two pairs.
    """
    if len(texts) < 2:
        raise ValueError("a difference of cosines needs two pairs or more")
    generator = np.random.default_rng(seed)
    first = generator.integers(0, len(texts), sample)
    second = (first + generator.integers(1, len(texts), sample)) % len(texts)
    left, right = unit(texts), unit(molecules)
    of_texts = np.einsum("pd,pd->p", left[first], left[second])
    of_molecules = np.einsum("pd,pd->p", right[first], right[second])
    return float(np.abs(of_texts - of_molecules).mean())


def figure_6(settings: Settings, queries: Sequence[str] = ()) -> str:
    """The first five hits of two systems side by side, both directions, for test pairs named by id (default: the first
    two); under each molecule its Morgan Tanimoto similarity to the truth.
    """
    prepared = _test_set(settings)
    ids = list(queries) or [one for one in prepared.text_ids if one is not None][:2]
    rows = [prepared.text_ids.index(one) for one in ids]
    found = {name: _first_five(settings, name, prepared, rows) for name in SYSTEMS}
    parts = []
    for place, row in enumerate(rows):
        truth = int(prepared.text_truth[row][0])
        reference = _fingerprint(prepared.smiles[truth])
        parts.append(f"### {ids[place]}\n\n> {prepared.texts[row]}\n\n`{prepared.smiles[truth]}`")
        for direction in ("text2mol", "mol2text"):
            hits = []
            for hit in range(min(5, len(prepared.texts))):
                cells = []
                for name in SYSTEMS:
                    one = int(found[name][direction][place][hit])
                    if direction == "text2mol":
                        similarity = float(tanimoto(reference, _fingerprint(prepared.smiles[one])[None])[0])
                        mark = "**✓** " if one in prepared.text_truth[row] else ""
                        cells.append(f"{mark}`{prepared.smiles[one]}` ({similarity:.2f})")
                    else:
                        mark = "**✓** " if one == row else ""
                        cells.append(f"{mark}{prepared.texts[one][:120]}")
                hits.append([str(hit + 1), *cells])
            parts.append(markdown_table(["place", *SYSTEMS], hits))
    return "\n\n".join(parts) + "\n"


def _first_five(
    settings: Settings, name: str, prepared: EvaluationSet, rows: Sequence[int]
) -> dict[str, NDArray[np.int64]]:
    embedded = embed(load_encoder([str(settings.run(name, settings.seeds[0]) / "best")]), prepared)
    truths = [int(prepared.text_truth[row][0]) for row in rows]
    return {
        "text2mol": first_hits(embedded.texts[list(rows)], embedded.molecules, 5).rows,
        "mol2text": first_hits(embedded.molecules[truths], embedded.texts, 5).rows,
    }


def _spaces(settings: Settings) -> dict[str, Space]:
    prepared = _test_set(settings)
    truth = [int(rows[0]) for rows in prepared.text_truth]
    spaces = {}
    for name in SYSTEMS:
        embedded = embed(load_encoder([str(settings.run(name, settings.seeds[0]) / "best")]), prepared)
        spaces[name] = Space(unit(embedded.texts), unit(embedded.molecules[truth]))
    return spaces


def _test_set(settings: Settings) -> EvaluationSet:
    compare(settings.request(SYSTEMS))
    return prepare(read_pairs(settings.files.test).pairs, read_candidates(settings.files.candidates))


def _fingerprint(smiles: str) -> NDArray[np.uint8]:
    return morgan_fingerprint(parse_structure(smiles).mol)


def _draw_sweep(table: Comparison, path: Path) -> None:
    aman = TABLE_1["aman"]
    with styled():
        figure, axes = panels(4, 2.4)
        for panel, (direction, name, column) in zip(axes, _PANELS, strict=True):
            for loss in ("u2u", "u2c"):
                found = {
                    float(system.name.partition("-")[2]): system.figure(direction, name).mean
                    for system in table.systems
                    if system.name.startswith(loss)
                }
                panel.plot(list(found), list(found.values()), marker="o", label=f"ours ({loss})")
            panel.axhline(aman[direction][column], linestyle="--", label="AMAN, published")
            panel.set_title(f"{'T2M' if direction == 'text2mol' else 'M2T'} {name}")
            panel.set_xlabel("weight")
        axes[0].legend()
        figure.savefig(path)
