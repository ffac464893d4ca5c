"""Asks a health address once, or until it answers; the image's HEALTHCHECK and `make serve` use it.

Needs nothing but Python, so that the image carries no curl. Exits 0 when the address answered 200, else 1.
"""

import argparse
import os
import sys
import time
import urllib.error
import urllib.request


def answers(url: str, timeout_s: float) -> bool:
    """Whether `url` answers 200 within `timeout_s` seconds."""
    try:
        with urllib.request.urlopen(url, timeout=timeout_s) as response:
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError, ValueError):
        return False


def alive(pid: int) -> bool:
    """Whether process `pid` still runs."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "url",
        nargs="?",
        default=f"http://127.0.0.1:{os.environ.get('MOLSEEK_PORT', '8000')}/health/ready",
        help="default: the readiness of the service in this container",
    )
    parser.add_argument("--wait", type=float, default=0.0, metavar="SECONDS", help="keep asking for so long")
    parser.add_argument("--parent", type=int, metavar="PID", help="give up when this process is gone")
    parser.add_argument("--then", default="", metavar="TEXT", help="print this once the address answers")
    options = parser.parse_args()

    give_up = time.monotonic() + options.wait
    while not answers(options.url, timeout_s=5.0):
        if time.monotonic() >= give_up or (options.parent is not None and not alive(options.parent)):
            return 1
        time.sleep(0.5)
    if options.then:
        print(options.then, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
