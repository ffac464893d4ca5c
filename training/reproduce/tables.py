"""Tables I and II: systems trained, measured on the test split, and set beside the published rows."""

from __future__ import annotations

from collections.abc import Sequence

from model import load_checkpoint
from training.evaluation import embed, prepare
from training.evaluation.text_pool import Ranking
from training.pairs import read_candidates, read_pairs
from training.reproduce.published import TABLE_1, TABLE_2
from training.reproduce.settings import Settings
from training.reproduce.side_by_side import side_by_side
from training.rerank.attention import attention_rules
from training.rerank.evaluate import reranked, tuned
from training.rerank.frequent import mine_rules
from training.rerank.items import text_items
from training.rerank.rules import RuleReranker
from training.runs.compare import compare
from training.runs.compare_request import Ensemble, External
from training.runs.comparison import Comparison, Measured, System

THREE = (0, 1, 2)
"""Seeds of the models in Text2Mol's ensembles."""


def table_1(settings: Settings, externals: Sequence[External] = (), *, minimum_support: float = 0.001) -> str:
    """Table I, as Markdown; externals: other systems by their embeddings, Atomas among them."""
    own_seeds = {"text2mol_mlp": THREE, "text2mol_gcn": THREE}
    ensembles = (
        Ensemble("MLP-Ensemble", ("text2mol_mlp",)),
        Ensemble("GCN-Ensemble", ("text2mol_gcn",)),
        Ensemble("All-Ensemble", ("text2mol_mlp", "text2mol_gcn")),
    )
    presets = ("text2mol_mlp", "text2mol_gcn", "aman", "aman_gcn", "paper")
    request = settings.request(presets, own_seeds=own_seeds, ensembles=ensembles, externals=externals)
    table = compare(request)
    rules = _with_rules(settings, minimum_support)
    return side_by_side(Comparison(conditions=table.conditions, systems=(*table.systems, *rules)), TABLE_1)


def table_2(settings: Settings) -> str:
    """Table II, as Markdown."""
    return side_by_side(compare(settings.request(tuple(TABLE_2))), TABLE_2)


def _with_rules(settings: Settings, minimum_support: float) -> tuple[System, System]:
    """MLP+Atten and MLP+FPG: the first MLP reranked, the decoder over the states of the first GCN."""
    device = settings.device or "cpu"
    base = load_checkpoint(settings.run("text2mol_mlp", 0) / "best", device).network
    graph = load_checkpoint(settings.run("text2mol_gcn", 0) / "best", device).network
    pairs = read_pairs(settings.files.train).pairs
    candidates = read_candidates(settings.files.candidates)
    validation, test = (
        prepare(read_pairs(source).pairs, candidates) for source in (settings.files.validation, settings.files.test)
    )
    on_validation, on_test = embed(base, validation), embed(base, test)
    rules = {
        "MLP+Atten": (attention_rules(graph, pairs), text_items(graph)),
        "MLP+FPG": (mine_rules(pairs, text_items(base), minimum_support=minimum_support), text_items(base)),
    }
    systems = []
    for name, (mined, items) in rules.items():
        reranker = tuned(validation, on_validation, RuleReranker(mined, items))
        metrics: dict[Ranking, dict[str, float | int]] = {"text2mol": reranked(test, on_test, reranker).as_json()}
        systems.append(System(name=name, measured=(Measured(metrics=metrics),)))
    return systems[0], systems[1]
