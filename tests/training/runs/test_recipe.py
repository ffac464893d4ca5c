"""A recipe runs its steps in order, resumes where it stopped, and every step of a bundled one is a valid command."""

from __future__ import annotations

from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from training.cli import app
from training.config import ConfigError
from training.runs.recipe import Recipe, load_recipe, recipe_names, run_recipe

SMALL = Recipe(
    inputs=("pairs.tsv",),
    arguments={"files": "--pairs {data}/pairs.tsv", "all": "{files} --set x=1"},
    steps=("one {files} --out {out}/a", "two {all} --out {out}/b", "three --out {out}/c"),
    result="c",
)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    directory = tmp_path / "my data"
    directory.mkdir()
    (directory / "pairs.tsv").write_text("smiles\tdescription\n", encoding="utf-8")
    return directory


def test_steps_run_in_order_with_their_arguments_filled_in(data: Path, tmp_path: Path) -> None:
    ran: list[list[str]] = []
    out = tmp_path / "out"
    assert run_recipe(SMALL, data, out, lambda command: ran.append(command) or 0) == out / "c"
    pairs = ["--pairs", str(data / "pairs.tsv")]
    assert ran == [
        ["one", *pairs, "--out", str(out / "a")],
        ["two", *pairs, "--set", "x=1", "--out", str(out / "b")],
        ["three", "--out", str(out / "c")],
    ]


def test_a_step_that_failed_is_run_again_and_those_before_it_are_not(data: Path, tmp_path: Path) -> None:
    ran: list[str] = []

    def fails_at_two(command: list[str]) -> int:
        ran.append(command[0])
        return 3 if command[0] == "two" else 0

    with pytest.raises(ConfigError, match=r"step 2 of 3 ended with status 3"):
        run_recipe(SMALL, data, tmp_path / "out", fails_at_two)
    assert ran == ["one", "two"]
    ran.clear()
    run_recipe(SMALL, data, tmp_path / "out", lambda command: ran.append(command[0]) or 0)
    assert ran == ["two", "three"]
    ran.clear()
    run_recipe(SMALL, data, tmp_path / "out", lambda command: ran.append(command[0]) or 0)
    assert ran == []


def test_a_changed_step_and_all_after_it_run_again(data: Path, tmp_path: Path) -> None:
    run_recipe(SMALL, data, tmp_path / "out", lambda _: 0)
    changed = SMALL.model_copy(update={"steps": (SMALL.steps[0], SMALL.steps[1] + " --seed 1", SMALL.steps[2])})
    ran: list[str] = []
    run_recipe(changed, data, tmp_path / "out", lambda command: ran.append(command[0]) or 0)
    assert ran == ["two", "three"]


def test_a_missing_input_is_named_before_anything_runs(tmp_path: Path) -> None:
    def never(_command: list[str]) -> int:
        raise AssertionError("nothing may run")

    with pytest.raises(ConfigError, match=r"lacks pairs\.tsv"):
        run_recipe(SMALL, tmp_path, tmp_path / "out", never)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("inputs: []\nsteps: [fit]\nresult: x\nmore: 1\n", "cannot be understood"),
        ("steps: [", "cannot be understood"),
        ("- a\n", "cannot be understood"),
    ],
)
def test_a_file_that_is_no_recipe_is_refused(text: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=message):
        load_recipe(str(path))


def test_an_unknown_placeholder_is_named(tmp_path: Path) -> None:
    recipe = Recipe(inputs=(), steps=("fit {nothing}",), result="x")
    with pytest.raises(ConfigError, match=r"\{nothing\}"):
        recipe.commands(tmp_path, tmp_path)


def test_an_unknown_recipe_is_answered_with_those_there_are() -> None:
    with pytest.raises(ConfigError, match="there are compact"):
        load_recipe("nothing")


@pytest.mark.parametrize("name", recipe_names())
def test_every_step_of_a_bundled_recipe_is_a_command_that_the_parser_takes(name: str, tmp_path: Path) -> None:
    group = typer.main.get_command(app)
    for arguments in load_recipe(name).commands(tmp_path, tmp_path):
        context = group.make_context("molseek-train", list(arguments))
        command, rest = group, arguments
        while hasattr(command, "resolve_command"):
            _, command, rest = command.resolve_command(context, list(rest))
            context = command.make_context(command.name or "", list(rest), parent=context)
        assert not context.args


def test_show_prints_the_commands_and_runs_nothing(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["recipe", "compact", "--data", "d", "--out", str(tmp_path / "o"), "--show"])
    assert result.exit_code == 0
    assert len(result.output.splitlines()) == len(load_recipe("compact").steps)
    assert not (tmp_path / "o").exists()
