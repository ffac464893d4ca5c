"""Table III: fine-tuning on PCdes at paragraph and at sentence level, and the zero-shot ranks over the whole split."""

from __future__ import annotations

from pathlib import Path

from training.config import ConfigError, load_preset
from training.evaluation.pcdes import PcdesReport, measure, select, sentences_of, whole_split_table
from training.markdown import markdown_table
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
    for direction, title in (("mol2text", "Molecule → text"), ("text2mol", "Text → molecule")):
        rows = [[f"{name}, published", *_percent(figures[direction])] for name, figures in TABLE_3.items()]
        rows.append(["ours", *_percent(ours[direction])])
        difference = [a - b for a, b in zip(ours[direction], TABLE_3["Ours"][direction], strict=True)]
        rows.append(["*ours − published*", *(f"{100 * value:+.2f}" for value in difference)])
        head = ["system", "sentence Acc", "Rec@20", "paragraph Acc", "Rec@20"]
        parts.append(f"### {title}\n\n{markdown_table(head, rows)}")
    report = reports["paragraph"]
    left_out = f"{report.overlap or 0:,} left out whose molecule was trained on"
    parts.append(f"{report.pairs:,} of {report.given:,} test pairs; {left_out}.")
    parts.append(f"### Before fine-tuning, among the whole split\n\n{whole_split_table(zero_shot)}")
    return "\n\n".join(parts) + "\n"


def _percent(figures: tuple[float, float, float, float]) -> list[str]:
    return [f"{100 * value:.2f}" for value in figures]
