"""A whole report of a real run: every section, nothing from elsewhere, pictures that open."""

from __future__ import annotations

import base64
import io
import json
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest
import yaml
from PIL import Image
from typer.testing import CliRunner

from model import load_checkpoint, save_calibration
from tests.support.confidence import a_calibration
from tests.support.tiny import SMILES, TEXTS
from training.cli import app
from training.report.build import write_report
from training.report.errors import ReportError
from training.report.measure import ReportRequest
from training.runs.comparison import Comparison, Measured, System

SECTIONS = ["training", "comparison", "ranks", "confidence", "space", "cases", "errors", "making"]


class Reader(HTMLParser):
    """What a page refers to and holds."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in ("meta", "img", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory, tiny_checkpoint: Path) -> Path:
    """What a run leaves behind, with the tiny network as its best checkpoint."""
    directory = tmp_path_factory.mktemp("runs") / "tiny-run"
    directory.mkdir()
    shutil.copytree(tiny_checkpoint, directory / "best")
    save_calibration(load_checkpoint(directory / "best"), a_calibration("others.tsv"))
    data = {"sources": [{"file": "train.tsv"}], "validation": "held-out.tsv", "pairs": 6}
    (directory / "config.yaml").write_text(yaml.safe_dump({"config": {"name": "tiny"}, "data": data}))
    lines: list[dict[str, object]] = [
        {"kind": "train", "step": step, "learning_rate": 0.1, "infonce": 5 / step, "u2u": 0.1, "total": 5 / step + 0.1}
        for step in (10, 20)
    ]
    figures = {"hits@1": 0.5, "hits@10": 1.0, "mrr": 0.6, "mean_rank": 2.0, "queries": 6.0, "pool": 6.0}
    both = {f"{direction}/{name}": value for direction in ("text2mol", "mol2text") for name, value in figures.items()}
    lines.append({"kind": "validation", "step": 20, "epoch": 1, "seconds": 9.0, **both})
    (directory / "history.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    return directory


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Pairs and a pool of the tiny molecules, and further ones."""
    directory = tmp_path_factory.mktemp("files")
    rows = [f"{row}\t{smiles}\t{text}" for row, (smiles, text) in enumerate(zip(SMILES, TEXTS, strict=True))]
    (directory / "held-out.tsv").write_text("\n".join(["cid\tsmiles\tdescription", *rows]) + "\n")
    pool = [*SMILES, "CCCO", "N[C@H](C)C(=O)O", *("C" * length + "N" for length in range(1, 120))]
    lines = [f"{row}\t{smiles}" for row, smiles in enumerate(pool)]
    (directory / "pool.tsv").write_text("\n".join(["cid\tsmiles", *lines]) + "\n")
    (directory / "train.tsv").write_text("smiles\tdescription\nCN\tAn amine <b>&amp;.\nCCN\tAnother amine.\n")
    figures = {"hits@1": 0.2, "hits@10": 0.5, "mrr": 0.3, "mean_rank": 9.0, "queries": 3, "pool": 5}
    one = Measured(metrics={"text2mol": figures, "mol2text": figures}, seed=0)
    table = Comparison(conditions={}, systems=(System(name="a <system>", measured=(one,)),))
    (directory / "comparison.json").write_text(json.dumps(table.as_json()))
    return directory


def request_of(run: Path, files: Path) -> ReportRequest:
    return ReportRequest(
        run=run,
        pairs=str(files / "held-out.tsv"),
        candidates=str(files / "pool.tsv"),
        training=[str(files / "train.tsv")],
        compare=files,
        workers=0,
    )


