"""A server with its worker on a private PostGIS: each may be killed, and is started again."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.process import BaseProcess
from pathlib import Path
from threading import Event
from typing import Literal, get_args

import httpx2
import psutil
import pytest

from gridmap.store import cluster
from tests.cli.command import Command
from tests.cli.office import planners

Victim = Literal["server", "worker", "planner", "postgres"]
VICTIMS: tuple[Victim, ...] = get_args(Victim)
PATIENCE_S = 120
TURN_S = 0.01


def wait(is_so: Callable[[], object], what: str) -> None:
    """Wait until something is so."""
    end, pause = time.monotonic() + PATIENCE_S, Event()
    while not is_so():
        if time.monotonic() > end:
            pytest.fail(f"it never came to that: {what}")
        pause.wait(TURN_S)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


@dataclass
class Machines:
    """What runs for the users of one folder."""

    command: Command
    port: int = field(default_factory=free_port)
    url: str = ""
    server: BaseProcess | None = None

    @property
    def folder(self) -> Path:
        """Where its cluster is."""
        return self.command.folder / ".gridmap"

    @property
    def address(self) -> str:
        """Where it serves."""
        return f"http://127.0.0.1:{self.port}/api/v1"

    def start(self) -> None:
        """Start all that does not run, and wait until it answers and works."""
        before, self.url = self.url, cluster.start(self.folder)
        if self.server is not None and before != self.url:
            self.server.kill()  # whoever serves has to be told that the database has moved
        if self.server is not None and self.server.exitcode is not None:
            self.server.join()
        if self.server is None or not self.server.is_alive():
            words = ("serve", "--port", self.port, "--stalled-after", 1)
            self.server = self.command.start(*words)
        wait(self._answers, "a server that answers")
        wait(lambda: list(self._workers()), "a worker")

    def kill(self, victim: Victim) -> None:
        """Kill one of them as soon as it is there."""
        wait(lambda: self._is_killed(victim), f"a {victim} to kill")
        if victim == "server" and self.server is not None:
            self.server.join()

    def stop(self) -> None:
        """Let all of it go."""
        if self.server is not None:
            self.server.terminate()
            self.server.join()
        cluster.stop(self.folder)

    def _is_killed(self, victim: Victim) -> bool:
        with suppress(psutil.NoSuchProcess, StopIteration):
            next(self._pids(victim)).kill()
            return True
        return False

    def _pids(self, victim: Victim) -> Iterator[psutil.Process]:
        assert self.server is not None
        if victim == "server":
            yield psutil.Process(self.server.pid)
        elif victim == "postgres":
            yield psutil.Process(cluster.status(self.folder).pid)
        elif victim == "worker":
            yield from self._workers()
        else:
            for worker in self._workers():
                yield from planners(worker)

    def _workers(self) -> Iterator[psutil.Process]:
        """Give the workers: processes of the server that have processes of their own."""
        assert self.server is not None
        with suppress(psutil.NoSuchProcess):
            yield from (one for one in psutil.Process(self.server.pid).children() if one.children())

    def _answers(self) -> bool:
        assert self.server is not None
        assert self.server.is_alive(), self.command.said()
        with suppress(httpx2.TransportError):
            return httpx2.get(f"{self.address}/health").status_code == 200
        return False
