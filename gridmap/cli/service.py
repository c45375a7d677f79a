"""The command that serves: it starts a server on `api`, which stands above this library."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Final

import uvicorn

from gridmap.errors import RefusedError
from gridmap.messages import Message

if TYPE_CHECKING:
    from gridmap.cli.terminal import Terminal

APPLICATION: Final = "api.main:serve"
"""By its name, because nothing here may import what stands above."""


def serve(terminal: Terminal, host: str, port: int) -> None:
    """Serve until somebody stops it."""
    config = uvicorn.Config(
        APPLICATION,
        factory=True,
        access_log=False,  # its lines hold addresses as they were asked for
        log_config=None,
        server_header=False,
    )
    with _listen(host, port) as listening:
        config.load()  # what it cannot do without is missed before it says that it serves
        place = f"[{host}]" if ":" in host else host
        terminal.say("serving", url=f"http://{place}:{listening.getsockname()[1]}")
        uvicorn.Server(config).run(sockets=[listening])


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
