"""The model card (README.md) of a checkpoint, rendered from its own records so that it cannot disagree with them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pydantic import JsonValue

from model.checkpoint.calibration import WHERE_IT_HOLDS, Calibration
from model.network.config import ModelConfig


def render_card(
    name: str,
    config: ModelConfig,
    parameters: int,
    training: Mapping[str, JsonValue],
    metrics: Mapping[str, JsonValue],
    calibration: Calibration | None = None,
) -> str:
    """Markdown with what the model is, its figures with their conditions, its training, its limits."""
    sections = [
        f"# Molseek checkpoint `{name}`",
        "Embeds a sentence about a molecule and a molecule's structure into one space; "
        f"{config.dim} dimensions, cosine similarity, {parameters:,} parameters.",
        "## Figures\n\n" + _metrics_table(metrics),
        "## Confidence\n\n" + _confidence(calibration),
        "## Towers\n\n" + "\n".join(f"- {line}" for line in _towers(config)),
        "## Training\n\n" + (_listing({key: training[key] for key in training if key != "notice"}) or "Not recorded."),
        *([f"## Data licence and attribution\n\n{training['notice']}"] if training.get("notice") else []),
        "## Intended use and limits\n\n"
        "Ranking molecules for a short English description in the manner of chemical ontologies, and descriptions for "
        "a structure. A high score is no statement about safety, activity or identity: check every hit. Texts of other "
        "kinds, other languages, mixtures, polymers, proteins and very large structures are outside what it was "
        "trained on.",
    ]
    return "\n\n".join(sections) + "\n"


def render_ensemble_card(
    name: str,
    dim: int,
    members: Sequence[tuple[str, str]],
    metrics: Mapping[str, JsonValue],
    calibration: Calibration | None = None,
) -> str:
    """Markdown for a checkpoint that averages the scores of others; members as (name, digest)."""
    lines = [f"- `{member}` ({digest}), in members/{number}" for number, (member, digest) in enumerate(members, 1)]
    sections = [
        f"# Molseek checkpoint `{name}`",
        f"The mean of the scores of {len(members)} checkpoints; {dim} dimensions, cosine similarity. "
        "Use and limits are those of the members: see their cards.",
        "## Members\n\n" + "\n".join(lines),
        "## Figures\n\n" + _metrics_table(metrics),
        "## Confidence\n\n" + _confidence(calibration),
    ]
    return "\n\n".join(sections) + "\n"


def _metrics_table(metrics: Mapping[str, JsonValue]) -> str:
    rows = []
    for direction in ("text2mol", "mol2text"):
        values = metrics.get(direction)
        if isinstance(values, Mapping):
            cells = [values.get(key) for key in ("hits@1", "hits@10", "mrr", "mean_rank", "queries", "pool")]
            rows.append("| " + " | ".join([direction, *(_number(cell) for cell in cells)]) + " |")
    if not rows:
        return "None recorded."
    head = "| direction | Hits@1 | Hits@10 | MRR | mean rank | queries | pool |\n|---|---|---|---|---|---|---|"
    notes = [str(metrics[key]) for key in ("data", "conditions") if metrics.get(key)]
    return "\n".join([head, *rows]) + ("\n\n" + " ".join(notes) if notes else "")


def _confidence(calibration: Calibration | None) -> str:
    if calibration is None:
        return "Not calibrated: scores are cosines alone, and say how sure the model is only relative to other hits."
    rows = []
    for direction in ("text2mol", "mol2text"):
        of = calibration.of(direction)
        figures = (of.first.ece, of.first.brier, of.first.log_loss, of.hits.ece, of.hits.brier, of.hits.log_loss)
        cells = [direction, *(f"{figure:.3f}" for figure in figures), f"{of.absent:.2f}"]
        rows.append("| " + " | ".join([*cells, f"{of.queries:,}", f"{of.pool:,}"]) + " |")
    for kind, fitted in calibration.kinds:
        of_all = (fitted.first.ece, fitted.first.brier, fitted.first.log_loss)
        of_hits = (fitted.hits.ece, fitted.hits.brier, fitted.hits.log_loss)
        cells = [kind, *(f"{figure:.3f}" for figure in of_all + of_hits), ""]
        rows.append("| " + " | ".join([*cells, f"{fitted.queries:,}", f"{fitted.pool:,}"]) + " |")
    ten = calibration.text2mol.curve.neighbours
    head = (
        f"| direction | first hits: ECE | Brier | log-loss | first {ten} hits: ECE | Brier | log-loss "
        "| first hit, molecule absent | queries | pool |\n|---|---|---|---|---|---|---|---|---|---|"
    )
    return "\n\n".join(
        [
            f"The probability that a hit is what was described, fitted on {_sources(calibration)}; the figures are of "
            "queries that it was not fitted on (cross-fitting). “Absent”: mean for the first hit when all that is "
            "right was taken out of the pool.",
            "\n".join([head, *rows]),
            WHERE_IT_HOLDS,
        ]
    )


def _sources(calibration: Calibration) -> str:
    if calibration.corpus is None:
        return calibration.fitted_on
    return f"{calibration.fitted_on} and the names, descriptions and tags of {calibration.corpus.file}"


def _towers(config: ModelConfig) -> list[str]:
    lines = []
    if config.text_encoder is not None:
        lines.append(
            f"text: transformer `{config.text_encoder.source}`, at most {config.text_encoder.max_tokens} tokens"
        )
    if config.text_bag is not None:
        lines.append(f"text: bag of words, word pairs and character n-grams, width {config.text_bag.width}")
    if config.graph_encoder is not None:
        graph = config.graph_encoder
        lines.append(f"molecule: {graph.kind} over Mol2vec atoms, {graph.layers} layers of {graph.hidden_dim}")
    if config.molecule_bag is not None:
        lines.append(f"molecule: bag of substructure counts, width {config.molecule_bag.width}")
    if config.text_encoder is not None or config.graph_encoder is not None:
        projector = config.projector
        slots = f" with {projector.slots} memory vectors" if projector.kind == "memory_bank" else ""
        lines.append(f"projector: {projector.kind}{slots}, shared by both")
    return lines


def _listing(values: Mapping[str, JsonValue], depth: int = 0) -> str:
    lines = []
    for key, value in values.items():
        if isinstance(value, list) and value and all(isinstance(item, Mapping) for item in value):
            value = {str(number): item for number, item in enumerate(value, 1)}
        if isinstance(value, Mapping) and value:
            lines.append(f"{'  ' * depth}- {key}:\n{_listing(value, depth + 1)}")
        elif value is not None:
            shown = ", ".join(str(item) for item in value) if isinstance(value, list) else str(value)
            lines.append(f"{'  ' * depth}- {key}: {shown}")
    return "\n".join(lines)


def _number(value: JsonValue) -> str:
    if isinstance(value, float):
        return f"{value:.3f}" if value < 10 else f"{value:.1f}"
    return f"{value:,}" if isinstance(value, int) else str(value)
