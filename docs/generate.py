"""Writes what of the documents comes from the code: settings, routes, error codes, the OpenAPI description.

python docs/generate.py            rewrites the marked blocks of docs/*.md, and docs/openapi.json
python docs/generate.py --check    exits 1 if any of it is out of date

A block stands between `<!-- generated: NAME -->` and `<!-- end -->`.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from pydantic_core import PydanticUndefined

from service.app import create_app
from service.problems import Code
from service.settings import Settings

DOCS = Path(__file__).parent
OPENAPI = DOCS / "openapi.json"
_BLOCK = re.compile(r"(<!-- generated: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def settings() -> str:
    """Every setting of the service with its variable, default and meaning."""
    rows = []
    for name, field in Settings.model_fields.items():
        if field.default_factory is not None:
            default = "by the machine"
        elif field.default is PydanticUndefined:
            default = "required"
        else:
            default = "none" if field.default is None else f"`{_plain(field.default)}`"
        rows.append((f"`MOLSEEK_{name.upper()}`", default, field.description or ""))
    return _table(("variable", "default", "meaning"), rows)


def routes() -> str:
    """Every route with its one-line summary, from the OpenAPI description."""
    paths = json.loads(openapi())["paths"]
    rows = [
        (f"`{method.upper()} {path}`", operation.get("summary", ""))
        for path, operations in paths.items()
        for method, operation in operations.items()
        if method != "head"
    ]
    return _table(("route", "what it does"), rows)


def errors() -> str:
    """Every problem code with its HTTP status and title."""
    return _table(("code", "status", "title"), [(f"`{code.value}`", str(code.status), code.heading) for code in Code])


def openapi() -> str:
    """The OpenAPI description of a service with default settings."""
    app = create_app(Settings(checkpoint="compact", index=Path("index")))
    return json.dumps(app.openapi(), indent=1, ensure_ascii=False) + "\n"


BLOCKS: dict[str, Callable[[], str]] = {"settings": settings, "routes": routes, "errors": errors}


def generated(text: str) -> str:
    """A document with every block as the code has it now. KeyError for a block of an unknown name."""
    return _BLOCK.sub(lambda match: f"{match[1]}\n{BLOCKS[match[2]]()}\n{match[3]}", text)


def outdated() -> dict[Path, str]:
    """Files that are not what the code says, and what they should be."""
    wanted = {page: generated(page.read_text("utf-8")) for page in sorted(DOCS.glob("*.md"))}
    wanted[OPENAPI] = openapi()
    return {file: text for file, text in wanted.items() if not file.is_file() or file.read_text("utf-8") != text}


def _plain(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *([cell.replace("|", "\\|") for cell in row] for row in rows)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def main(arguments: Sequence[str]) -> int:
    files = outdated()
    for file, text in files.items():
        if "--check" in arguments:
            print(f"{file} is out of date: run python docs/generate.py", file=sys.stderr)
        else:
            file.write_text(text, "utf-8")
            print(f"wrote {file}")
    return 1 if files and "--check" in arguments else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
