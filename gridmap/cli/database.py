"""Commands on the private PostGIS."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from gridmap.cli.stored import HOME
from gridmap.cli.terminal import open_terminal
from gridmap.messages import Message, chosen_language
from gridmap.store import cluster

app = typer.Typer(no_args_is_help=True, help="The private PostGIS in .gridmap/.")

File = Annotated[Path, typer.Argument(metavar="FILE")]


@app.command()
def start() -> None:
    """Start it unless it runs, making it if there is none."""
    _require_private()
    cluster.start(HOME)
    status()


@app.command()
def stop() -> None:
    """Stop it; nothing is lost."""
    _require_private()
    cluster.stop(HOME)
    open_terminal().say("database_stopped")


@app.command()
def status() -> None:
    """Say whether it runs, and where."""
    found = cluster.status(HOME)
    if found.state == "running":
        fields = {"version": found.version or "–", "port": found.port or "–"}
        open_terminal().say("database_runs", **fields, home=str(found.home))
    else:
        open_terminal().say("database_rests", state=found.state)


@app.command()
def url() -> None:
    """Print its address, for QGIS, psql and the like; starts it if need be."""
    typer.echo(cluster.database_url(HOME, os.environ).replace("+psycopg", "", 1))


@app.command()
def backup(file: File) -> None:
    """Write everything in it to one file."""
    cluster.backup(cluster.database_url(HOME, os.environ), file)
    open_terminal().say("backed_up", file=str(file))


@app.command()
def restore(file: File) -> None:
    """Put a backup in its place; it stays as it is if the file is not whole."""
    cluster.restore(cluster.database_url(HOME, os.environ), file)
    open_terminal().say("restored", file=str(file))


def _require_private() -> None:
    if os.environ.get("GRIDMAP_DATABASE_URL"):
        raise typer.BadParameter(Message("cli.own_database").text(chosen_language()))
