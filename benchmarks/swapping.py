"""Failed requests while another release is published every two seconds, under full load.

    python -m benchmarks.swapping --index var/index --clients 64 --seconds 60

The index must have two releases. A copy of its links is made, so nothing in it changes.
"""

import argparse
import os
import sys
import tempfile
import threading
from itertools import cycle
from pathlib import Path

from benchmarks.machine import describe
from benchmarks.serving_load import Service, free_port, press
from benchmarks.table import Table, show

_COLUMNS = ("clients", "swaps", "answers/s", "p50 ms", "p99 ms", "failed or refused")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--checkpoint", default="compact")
    parser.add_argument("--index", type=Path, required=True)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--clients", type=int, nargs="+", default=[64])
    parser.add_argument("--seconds", type=int, default=60, help="of load for each line")
    parser.add_argument("--every", type=float, default=2.0, help="seconds from one release to the next")
    arguments = parser.parse_args()
    releases = sorted(path.resolve() for path in (arguments.index / "releases").iterdir() if path.is_dir())[-2:]
    if len(releases) < 2:
        sys.exit(f"{arguments.index} has fewer than two releases")
    rows = []
    with tempfile.TemporaryDirectory() as directory:
        root = Path(directory)
        (root / "releases").mkdir()
        for release in releases:
            (root / "releases" / release.name).symlink_to(release)
        publish(root, releases[0].name)
        port = free_port()
        command = ["-m", "service.cli", "--checkpoint", arguments.checkpoint, "--index", str(root), "--port", str(port)]
        os.environ["MOLSEEK_POLL_SECONDS"] = "0.2"
        service = Service([*command, "--processes", str(arguments.processes)], port, Path(__file__).parents[1])
        try:
            service.wait()
            for clients in arguments.clients:
                stop, swaps = threading.Event(), [0]

                def swap(stop: threading.Event = stop, swaps: list[int] = swaps) -> None:
                    for release in cycle(reversed(releases)):
                        if stop.wait(arguments.every):
                            return
                        publish(root, release.name)
                        swaps[0] += 1

                thread = threading.Thread(target=swap)
                thread.start()
                load = press(service, "text2mol", clients, arguments.seconds, ())
                stop.set()
                thread.join()
                rows.append((clients, swaps[0], load.per_second, load.p50, load.p99, load.refused))
        finally:
            service.close()
    title = f"text2mol while {releases[0].name} and {releases[1].name} take turns every {arguments.every:g} s"
    show(describe(1), [Table(title, _COLUMNS, rows)])


def publish(root: Path, release: str) -> None:
    """Have an index serve one of its releases, as `molseek-index publish` does."""
    link = root / ".next"
    link.symlink_to(Path("releases") / release)
    link.replace(root / "current")


if __name__ == "__main__":
    main()
