"""`molseek-train data`: its subcommands put together, one file each."""

from __future__ import annotations

import typer

from training.commands.data.chebi import chebi_command
from training.commands.data.chebi20 import chebi20_command
from training.commands.data.hold_out import hold_out_command
from training.commands.data.names import names_command
from training.commands.data.pcdes import pcdes_command
from training.commands.data.structures import structures_command

data_app = typer.Typer(
    help="Fetch published data sets, convert ChEBI releases to pairs and corpora, hold molecules out, make pairs from "
    "names and structures."
)
data_app.command("chebi20")(chebi20_command)
data_app.command("pcdes")(pcdes_command)
data_app.command("chebi")(chebi_command)
data_app.command("hold-out")(hold_out_command)
data_app.command("names")(names_command)
data_app.command("structures")(structures_command)
