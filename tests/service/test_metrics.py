"""The numbers of several processes on one page."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
# A process of a service that answers one request and dies.
PROGRAM = """
import sys
from pathlib import Path
from service.metrics import Metrics, share_metrics

share_metrics(Path(sys.argv[1]), int(sys.argv[2]))
metrics = Metrics()
metrics.request({"method": "GET"}, 200, 0.01)
metrics.stage("encode", 3, 0.0, 0.01)
print(metrics.page().decode())
"""


def answer_one(folder: Path, place: int) -> str:
    """The page as a process at this place sees it after its request."""
    return subprocess.run(
        [sys.executable, "-c", PROGRAM, str(folder), str(place)],
        env=os.environ | {"PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout


def test_processes_share_a_page_and_a_new_one_goes_on_where_the_dead_one_was(tmp_path: Path) -> None:
    answer_one(tmp_path, 0)
    page = answer_one(tmp_path, 1)
    assert 'molseek_requests_total{method="GET",route="none",status="200"} 2.0' in page
    files = set(tmp_path.iterdir())
    page = answer_one(tmp_path, 0)
    assert 'molseek_requests_total{method="GET",route="none",status="200"} 3.0' in page
    assert 'molseek_batch_size_sum{stage="encode"} 9.0' in page
    assert set(tmp_path.iterdir()) == files
