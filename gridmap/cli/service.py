"""Commands that serve and work jobs: the server is of `api`, which stands above this library."""

from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import Annotated, Final

import typer
import uvicorn

from gridmap.cli.stored import HOME
from gridmap.cli.terminal import open_terminal
from gridmap.errors import RefusedError
from gridmap.messages import Message
from gridmap.store.cluster import database_url
from gridmap.store.queue import STALLED_S

APPLICATION: Final = "api.main:serve"
"""By its name, because nothing here may import what stands above."""

FAREWELL_S: Final = 5


app = typer.Typer()

StalledAfter = Annotated[
    float,
    typer.Option(min=1, metavar="S", help="give up workers without a sign of life for so long"),
]


@app.command()
def serve(
    host: Annotated[str, typer.Option(metavar="ADDRESS")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 is any that is free")] = 8000,
    workers: Annotated[
        int, typer.Option(min=0, max=64, metavar="N", help="processes that work long jobs")
    ] = 1,
    stalled_after: StalledAfter = STALLED_S,
) -> None:
    """Serve the API until Ctrl+C, with workers for long jobs."""
    from gridmap.jobs.crew import crew  # noqa: PLC0415 (as below)

    config = uvicorn.Config(
        APPLICATION,
        factory=True,
        access_log=False,  # its lines hold addresses as they were asked for
        log_config=None,
        server_header=False,
        timeout_graceful_shutdown=FAREWELL_S,  # whoever watches a job would keep it up for hours
    )
    with _listen(host, port) as listening:
        config.load()  # what it cannot do without is missed before it says that it serves
        with crew(_database(), workers, stalled_s=stalled_after):
            place = f"[{host}]" if ":" in host else host
            open_terminal().say("serving", url=f"http://{place}:{listening.getsockname()[1]}")
            uvicorn.Server(config).run(sockets=[listening])


@app.command()
def work(stalled_after: StalledAfter = STALLED_S) -> None:
    """Work long jobs that the API was asked for, until Ctrl+C; on as many machines as you like."""
    from gridmap.jobs import worker  # noqa: PLC0415 (the queue's library, only for who works)

    url = _database()
    open_terminal().say("working")
    worker.work(url, stalled_s=stalled_after)


def _database() -> str:
    """Find the database as the service does."""
    return database_url(Path(os.environ.get("GRIDMAP_HOME", HOME)), os.environ)


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listening = socket.create_server((host, port), family=family)
    except OSError as error:
        reason = (error.strerror or str(error)).partition(" (")[0]  # Python adds where
        sentence = Message("cli.cannot_listen", {"host": host, "port": port, "reason": reason})
        raise RefusedError(sentence) from error
    # What is small goes out at once: else the end of every answer waits 40 ms for the client.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listening
