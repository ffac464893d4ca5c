"""Figure 4: captions of a T5 alone, and of the same T5 that sees the molecule as `paper` embeds it."""

from __future__ import annotations

from training.captioning.captioner import Captioner
from training.captioning.training import CaptionSettings, evaluate_captions, fit_adapter
from training.markdown import markdown_table
from training.pairs import read_pairs
from training.reproduce.settings import Settings
from training.runs.compare import compare


def figure_4(settings: Settings, t5: str, *, epochs: int = CaptionSettings().epochs) -> str:
    """Metrics of both on the test split, as Markdown; the Text2Mol metric is by the first Text2Mol MLP."""
    compare(settings.request(("paper", "text2mol_mlp"), own_seeds={"text2mol_mlp": (0,)}))
    device = settings.device or "cpu"
    checkpoint = str(settings.run("paper", settings.seeds[0]) / "best")
    judge = str(settings.run("text2mol_mlp", 0) / "best")
    adapter = settings.out / "captions"
    pairs = read_pairs(settings.files.train).pairs
    fit_adapter(checkpoint, t5, pairs, adapter, CaptionSettings(epochs=epochs), device)
    test = read_pairs(settings.files.test).pairs
    systems = {"T5": Captioner(t5, None), "paper + T5": Captioner.load(adapter)[0]}
    found = {
        name: evaluate_captions(one, checkpoint, test, judge=judge, device=device)[0] for name, one in systems.items()
    }
    names = list(found["T5"])
    rows = [[name, *(f"{metrics[one]:.3f}" for one in names)] for name, metrics in found.items()]
    rows.append(["*difference*", *(f"{found['paper + T5'][one] - found['T5'][one]:+.3f}" for one in names)])
    return markdown_table(["system", *names], rows) + f"\n\nT5: {t5}. The published figure is a plot without numbers.\n"
