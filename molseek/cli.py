"""`molseek`: one command in front of the others. Nothing heavy is imported before a command needs it."""

from __future__ import annotations

import json
import os
import sys
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from model.command.output import json_text, written_output
from model.command.values import name_values

_ASK_EXAMPLES = """Ask for molecules in words, or for descriptions with a structure.

Examples: molseek ask "a trimethylxanthine that keeps people awake"; molseek ask --structure "CC(=O)Oc1ccccc1C(=O)O".
Without --url and --index, the bundled corpus answers in this process; it is indexed on the first call.
"""

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,  # help is plain text: as markup, words in brackets would vanish
    pretty_exceptions_enable=False,
)


def _tell_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"molseek {version('molseek')}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_tell_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Find molecules from a sentence, and sentences from a molecule."""


Url = Annotated[
    str | None,
    typer.Option(help="Address of a running service, such as http://127.0.0.1:8000.", envvar="MOLSEEK_URL"),
]
IndexOption = Annotated[Path | None, typer.Option(metavar="DIR", help="Index directory to search in this process.")]
Checkpoint = Annotated[str, typer.Option(help="Checkpoint that --index was built with.")]
Key = Annotated[str | None, typer.Option(help="API key of the service at --url.", envvar="MOLSEEK_KEY")]


@app.command()
def demo(
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="Port to listen on. [default: 8000, or any if it is taken]")
    ] = None,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open the page in a browser.")] = True,
) -> None:
    """Serve the bundled corpus on this machine, and open its page. Indexes the corpus on the first call."""
    from molseek.asking import AskError
    from molseek.demo import serve_demo

    try:
        serve_demo(port, open_browser=browser)
    except AskError as error:
        _fail(str(error))


@app.command(help=_ASK_EXAMPLES)
def ask(
    text: Annotated[str | None, typer.Argument(help="What the molecules are, have or do.", show_default=False)] = None,
    structure: Annotated[
        str | None,
        typer.Option("--structure", "-s", metavar="STRUCTURE", help="SMILES or InChI to find descriptions for."),
    ] = None,
    k: Annotated[int, typer.Option("--k", "-k", min=1, help="Number of hits.")] = 10,
    filter: Annotated[
        str | None, typer.Option(metavar="JSON", help='Filter of the API, such as \'{"logp": {"max": 3}}\'.')
    ] = None,
    pictures: Annotated[
        bool | None,
        typer.Option(
            "--pictures/--no-pictures", help="Draw the first hits. [default: where the terminal shows pictures]"
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the raw answer of the API.")] = False,
    url: Url = None,
    key: Key = None,
    index: IndexOption = None,
    checkpoint: Checkpoint = "compact",
) -> None:
    if (text is None) == (structure is None):
        _fail("give either a text or --structure", status=2)
    body: dict[str, object] = {"query": text if text is not None else structure, "k": k}
    if filter is not None:
        try:
            body["filter"] = json.loads(filter)
        except ValueError as error:
            _fail(f"--filter is not JSON: {error}", status=2)

    from molseek.asking import AskError, ask_once
    from molseek.table import print_answer

    try:
        path = "/search/text2mol" if text is not None else "/search/mol2text"
        answer = ask_once(path, body, url=url, key=key, index=index, checkpoint=checkpoint)
    except AskError as error:
        _fail(str(error))
    if as_json:
        typer.echo(json_text(answer))
        return
    print_answer(answer, descriptions=structure is not None)
    _show_pictures(answer["results"][0], pictures)


def _show_pictures(hits: list[dict[str, Any]], wanted: bool | None) -> None:
    from molseek.pictures import drawn, escaped, protocol

    how = protocol(os.environ)
    if wanted and how is None:
        _fail("this terminal is not known to show pictures; kitty, Ghostty, iTerm2 and WezTerm do")
    if how is not None and (wanted or (wanted is None and sys.stdout.isatty())):
        png = drawn(hits)
        typer.echo(escaped(png, how) if png is not None else "", nl=False)


@app.command()
def mcp(url: Url = None, key: Key = None, index: IndexOption = None, checkpoint: Checkpoint = "compact") -> None:
    """Tools for an assistant over standard input and output (Model Context Protocol).

    Without --url and --index, they search the bundled corpus in this process.
    """
    try:
        from molseek.stdio import serve_stdio
    except ModuleNotFoundError as error:
        if error.name is None or not error.name.startswith("mcp"):
            raise
        _fail("this needs the extra mcp: pip install -e '.[mcp]' in a clone, pip install 'molseek[mcp]' elsewhere")

    from molseek.asking import AskError

    try:
        serve_stdio(url, key=key, index=index, checkpoint=checkpoint)
    except AskError as error:
        _fail(str(error))


def _forward(name: str, module: str, summary: str) -> None:
    """A command that hands all of its arguments to another one, help included."""

    def command(context: typer.Context) -> None:
        sys.argv = [f"molseek {name}", *context.args]
        import_module(module).main()

    command.__doc__ = summary
    settings = {"ignore_unknown_options": True, "allow_extra_args": True, "help_option_names": []}
    app.command(name, context_settings=settings, add_help_option=False)(command)


_forward("serve", "service.cli", "Answer searches over HTTP (molseek-serve).")
_forward("index", "indexer.cli", "Build and manage index releases (molseek-index).")
_forward("train", "training.cli", "Train and evaluate checkpoints (molseek-train).")


def _fail(reason: str, status: int = 1) -> NoReturn:
    typer.echo(f"molseek: {reason}", err=True)
    raise typer.Exit(status)


def main() -> None:
    """Entry point of `molseek`."""
    with written_output("molseek"):
        name_values(app)()


if __name__ == "__main__":
    main()
