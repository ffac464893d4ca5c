"""Asks a health address once, or until it answers: the image's HEALTHCHECK.

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
    # Straight there, whatever proxy the container's environment names.
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with direct.open(url, timeout=timeout_s) as response:
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError, ValueError):
        return False


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "url",
        nargs="?",
        default=f"http://127.0.0.1:{os.environ.get('MOLSEEK_PORT', '8000')}/health/ready",
        help="default: the readiness of the service in this container",
    )
    parser.add_argument("--wait", type=float, default=0.0, metavar="SECONDS", help="keep asking for so long")
    options = parser.parse_args()

    give_up = time.monotonic() + options.wait
    while not answers(options.url, timeout_s=5.0):
        if time.monotonic() >= give_up:
            return 1
        time.sleep(0.5)
    return 0


if __name__ == "__main__":
    sys.exit(main())
