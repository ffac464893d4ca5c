"""The bundled corpus, indexed in the user's cache, and served with a page to try it on."""

from __future__ import annotations

import hashlib
import os
import socket
import sys
import threading
import time
import webbrowser
from pathlib import Path

import httpx2

from molseek.asking import AskError

_HOST = "127.0.0.1"
_PORT = 8000
_CHECKPOINT = "compact"
_READY_SECONDS = 300.0


def bundled_index(cache: Path | None = None) -> Path:
    """The index directory of the bundled corpus, built into the cache (`XDG_CACHE_HOME`) where it is not there yet.

    Raises:
        AskError: it cannot be built.
    """
    from indexer.build.options import BUILD_VERSION, BuildOptions
    from indexer.errors import IndexerError
    from indexer.examples import example_corpus
    from indexer.release import current_release
    from indexer.search.lexicon import LEXICON_VERSION
    from model.checkpoint.source import bundled_checkpoints
    from model.files import sha256_file

    weights = bundled_checkpoints()[_CHECKPOINT] / "model.safetensors"
    parts = BUILD_VERSION, LEXICON_VERSION, sha256_file(example_corpus()), sha256_file(weights)
    made_from = hashlib.sha256(" ".join(map(str, parts)).encode())
    directory = (cache or _cache()) / f"bundled-{made_from.hexdigest()[:12]}"
    try:
        if current_release(directory) is None:
            from indexer.build import build_release

            directory.mkdir(parents=True, exist_ok=True)
            print("molseek: indexing the bundled corpus (once)", file=sys.stderr, flush=True)
            build_release(BuildOptions(checkpoint=_CHECKPOINT, molecules=("example",), out=directory))
    except (IndexerError, OSError) as error:
        raise AskError(
            f"the bundled corpus cannot be indexed in {directory}: {error}; set XDG_CACHE_HOME to another directory"
        ) from error
    return directory


def serve_demo(port: int | None, *, open_browser: bool) -> None:
    """Serve the bundled corpus until told to stop. `port`: None for 8000, or a free one where that is taken.

    Raises:
        AskError: it cannot be indexed.
    """
    index = bundled_index()
    chosen = _free(_PORT) or _free(0) if port is None else port or _free(0)
    if open_browser:
        threading.Thread(target=_open, args=(f"http://{_HOST}:{chosen}/",), daemon=True).start()
    os.environ.setdefault("MOLSEEK_LOG_FORMAT", "text")
    flags = ["--checkpoint", _CHECKPOINT, "--index", str(index), "--host", _HOST, "--port", str(chosen)]
    sys.argv = ["molseek demo", *flags]

    from service.cli import main

    main()


def _open(url: str) -> None:
    """Open the page of the service at `url` once it is ready; the service itself says where it is."""
    deadline = time.monotonic() + _READY_SECONDS
    while time.monotonic() < deadline:
        time.sleep(0.2)
        try:
            if httpx2.get(f"{url}health/ready", timeout=5.0).status_code == 200:
                webbrowser.open(url)
                return
        except httpx2.HTTPError:
            continue


def _free(port: int) -> int:
    """The port if it is free (0: any free one), else 0."""
    try:
        with socket.create_server((_HOST, port)) as listener:
            return int(listener.getsockname()[1])
    except OSError:
        return 0


def _cache() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "molseek"
