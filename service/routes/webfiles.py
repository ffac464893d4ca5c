"""The files of the page, read once each and kept with their ETag, compressed where that helps."""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass
from pathlib import Path

WEB = Path(__file__).parents[1] / "web"
# Under `web/`; what is not named here is not served. `make editor` installs these from npm.
EDITOR = {"vendor/openchemlib.js": "node_modules/openchemlib/dist/openchemlib.js"}
API_BROWSER = {
    "vendor/swagger-ui.css": "node_modules/swagger-ui-dist/swagger-ui.css",
    "vendor/swagger-ui-bundle.js": "node_modules/swagger-ui-dist/swagger-ui-bundle.js",
}
_VENDOR = EDITOR | API_BROWSER
_KINDS = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
# Below this, the header of gzip and a packet less are not worth the work.
_WORTH_COMPRESSING = 1024


@dataclass(frozen=True, slots=True)
class WebFile:
    """A file as it is sent. compressed: gzip of content, None where it is too small for that."""

    content: bytes
    compressed: bytes | None
    media_type: str
    etag: str


class WebFiles:
    """Serves `name`s below one folder. A file that has changed since is read again, so that work on the page shows."""

    def __init__(self, root: Path = WEB) -> None:
        self._root = root
        self._kept: dict[str, tuple[int, WebFile]] = {}
        self._paths = {path.relative_to(root).as_posix(): path for path in _own_files(root)}
        self._paths |= {name: root / path for name, path in _VENDOR.items()}

    def has(self, name: str) -> bool:
        """Whether the file is there; those that npm brings may not be."""
        path = self._paths.get(name)
        return path is not None and path.is_file()

    def get(self, name: str) -> WebFile | None:
        """The file of this name, None where there is none."""
        path = self._paths.get(name)
        if path is None:
            return None
        try:
            changed = path.stat().st_mtime_ns
            kept = self._kept.get(name)
            if kept is None or kept[0] != changed:
                kept = self._kept[name] = (changed, _read(path))
        except FileNotFoundError:
            return None
        return kept[1]


def _own_files(root: Path) -> list[Path]:
    folders = [root, root / "docs", root / "styles"]
    return [path for folder in folders for path in folder.glob("*.*") if path.suffix in _KINDS]


def _read(path: Path) -> WebFile:
    content = path.read_bytes()
    compressed = gzip.compress(content, 9, mtime=0) if len(content) >= _WORTH_COMPRESSING else None
    etag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    return WebFile(content, compressed, _KINDS[path.suffix], etag)
