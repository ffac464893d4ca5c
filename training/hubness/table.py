"""Findings as Markdown, for the terminal and for documents."""

from __future__ import annotations

from collections.abc import Iterator

from training.hubness.findings import Corrected, Interval, Study, Way

_UNITS = {"text2mol": "heavy atoms"}
_OWN = {"none": "", "in": "in", "out": "left out"}
_YES = {True: "yes", False: "no"}
_WIDEST = 60  # characters of a hub's SMILES or text
_HUBS = 5
_HEAD = (
    "| ranking | own captions | pool | settings | Hits@1 | Hits@10 | MRR | mean rank | MRR gained | over | "
    "MRR of known queries |"
)


def as_markdown(study: Study) -> str:
    """Space, hubs and corrections, each with what it is measured on."""
    bank, conditions = study.bank, study.conditions
    head = (
        f"{study.checkpoint} ({study.digest[:12]}); bank: {bank.pairs:,} pairs, {bank.texts:,} distinct texts "
        f"({bank.shared_texts:,} of several molecules) and {bank.molecules:,} molecules"
        f"{f', {bank.dropped:,} pairs dropped' if bank.dropped else ''}; validation {conditions['validation']}, "
        f"candidates {conditions['candidates']}, seed {conditions['seed']}"
    )
    return "\n\n".join([head, _space(study), *(part for way in study.ways for part in _way(way))]) + "\n"


def _space(study: Study) -> str:
    space, same = study.space, study.space.duplicates
    return "\n".join(
        [
            "## The space",
            "",
            "| | mean cosine of random pairs | uniformity |",
            "|---|---:|---:|",
            f"| held-out texts | {space.texts.mean_cosine:.3f} | {space.texts.uniformity:.2f} |",
            f"| molecules of the pool | {space.molecules.mean_cosine:.3f} | {space.molecules.uniformity:.2f} |",
            f"| texts with molecules | {space.unpaired:.3f} | |",
            "",
            f"Alignment (mean squared distance of pairs): {space.alignment:.3f} held out, "
            f"{space.trained_alignment:.3f} in the bank. Of {same.pool:,} molecules {same.equal:,} have the vector of "
            f"another molecule, {same.nearly:,} nearly (cosine ≥ .99); of {same.truths:,} truths {same.truths_equal:,} "
            f"and {same.truths_nearly:,}.",
        ]
    )


def _way(way: Way) -> Iterator[str]:
    found, wrong, bank = way.occurrence, way.wrong, way.bank_cosines
    unit = _UNITS.get(way.name, "words")
    yield f"## {way.name}: {way.about}"
    yield (
        f"{way.queries:,} queries. N_{found.k}: skewness {found.skewness:.2f} (by lot {found.chance_skewness:.2f}), "
        f"never found {found.never:.1%} (by lot {found.chance_never:.1%}), largest {found.largest}; the most frequent "
        f"1 % take {found.top:.1%} of all places and have {found.top_size:g} {unit} (median; all: {found.size:g}). "
        f"Wrong first hits: {wrong.wrong:,}, of which {wrong.share:.1%} trained on (pool: {wrong.pool_share:.1%})."
        + _means(" Mean N_10", ("trained on", found.mean_trained), ("others", found.mean_others))
        + _means(
            " Mean cosine to the ten nearest of the bank",
            ("trained on, own captions in", bank.trained_whole),
            ("trained on, left out", bank.trained_rest),
            ("others", bank.others),
        )
    )
    yield "\n".join(
        [
            f"| N_{found.k} | {unit} | trained on | hub |",
            "|---:|---:|---|---|",
            *(
                f"| {hub.occurrences} | {hub.size} | {_YES[hub.trained]} | {hub.id}: `{_cut(hub.content)}` |"
                for hub in found.hubs[:_HUBS]
            ),
        ]
    )
    yield "\n".join(
        [
            _HEAD,
            "|---|---|---|---|---:|---:|---:|---:|---|---|---|",
            *(_line(one) for one in way.corrections),
        ]
    )
    yield _verdict(way)


def _line(one: Corrected) -> str:
    settings = ""
    if one.chosen is not None:
        settings = " / ".join(dict.fromkeys(", ".join(f"{k} {v:g}" for k, v in some.items()) for some in one.chosen))
    cells = [
        one.method,
        _OWN[one.own] + (" (dishonest)" if one.own == "in" else ""),
        "all" if one.pool == "all" else "not trained on",
        settings,
        f"{one.hits1:.3f}",
        f"{one.hits10:.3f}",
        f"{one.mrr:.3f}",
        f"{one.mean_rank:.1f}",
        _interval(one.gain_mrr) if one.gain_mrr else "",
        one.baseline or "",
        _interval(one.known_mrr) if one.known_mrr else "",
    ]
    return "| " + " | ".join(cells) + " |"


def _verdict(way: Way) -> str:
    helpful = way.helpful()
    honest = helpful or max((one for one in way.corrections if one.honest), key=lambda one: one.mrr)
    parts = [f"{'It helps' if helpful else 'It does not help'}: at best {honest.method} gains {_gain(honest)}"]
    if honest.known_mrr is not None:
        parts[0] += (
            f" on held-out queries, and {_interval(honest.known_mrr)} on {way.known:,} whose answer was trained on "
            "(they are left out of the bank)"
        )
    parts[0] += "."
    others = [one for one in way.corrections if one.pool == "untrained"]
    if others:
        never, *corrected = others
        within = max(corrected, key=lambda one: one.mrr)
        parts += [
            f"Never answering with what was trained on would gain {_gain(never)}: an upper bound of what own captions "
            "in the bank can teach, which no user can have, for theirs may well be a candidate that was trained on.",
            f"Among the others, where nobody has own captions, {within.method} gains {_gain(within)}.",
        ]
    return " ".join(parts)


def _gain(one: Corrected) -> str:
    assert one.gain_mrr is not None  # of everything but the baseline
    return f"{_interval(one.gain_mrr)} MRR"


def _interval(value: Interval) -> str:
    return f"{value.mean:+.4f} [{value.low:+.4f}, {value.high:+.4f}]"


def _means(what: str, *named: tuple[str, float | None]) -> str:
    known = [f"{value:.3f} {name}" for name, value in named if value is not None]
    return f"{what}: {', '.join(known)}." if known else ""


def _cut(text: str) -> str:
    plain = text.replace("|", "¦").replace("`", "'")
    return plain if len(plain) <= _WIDEST else plain[: _WIDEST - 1] + "…"
