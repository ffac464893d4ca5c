"""Table III: fine-tuning on PCdes at paragraph and at sentence level, and the zero-shot ranks over the whole split."""

from __future__ import annotations

from pathlib import Path

from training.config import ConfigError, load_preset
from training.evaluation.pcdes import PcdesReport, measure, select, sentences_of
from training.pairs import read_pairs
from training.reproduce.published import TABLE_3
from training.reproduce.settings import Settings
from training.runs.compare import compare
from training.runs.fit import fit
from training.runs.run_data import RunFiles
from training.runs.starting import load_encoder

_ARCHITECTURE = ("model", "scratch_text", "atom_vectors")


def table_3(settings: Settings) -> str:
    """Table III, as Markdown. The checkpoint that is fine-tuned is `paper` of Table I.

    Raises:
        ConfigError: there are no PCdes pairs.
    """
    pcdes = settings.files.pcdes
    if pcdes is None:
        raise ConfigError("Table III needs PCdes; molseek-train data pcdes --out DATA/pcdes fetches it")
    compare(settings.request(("paper",)))
    start = settings.run("paper", settings.seeds[0]) / "best"
    train, dev, test = (f"{pcdes}?pcdes_split={split}" for split in ("train", "dev", "test"))
    directory = settings.out / "pcdes"
    chosen = select(read_pairs(test).pairs, [*read_pairs(settings.files.train).pairs], workers=settings.workers)
    sentences = _write_sentences(train, directory / "sentences.tsv")
    tuned = {
        level: _fine_tuned(settings, start, pairs, dev, directory / level)
        for level, pairs in (("paragraph", train), ("sentence", str(sentences)))
    }
    reports = {level: measure(load_encoder([str(path)]), chosen) for level, path in tuned.items()}
    zero_shot = measure(load_encoder([str(start)]), chosen)
    return _markdown(reports, zero_shot)


def _fine_tuned(settings: Settings, start: Path, pairs: str, dev: str, out: Path) -> Path:
    overrides = [one for one in settings.overrides if not one.startswith(_ARCHITECTURE)]
    config = load_preset("pcdes", overrides)
    files = RunFiles((pairs,), dev, settings.files.candidates, out, init=str(start))
    fit(config, files, workers=settings.workers, device=settings.device)
    return out / "best"


def _write_sentences(pairs: str, path: Path) -> Path:
    """Every sentence of every text as a pair of its own, as the published programs cut texts."""
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = [
        f"{pair.smiles}\t{' '.join(sentence.split())}\n"
        for pair in read_pairs(pairs).pairs
        for sentence in sentences_of(pair.text)
    ]
    path.write_text("smiles\tdescription\n" + "".join(rows), encoding="utf-8")
    return path


def _markdown(reports: dict[str, PcdesReport], zero_shot: PcdesReport) -> str:
    sentence, paragraph = reports["sentence"].sentence, reports["paragraph"].paragraph
    ours = {
        "text2mol": (sentence.acc_text2mol, sentence.rec20_text2mol, paragraph.acc_text2mol, paragraph.rec20_text2mol),
        "mol2text": (sentence.acc_mol2text, sentence.rec20_mol2text, paragraph.acc_mol2text, paragraph.rec20_mol2text),
    }
    parts = []
    for way, title in (("mol2text", "Molecule → text"), ("text2mol", "Text → molecule")):
        lines = [
            f"### {title}",
            "",
            "| system | sentence Acc | Rec@20 | paragraph Acc | Rec@20 |",
            "|---|---:|---:|---:|---:|",
        ]
        lines += [_row(f"{name}, published", figures[way]) for name, figures in TABLE_3.items()]
        lines.append(_row("ours", ours[way]))
        lines.append(
            "| *ours − published* | "
            + " | ".join(f"{100 * (a - b):+.2f}" for a, b in zip(ours[way], TABLE_3["Ours"][way], strict=True))
            + " |"
        )
        parts.append("\n".join(lines))
    report = reports["paragraph"]
    left_out = f"{report.overlap or 0:,} left out whose molecule was trained on"
    parts.append(f"{report.pairs:,} of {report.given:,} test pairs; {left_out}.")
    lines = ["### Before fine-tuning, among the whole split", "", "| direction | R@1 | R@10 | MRR | pool |"]
    lines.append("|---|---:|---:|---:|---:|")
    for way, values in zero_shot.whole.items():
        lines.append(
            f"| {way} | {values['hits@1']:.3f} | {values['hits@10']:.3f} | {values['mrr']:.3f} | {values['pool']:,} |"
        )
    parts.append("\n".join(lines))
    return "\n\n".join(parts) + "\n"


def _row(name: str, figures: tuple[float, float, float, float]) -> str:
    return f"| {name} | " + " | ".join(f"{100 * value:.2f}" for value in figures) + " |"
