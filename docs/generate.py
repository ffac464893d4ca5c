"""Writes what of the documents comes from the code: settings, routes, error codes, formats, the OpenAPI description.

python docs/generate.py            rewrites the marked blocks of docs/, and docs/openapi.json
python docs/generate.py --check    exits 1 if any of it is out of date

A block stands between `<!-- generated: NAME -->` and `<!-- end -->`. The long list of commands is in the site alone,
which `docs/mkdocs_hooks.py` fills.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import get_args

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from indexer.build import BuildOptions
from indexer.corpus.rows import CorpusLimits, RejectCode
from indexer.engines.milvus_settings import MilvusSettings
from indexer.release.manifest import Manifest
from model.inputs.structure import StructureLimits
from service.app import create_app
from service.problems import Code
from service.settings import Settings

DOCS = Path(__file__).parent
OPENAPI = DOCS / "openapi.json"
_BLOCK = re.compile(r"(<!-- generated: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def settings() -> str:
    """Every setting of the service with its variable, default and meaning."""
    return _fields(Settings, "MOLSEEK_{}")


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


def milvus() -> str:
    """Every variable of the Milvus engine."""
    return _fields(MilvusSettings, "MOLSEEK_MILVUS_{}")


def rejects() -> str:
    """The codes of rejects.tsv."""
    return "".join(f"- `{code}`\n" for code in get_args(RejectCode))


def _fields(model: type[BaseModel], name: str = "{}") -> str:
    """Every field of a model, with its default and meaning. name: how a field is written."""
    rows = []
    for field, about in model.model_fields.items():
        written = name.format(field.upper() if name != "{}" else field)
        rows.append((f"`{written}`", _default(about), about.description or ""))
    return _table(("variable" if name != "{}" else "key", "default", "meaning"), rows)


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    if field.default_factory is not None:
        return "by the machine"
    value = field.default
    if isinstance(value, BaseModel):
        return "its own"
    return "none" if value is None or value in ("", (), {}) else f"`{_plain(value)}`"


def manifest() -> str:
    """Every key of manifest.json."""
    rows = [(f"`{name}`", field.description or "") for name, field in Manifest.model_fields.items()]
    return _table(("key", "meaning"), rows)


BLOCKS: dict[str, Callable[[], str]] = {
    "settings": settings,
    "routes": routes,
    "errors": errors,
    "milvus": milvus,
    "build": lambda: _fields(BuildOptions),
    "limits": lambda: _fields(CorpusLimits),
    "structure_limits": lambda: _fields(StructureLimits),
    "manifest": manifest,
    "rejects": rejects,
}
_OF_THE_SITE = {"cli"}


def generated(text: str) -> str:
    """A document with every block as the code has it now. KeyError for a block of an unknown name."""
    return _BLOCK.sub(
        lambda match: match[0] if match[2] in _OF_THE_SITE else f"{match[1]}\n{BLOCKS[match[2]]()}\n{match[3]}", text
    )


def outdated() -> dict[Path, str]:
    """Files that are not what the code says, and what they should be."""
    wanted = {page: generated(page.read_text("utf-8")) for page in sorted(DOCS.rglob("*.md"))}
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
