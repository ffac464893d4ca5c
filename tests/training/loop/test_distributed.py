"""Two processes of torchrun train as one does: losses, weights, stops, dropout; and what is refused."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import pytest
from safetensors.torch import load_file
from torch import Tensor

from model import load_checkpoint
from tests.support.recipes import write_run
from tests.support.together import SCENARIOS, STOPPED_AT, prepare_for, run, train, weights

REPOSITORY = Path(__file__).parents[3]
pytestmark = pytest.mark.timeout(900)  # busy machines take minutes to start four processes


def torchrun(*command: str) -> list[str]:
    """Two processes on this machine."""
    return [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2", *command]


@pytest.fixture(scope="module")
def together(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What two processes wrote about every scenario: they start once for all tests."""
    directory = tmp_path_factory.mktemp("together")
    prepare_for(directory)
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        torchrun("-m", "tests.support.together", str(directory)),
        cwd=REPOSITORY,
        env=environment,
        capture_output=True,
        text=True,
        timeout=800,
    )
    assert done.returncode == 0, done.stderr
    return directory


def reports(together: Path, scenario: str) -> list[dict[str, object]]:
    return [json.loads((together / f"{scenario}.{rank}.json").read_text()) for rank in range(2)]


def assert_close(found: Mapping[str, Tensor], expected: Mapping[str, Tensor]) -> None:
    assert found.keys() == expected.keys()
    for name, weight in expected.items():
        if name.endswith("key.bias"):
            continue  # softmax does not feel it: its gradient is rounding, of which Adam makes whole steps
        # Adam divides a gradient by its own size, so here and there a small one's rounding moves a weight by a part of
        # a step (of 1e-3 or 3e-3); a gradient that is wrong moves most of them by whole ones.
        difference = (found[name].double() - weight.double()).abs()
        assert difference.max() < 3e-4, name
        assert difference.mean() < 1e-6, name


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_two_processes_train_as_one(scenario: str, together: Path) -> None:
    losses, expected = train(together, scenario)
    first, second = reports(together, scenario)
    assert first == second
    for one, other in zip(losses, first, strict=True):
        assert other == pytest.approx(one, rel=1e-4, abs=1e-6)
    found = [load_file(together / f"{scenario}.{rank}.safetensors") for rank in range(2)]
    assert all(weight.equal(found[1][name]) for name, weight in found[0].items())
    assert_close(found[0], expected)


def test_a_stop_asked_of_one_stops_all_and_all_go_on_to_the_same_end(together: Path) -> None:
    for report in reports(together, "stopping"):
        assert report == {
            "message": f"stopped at step {STOPPED_AT} of 9; run again to resume",
            "step": 9,
            "equal": True,
        }


def test_another_number_of_processes_goes_on_with_a_run(together: Path) -> None:
    state = json.loads((together / "elsewhere" / "state" / "position.json").read_text())
    assert state["step"] == STOPPED_AT
    _, resumed = run(together, "elsewhere")
    expected = load_file(together / "whole" / "state" / "modules.safetensors")
    assert_close(weights(resumed), expected)


def test_each_process_drops_out_something_else_and_again_the_same(together: Path) -> None:
    first, second = reports(together, "dropping")
    assert first["first"] == first["again"]
    assert second["first"] == second["again"]
    assert first["first"] != second["first"]


def test_what_cannot_be_trained_together_is_refused_by_all(together: Path) -> None:
    for report in reports(together, "refusing"):
        assert report["said"] == [
            "the processes would start from different states; all need to see the same directory",
            "a batch of 2 cannot be shared by 3 processes",
        ]


def test_a_whole_run_writes_once(together: Path) -> None:
    assert [report["step"] for report in reports(together, "fitting")] == [6, 6]
    out = together / "files" / "run"
    lines = [json.loads(line) for line in (out / "history.jsonl").read_text().splitlines()]
    assert [line["epoch"] for line in lines if line["kind"] == "validation"] == [1, 2]
    assert len(list((out / "tensorboard").iterdir())) == 1
    assert load_checkpoint(out / "best").info.training["epochs"] in (1, 2)


