"""`molseek-index`: its subcommands are in `indexer.commands`, one file each."""

import typer

from indexer.commands.build import build
from indexer.commands.corpus import corpus_app
from indexer.commands.diff import diff
from indexer.commands.export import export
from indexer.commands.import_release import import_release
from indexer.commands.list_releases import list_releases
from indexer.commands.plan import plan
from indexer.commands.prune import prune
from indexer.commands.publish import publish
from indexer.commands.pull import pull
from indexer.commands.push import push
from indexer.commands.rollback import rollback
from indexer.commands.verify import verify
from model.command.output import written_output
from model.command.values import name_values

# Without rich, whose markup swallows the brackets of `pip install -e '.[ray]'`.
app = typer.Typer(
    help="Fetch corpora, build and manage index releases.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,  # help is plain text: as markup, words in brackets would vanish
    pretty_exceptions_enable=False,
)
for command in (build, plan, verify, publish, rollback, prune, diff, export, push, pull):
    app.command()(command)
app.command("list")(list_releases)
app.command("import")(import_release)
app.add_typer(corpus_app, name="corpus")


def main() -> None:
    """Entry point of `molseek-index`."""
    with written_output("molseek-index"):
        name_values(app)()


if __name__ == "__main__":
    main()