@pytest.fixture(scope="module")
def written(run: Path, files: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory of a full report."""
    directory = tmp_path_factory.mktemp("report")
    write_report(request_of(run, files), directory / "report.html", directory / "png")
    return directory


def test_the_page_has_every_section_with_its_pictures(written: Path) -> None:
    page = Reader((written / "report.html").read_text(encoding="utf-8"))
    assert not page.open
    assert [section["id"] for section in page.all("section")] == SECTIONS
    figures = {figure["id"] for figure in page.all("figure")}
    assert figures == {
        "losses",
        "validation",
        "systems-text2mol",
        "systems-mol2text",
        "recall",
        "reliability",
        "modality-gap",
        "second-order",
        "joint-space",
        "misses",
    }
    text = (written / "report.html").read_text(encoding="utf-8")
    assert "Not measured" not in text
    assert "pool" in text and "held-out.tsv" in text


def test_the_page_refers_to_nothing_outside_itself(written: Path) -> None:
    text = (written / "report.html").read_text(encoding="utf-8")
    page = Reader(text)
    assert not page.all("script") and not page.all("link") and not page.all("iframe")
    for _, attributes in page.tags:
        assert (attributes.get("src") or "data:").startswith("data:")
        assert (attributes.get("href") or "#").startswith("#")
    assert not re.search(r"url\(|@import|https?://", text)
    assert str(written.parent) not in text  # pages are passed on; paths of the machine are not


def test_every_image_says_in_words_what_it_shows_and_is_an_svg(written: Path) -> None:
    images = Reader((written / "report.html").read_text(encoding="utf-8")).all("img")
    assert images
    for image in images:
        assert len(image["alt"] or "") > 3
        kind, _, data = (image["src"] or "").partition(",")
        assert kind == "data:image/svg+xml;base64"
        ElementTree.fromstring(base64.b64decode(data))


def test_the_pngs_open_and_their_captions_stand_beside_them(written: Path) -> None:
    pngs = sorted((written / "png").glob("*.png"))
    captions = (written / "png" / "figures.md").read_text(encoding="utf-8")
    assert "cases" in {png.stem for png in pngs}
    for png in pngs:
        with Image.open(io.BytesIO(png.read_bytes())) as image:
            image.load()
            assert image.width > 600
            assert image.convert("L").getextrema()[0] < 100  # something is drawn
        assert f"({png.name})" in captions


def test_text_of_the_data_stays_text(written: Path) -> None:
    assert "a <system>" not in (written / "report.html").read_text(encoding="utf-8")


def test_the_same_run_and_seed_make_the_same_page(written: Path, run: Path, files: Path, tmp_path: Path) -> None:
    write_report(request_of(run, files), tmp_path / "again.html")
    assert (tmp_path / "again.html").read_bytes() == (written / "report.html").read_bytes()


def test_confidences_are_judged_and_said_where_they_do_not_hold(written: Path) -> None:
    text = (written / "report.html").read_text(encoding="utf-8")
    section = text[text.index('<section id="confidence">') : text.index('<section id="space">')]
    assert "fitted on others.tsv, on pairs that they were not fitted on" in section
    assert "It does not hold for texts of other kinds" in section
    assert "first hits ECE 0." in section


def test_an_unfinished_run_says_so_in_its_heading(written: Path, run: Path, tmp_path: Path) -> None:
    finished = (written / "report.html").read_text(encoding="utf-8")
    assert "unfinished</span>" not in finished and "report of a run</title>" in finished
    shutil.copytree(run, tmp_path / "run")
    record = yaml.safe_load((run / "config.yaml").read_text()) | {"config": {"name": "tiny", "epochs": 11}}
    (tmp_path / "run" / "config.yaml").write_text(yaml.safe_dump(record))
    write_report(ReportRequest(tmp_path / "run"), tmp_path / "r.html")
    text = (tmp_path / "r.html").read_text(encoding="utf-8")
    assert "report of an unfinished run</title>" in text
    heading = text[text.index("<h1>") : text.index("</header>")]
    assert "unfinished</span>" in heading and "1 of 11 epochs" in heading
    assert "The run is unfinished: 1 of 11 epochs." in text  # beside the curves, which travel without the page


def test_a_run_without_data_still_shows_its_curves_and_says_what_is_missing(run: Path, tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["report", str(run), "--out", str(tmp_path / "r.html")])
    assert result.exit_code == 0, result.output
    text = (tmp_path / "r.html").read_text(encoding="utf-8")
    assert [section["id"] for section in Reader(text).all("section")] == SECTIONS
    assert text.count("Not measured") == 5


def test_a_checkpoint_alone_is_enough(tiny_checkpoint: Path, tmp_path: Path) -> None:
    findings = write_report(ReportRequest(tiny_checkpoint), tmp_path / "r.html")
    assert findings.history is None
    assert findings.checkpoint is not None


def test_what_is_missing_is_said(run: Path, files: Path, tmp_path: Path) -> None:
    for request, reason in (
        (ReportRequest(files), "neither a run"),
        (ReportRequest(run, pairs="pairs.tsv"), "go together"),
        (ReportRequest(run, compare=tmp_path / "nowhere"), "compare wrote"),
    ):
        with pytest.raises(ReportError, match=reason):
            write_report(request, tmp_path / "r.html")
    assert not (tmp_path / "r.html").exists()
