"""The service as a program: it says where it is, answers there, and says why if it cannot."""

import socket
from collections.abc import Iterator
from contextlib import closing

import pytest

from tests.cli.command import Command


@pytest.fixture
def busy_port() -> Iterator[int]:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        yield taken.getsockname()[1]


def test_a_port_that_is_taken_is_said(gridmap: Command, busy_port: int) -> None:
    answer = gridmap("serve", "--port", busy_port)
    assert (answer.code, answer.out) == (1, "")
    assert answer.sentences == [
        f"Nothing can be served at 127.0.0.1:{busy_port}: Address already in use"
    ]


def test_without_its_database_the_service_does_not_start(gridmap: Command) -> None:
    answer = gridmap("serve", "--port", 0)
    assert (answer.code, answer.out) == (2, "")
    assert "cannot be reached" in answer.err
    assert "Traceback" not in answer.err


def test_a_setting_that_cannot_be_is_named_and_not_repeated(gridmap: Command) -> None:
    answer = gridmap("serve", "--port", 0, GRIDMAP_SESSION_HOURS="forever")
    assert (answer.code, answer.out) == (1, "")
    assert answer.sentences[-1] == "What is set is not usable: GRIDMAP_SESSION_HOURS."
