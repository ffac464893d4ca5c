"""`molseek-train rerank`: a thin shell over `training.rerank`."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from model import load_checkpoint
from training.commands.options import Device
from training.evaluation import as_json, embed, prepare, score
from training.pairs import read_candidates, read_pairs
from training.rerank.attention import attention_rules
from training.rerank.evaluate import FIRST, reranked, tuned
from training.rerank.frequent import MINIMUM_SUPPORT, mine_rules
from training.rerank.items import text_items
from training.rerank.rules import RuleReranker


class Kind(StrEnum):
    """Where the association rules come from."""

    FPG = "fpg"
    ATTEN = "atten"


def rerank_command(
    checkpoint: Annotated[
        str, typer.Option(help="Checkpoint of the base system, one network: directory, bundled name or hub id.")
    ],
    pairs: Annotated[list[str], typer.Option(metavar="FILE", help="Training pairs to mine rules from; repeatable.")],
    validation: Annotated[
        str, typer.Option(metavar="FILE", help="Held-out pairs to tune the weight of the base score on.")
    ],
    candidates: Annotated[str, typer.Option(metavar="FILE", help="Candidate pool.")],
    kind: Annotated[Kind, typer.Option(help="Rules by FP-growth, or by a decoder's attention.")] = Kind.FPG,
    test: Annotated[str | None, typer.Option(metavar="FILE", help="Pairs to measure on (default: VALIDATION).")] = None,
    attention: Annotated[
        str | None,
        typer.Option(metavar="CHECKPOINT", help="Checkpoint whose states the decoder reads (default: CHECKPOINT)."),
    ] = None,
    first: Annotated[int, typer.Option(min=2, help="Number of hits to rerank.")] = FIRST,
    minimum_support: Annotated[
        float, typer.Option(min=0, max=1, help="Minimum share of the pairs that a rule occurs in (FP-growth).")
    ] = MINIMUM_SUPPORT,
    seed: Annotated[int, typer.Option(min=0, help="Random seed of the decoder.")] = 0,
    device: Device = "cpu",
) -> None:
    """Rerank the first hits of a system by association rules, as Text2Mol's MLP+Atten and MLP+FPG."""
    base = load_checkpoint(checkpoint, device).network
    reader = load_checkpoint(attention, device).network if attention else base
    training = [pair for one in pairs for pair in read_pairs(one).pairs]
    pool = read_candidates(candidates)
    if kind is Kind.FPG:
        reader = base
        rules = mine_rules(training, text_items(base), minimum_support=minimum_support)
    else:
        rules = attention_rules(reader, training, seed=seed)
    held_out = prepare(read_pairs(validation).pairs, pool)
    embedded = embed(base, held_out)
    reranker = tuned(held_out, embedded, RuleReranker(rules, text_items(reader)), first=first)
    if test is not None:
        held_out = prepare(read_pairs(test).pairs, pool)
        embedded = embed(base, held_out)
    figures = {
        "base": score(held_out, embedded)["text2mol"],
        kind.value: reranked(held_out, embedded, reranker, first=first),
    }
    typer.echo(f"{(rules.confidence > 0).sum():,} rules; share of the base score {reranker.share:.2f}")
    for name, values in as_json(figures).items():
        typer.echo(name + "  " + "  ".join(f"{one} {value:,.4g}" for one, value in values.items()))
