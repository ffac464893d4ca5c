"""`molseek-train caption`: a thin shell over `training.captioning`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from training.captioning.captioner import Captioner
from training.captioning.training import CaptionSettings, evaluate_captions, fit_adapter
from training.commands.options import Device, Seed
from training.config import ConfigError
from training.pairs import read_pairs

caption_app = typer.Typer(
    help="Caption molecules with a T5 that sees a checkpoint's embedding, as the paper's figure 4 shows."
)

_DEFAULT = CaptionSettings()
_Checkpoint = Annotated[
    str, typer.Option(help="Checkpoint that embeds the molecules: directory, bundled name or hub id.")
]


@caption_app.command("fit")
def fit_command(
    checkpoint: _Checkpoint,
    t5: Annotated[str, typer.Option(metavar="MODEL", help="Hub id or path of the T5, e.g. laituan245/molt5-small.")],
    pairs: Annotated[list[str], typer.Option(metavar="FILE", help="Training pairs; repeatable.")],
    out: Annotated[Path, typer.Option(metavar="DIR", help="Directory of the adapter; run again to resume.")],
    epochs: Annotated[int, typer.Option(min=1, help="Passes over the pairs.")] = _DEFAULT.epochs,
    batch_size: Annotated[int, typer.Option(min=1, help="Pairs a step.")] = _DEFAULT.batch_size,
    learning_rate: Annotated[float, typer.Option(min=0, help="Of the adapter.")] = _DEFAULT.learning_rate,
    seed: Seed = 0,
    device: Device = "cpu",
) -> None:
    """Train the adapter that shows molecules to the T5; the T5 stays as it is."""
    settings = CaptionSettings(epochs, batch_size, learning_rate, seed)
    training = [pair for one in pairs for pair in read_pairs(one).pairs]
    done = fit_adapter(checkpoint, t5, training, out, settings, device)
    typer.echo(f"{done} epochs, adapter in {out}")


@caption_app.command("evaluate")
def evaluate_command(
    checkpoint: _Checkpoint,
    pairs: Annotated[str, typer.Option(metavar="FILE", help="Held-out pairs: captions are compared with their texts.")],
    adapter: Annotated[Path | None, typer.Option(metavar="DIR", help="Directory that `caption fit` wrote.")] = None,
    t5: Annotated[
        str | None, typer.Option(metavar="MODEL", help="A T5 alone, the baseline, instead of --adapter.")
    ] = None,
    judge: Annotated[
        str | None,
        typer.Option(
            metavar="CHECKPOINT", help="Checkpoint of the Text2Mol metric (default: CHECKPOINT, which favours itself)."
        ),
    ] = None,
    captions: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the captions here, one per line.")
    ] = None,
    device: Device = "cpu",
) -> None:
    """BLEU-2, BLEU-4, METEOR, ROUGE and the cosine of caption and molecule (the Text2Mol metric)."""
    if (adapter is None) == (t5 is None):
        raise ConfigError("name an adapter with --adapter, or a T5 alone with --t5")
    captioner = Captioner.load(adapter)[0] if adapter is not None else Captioner(str(t5), None)
    metrics, made = evaluate_captions(captioner, checkpoint, read_pairs(pairs).pairs, judge=judge, device=device)
    typer.echo("  ".join(f"{name} {value:.3f}" for name, value in metrics.items()) + f"  captions {len(made):,}")
    if captions is not None:
        captions.write_text("".join(" ".join(one.split()) + "\n" for one in made), encoding="utf-8")