class Command:
    """`molseek-train fit` under torchrun in a process group of its own; `wrapper` is shell that each rank runs."""

    def __init__(self, directory: Path, out: Path, wrapper: str = 'exec "$@"') -> None:
        self.out = out
        self.pids = directory / "pids"
        self.pids.mkdir(exist_ok=True)
        files = [f"--{name}={directory / name}.tsv" for name in ("pairs", "validation", "candidates")]
        files += [f"--preset={directory / 'small.yaml'}", f"--out={out}"]
        options = ["--workers=0", "--device=cpu", "--set=epochs=40", "--set=batch_size=4", "--set=evaluate_every=20"]
        molseek = [sys.executable, "-c", "from training.cli import main; main()", "fit"]
        shell = f"echo $BASHPID > {self.pids}/$RANK; {wrapper}"
        self.process = subprocess.Popen(
            [*torchrun("--no-python", "bash", "-c", shell, "rank"), *molseek, *files, *options],
            cwd=REPOSITORY,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )

    def once_training(self) -> None:
        deadline = time.monotonic() + 800
        while not (self.out / "history.jsonl").exists() and self.process.poll() is None:
            assert time.monotonic() < deadline
            time.sleep(0.01)

    def pid(self, rank: int) -> int:
        return int((self.pids / str(rank)).read_text())

    def end(self) -> tuple[int, str]:
        """Exit code, and what was said; no process is left."""
        _, said = self.process.communicate(timeout=800)
        for rank in range(2):
            with pytest.raises(ProcessLookupError):
                os.kill(self.pid(rank), 0)
        return self.process.returncode, said


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory of a run by command, with its files."""
    directory = tmp_path_factory.mktemp("command")
    write_run(directory, pairs=26, validation=6)
    code, said = Command(directory, directory / "run").end()
    assert code == 0, said
    return directory


@pytest.mark.slow
@pytest.mark.parametrize("how", ["torchrun asked to stop", "one process killed"])
def test_a_run_by_command_broken_off_goes_on_to_the_same_end(how: str, undisturbed: Path, tmp_path: Path) -> None:
    broken = Command(undisturbed, tmp_path / "run")
    broken.once_training()
    if how == "torchrun asked to stop":
        broken.process.terminate()
        code, said = broken.end()
        assert "of 240; run again to resume" in said
        assert 0 < json.loads((tmp_path / "run" / "state" / "position.json").read_text())["step"] < 240
    else:
        os.kill(broken.pid(1), signal.SIGKILL)
        code, said = broken.end()
        assert "molseek-train (rank 0): another process of the run has ended" in said
    assert code != 0
    code, said = Command(undisturbed, tmp_path / "run").end()
    assert code == 0, said
    for file in ("state/modules.safetensors", "state/optimizers.safetensors", "best/model.safetensors"):
        first, second = load_file(tmp_path / "run" / file), load_file(undisturbed / "run" / file)
        assert first.keys() == second.keys()
        assert all(weight.equal(second[name]) for name, weight in first.items()), file


@pytest.mark.slow
def test_a_process_that_fails_ends_all_and_says_why(undisturbed: Path, tmp_path: Path) -> None:
    code, said = Command(undisturbed, tmp_path / "run", 'exec "$@" --set=seed=$RANK').end()
    assert code != 0
    assert "molseek-train (rank 1): " in said
    assert "holds a run with another configuration" in said


@pytest.mark.slow
def test_other_commands_are_refused_under_torchrun() -> None:
    command = [sys.executable, "-c", "from training.cli import main; main()", "report", "anything"]
    done = subprocess.run(torchrun("--no-python", *command), cwd=REPOSITORY, capture_output=True, text=True)
    assert done.returncode != 0
    assert "torchrun is for fit alone: report runs in one process" in done.stderr
