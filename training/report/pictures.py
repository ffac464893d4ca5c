"""Findings as pictures with captions: each states its data, pool and main number."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from functools import partial

from training.evaluation import Direction
from training.report.confidence import Confidence
from training.report.figures_answers import draw_cases, draw_kinds
from training.report.figures_confidence import draw_reliability
from training.report.figures_space import draw_gap, draw_map, draw_recall, draw_second_order
from training.report.figures_training import (
    DIRECTIONS,
    draw_losses,
    draw_systems,
    draw_validation,
    loss_terms,
)
from training.report.measure import Answers, Findings, Space
from training.report.style import Picture
from training.runs.comparison import System


def pictures_by_section(findings: Findings) -> dict[str, list[Picture]]:
    """All pictures of the findings by section, in the order of the page."""
    sections = {"training": training_pictures(findings), "comparison": comparison_pictures(findings)}
    answers = findings.answers
    if answers is not None:
        optional = {
            "recall": recall_picture(answers),
            "confidence": confidence_picture(answers, answers.confidence) if answers.confidence else None,
            "space": space_pictures(answers, answers.space) if answers.space else None,
            "cases": cases_picture(answers, findings.seed),
            "kinds": kinds_picture(answers),
        }
        for section, found in optional.items():
            sections[section] = found if isinstance(found, list) else [found] if found else []
    return sections


def training_pictures(findings: Findings) -> list[Picture]:
    """Learning curves: loss terms, then validation."""
    history, pictures = findings.history, []
    if history is None:
        return []
    if history.losses:
        terms = loss_terms(history)
        last = ", ".join(f"{term} {history.losses[term].values[-1]:.3g}" for term in terms)
        pictures.append(
            Picture(
                "losses",
                "Loss terms",
                f"Means of ten steps, unweighted but for the total. Trained on {_sources(findings)}. Last: {last}.",
                f"Curves of the loss terms {', '.join(terms)} over training steps; their last values are {last}.",
                partial(draw_losses, history),
            )
        )
    best = history.best()
    if best is not None:
        figures = history.validation
        step, epoch = figures["text2mol/mrr"].steps[best], history.epochs[best]
        mrr = figures["text2mol/mrr"].values[best]
        hits = figures["text2mol/hits@1"].values[best] if "text2mol/hits@1" in figures else float("nan")
        pools = {
            direction: figures[f"{direction}/pool"].values[best]
            for direction in DIRECTIONS
            if f"{direction}/pool" in figures
        }
        among = "; ".join(f"{DIRECTIONS[direction][0]} among {pool:,.0f}" for direction, pool in pools.items())
        pictures.append(
            Picture(
                "validation",
                "Validation",
                f"Measured on {findings.data.get('validation', 'the validation pairs')}, {among}. Circled: the epoch "
                f"that was kept ({epoch}, step {step:,}) for its text → molecule MRR of {mrr:.3f}, Hits@1 {hits:.3f}. "
                f"Mean rank on a logarithmic scale, lower is better.{_so_far(findings)}",
                f"Hits@1, MRR and mean rank of both directions over {len(history.epochs)} validations; the best "
                f"text to molecule MRR is {mrr:.3f} at step {step:,}.",
                partial(draw_validation, history),
            )
        )
    return pictures


def comparison_pictures(findings: Findings) -> list[Picture]:
    """Presets side by side in both directions."""
    comparison, pictures = findings.comparison, []
    if comparison is not None and comparison.systems:
        measured_on = comparison.conditions.get("evaluated on", "the same pairs")
        pictures += [
            Picture(
                f"systems-{direction}",
                f"Systems side by side, {label}",
                f"Evaluated on {measured_on}; {_pools(comparison.systems, direction)}. Whiskers: sample standard "
                f"deviations over seeds ({_seeds(comparison.systems)}). "
                f"Best Hits@1: {_best(comparison.systems, direction)}.",
                f"Bars of Hits@1 and MRR of {len(comparison.systems)} systems; best Hits@1: "
                f"{_best(comparison.systems, direction)}.",
                partial(draw_systems, comparison.systems, direction),
            )
            for direction, (label, _) in DIRECTIONS.items()
        ]
    return pictures


def recall_picture(answers: Answers) -> Picture:
    text, molecule = answers.metrics["text2mol"], answers.metrics["mol2text"]
    figures = (
        f"Among the first ten: {text.hits10:.1%} of {text.queries:,} texts (pool of {text.pool:,} molecules), "
        f"{molecule.hits10:.1%} of {molecule.queries:,} molecules (pool of {molecule.pool:,} texts)"
    )
    return Picture(
        "recall",
        "How far down the truth is found",
        f"Share of the queries of {answers.pairs_file} whose true counterpart is among the first k hits. {figures}. "
        "The pools differ in size, so the two curves do not compare the directions.",
        f"Curves of recall over the number of hits. {figures}.",
        partial(draw_recall, answers.ranks),
    )


def confidence_picture(answers: Answers, confidence: Confidence) -> Picture:
    judged = (
        "each judged by a curve fitted to four fifths of the others"
        if confidence.out_of_fold
        else f"which the checkpoint's calibration, fitted on {confidence.fitted_on}, has not seen"
    )
    figures = "; ".join(
        f"{DIRECTIONS[direction][0]}: first hits ECE {measured.first.ece:.3f}, Brier {measured.first.brier:.3f}, "
        f"log-loss {measured.first.log_loss:.3f}, the first {measured.confidences.shape[1]} "
        f"ECE {measured.hits.ece:.3f}, Brier {measured.hits.brier:.3f}, log-loss {measured.hits.log_loss:.3f}"
        for direction, measured in confidence.directions.items()
    )
    pools = ", ".join(f"{measured.pools[0].pool:,}" for measured in confidence.directions.values())
    return Picture(
        "reliability",
        "Reliability of confidences",
        f"Hits of the queries of {answers.pairs_file}, {judged}; pools of {pools}. Points: the share of right hits in "
        "ten bins of confidence, with 95 % intervals; on the broken line confidences would come true exactly. "
        f"{figures}. Below: how many first hits have which confidence.",
        f"Share of right hits over confidence in both directions, near the diagonal where confidences hold. {figures}.",
        partial(draw_reliability, confidence.directions),
    )


def space_pictures(answers: Answers, space: Space) -> list[Picture]:
    """Modality gap, second-order consistency, map."""
    gap, second, joint = space.gap, space.second, space.joint
    of_pairs = f"{space.pairs:,} pairs of {answers.pairs_file}, one text for each molecule"
    means = f"mean cosine {gap.paired.mean():.3f} paired, {gap.unpaired.mean():.3f} unpaired"
    return [
        Picture(
            "modality-gap",
            "Modality gap",
            f"Cosines of texts with their own molecule and with molecules of {len(gap.unpaired) // len(gap.paired)} "
            f"other pairs each; {of_pairs}. {means[0].upper()}{means[1:]}. A paired cosine exceeds an unpaired one "
            f"with probability {gap.separation:.4f}. The centres of all texts and of all molecules are "
            f"{gap.centroid_distance:.3f} apart, a text and its molecule {gap.pair_distance:.3f} on average "
            "(Euclidean; vectors have length 1). The paper's Fig. 5 shows 1 − cos.",
            f"Densities of paired and unpaired cosines: {means}; the centres are {gap.centroid_distance:.3f} apart.",
            partial(draw_gap, gap),
        ),
        Picture(
            "second-order",
            "Second-order consistency",
            f"Are two texts as alike as their molecules? All {len(second.text):,} twos of a sample of {second.sample} "
            f"out of {of_pairs}. Pearson's r {second.pearson:.3f}, Spearman's ρ {second.spearman:.3f}; "
            "1 would be the same neighbourhoods on both sides.",
            f"Text–text against molecule–molecule cosines: r {second.pearson:.3f}, ρ {second.spearman:.3f}.",
            partial(draw_second_order, second),
        ),
        Picture(
            "joint-space",
            "Map of the joint space",
            f"Principal components of texts and molecules together, of {of_pairs}; {len(joint.text)} pairs "
            f"sampled at random are shown, joined. The plane holds {sum(joint.explained):.0%} of the variance: "
            "points close on the map may be far apart in the space.",
            f"Scatter of {len(joint.text)} texts and their molecules in the plane of the first two principal "
            f"components, which hold {sum(joint.explained):.0%} of the variance.",
            partial(draw_map, joint),
        ),
    ]


def kinds_picture(answers: Answers) -> Picture | None:
    errors = answers.errors
    if errors is None:
        return None
    shares = ", ".join(f"{kind.relation.value} {kind.share:.0%}" for kind in errors.kinds)
    found = [miss.difference.tanimoto for miss in errors.misses]
    likeness = (
        f"Median Tanimoto similarity to the truth {statistics.median(found):.2f} of wrong first hits, "
        f"{statistics.median(errors.chance):.2f} of molecules sampled from the pool"
    )
    return Picture(
        "misses",
        "What wrong first hits are",
        f"{len(errors.misses)} of the {errors.total:,} misses among {errors.queries:,} texts of {answers.pairs_file}, "
        f"sampled at random; pool {answers.metrics['text2mol'].pool:,}. {shares[0].upper()}{shares[1:]}; whiskers: "
        f"95 % intervals. {likeness}.",
        f"Bars of the share of each kind of miss: {shares}. Histograms of Tanimoto similarity: {likeness}.",
        partial(draw_kinds, errors),
    )


def cases_picture(answers: Answers, seed: int) -> Picture | None:
    """The cases as one picture."""
    if not answers.cases:
        return None
    counts = ", ".join(f"{case.outcome.value}: rank {case.truth_rank:,.0f}" for case in answers.cases)
    return Picture(
        "cases",
        "First hits of texts sampled at random",
        f"Texts of {answers.pairs_file}, pool {answers.metrics['text2mol'].pool:,}, cases sampled with seed {seed}. "
        "Above each structure its place and cosine, and T, the Morgan Tanimoto similarity to the truth. "
        "The paper's Fig. 6.",
        f"Drawn structures of the first hits of {len(answers.cases)} texts ({counts}).",
        partial(draw_cases, answers.cases),
    )


def _so_far(findings: Findings) -> str:
    far = findings.unfinished
    return f" The run is unfinished: {far.done} of {far.planned} epochs." if far else ""


def _sources(findings: Findings) -> str:
    sources = findings.data.get("sources")
    names = [source["file"] for source in sources if isinstance(source, dict)] if isinstance(sources, list) else []
    pairs = findings.data.get("pairs")
    counted = f"{pairs:,} pairs of " if isinstance(pairs, int) else ""
    return counted + (", ".join(str(name) for name in dict.fromkeys(names)) or "the training pairs")


def _seeds(systems: Sequence[System]) -> str:
    counts = sorted({len(system.measured) for system in systems})
    return f"{counts[0]} each" if len(counts) == 1 else f"{counts[0]} to {counts[-1]} each"


def _pools(systems: Sequence[System], direction: Direction) -> str:
    pools = sorted({int(one.metrics[direction]["pool"]) for system in systems for one in system.measured})
    return "pool " + " / ".join(f"{pool:,}" for pool in pools)


def _best(systems: Sequence[System], direction: Direction) -> str:
    mean, name = max((system.figure(direction, "hits@1").mean, system.name) for system in systems)
    return f"{mean:.3f} ({name})"
