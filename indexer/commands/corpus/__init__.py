"""`molseek-index corpus`: its subcommands put together, one file each."""

import typer

from indexer.commands.corpus.chebi import chebi
from indexer.commands.corpus.chembl import chembl
from indexer.commands.corpus.coconut import coconut
from indexer.commands.corpus.pubchem_subset import pubchem_subset

corpus_app = typer.Typer(
    help="Fetch a published collection of molecules and write it as a corpus for build.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
corpus_app.command("chebi")(chebi)
corpus_app.command("chembl")(chembl)
corpus_app.command("pubchem-subset")(pubchem_subset)
corpus_app.command("coconut")(coconut)
