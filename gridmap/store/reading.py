"""How tipg reads here: through the transaction of whoever asks, in the role it is in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import psycopg
from psycopg.rows import dict_row

from gridmap.errors import UnreadableError
from gridmap.messages import Message

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from sqlalchemy.orm import Session

Answer = TypeVar("Answer")


class Reader:
    """
    What tipg reads through: this transaction, in the role it is in.

    tipg expects a connection of asyncpg. A second pool would need the rights set on it once more;
    this is the same connection, so what is not the reader's is not there.
    """

    def __init__(self, session: Session) -> None:
        driver = session.connection().connection.driver_connection
        assert isinstance(driver, psycopg.Connection)  # noqa: S101 (the engine's only driver)
        self._cursor = psycopg.RawCursor(driver, row_factory=dict_row)

    async def fetch(self, query: str, *values: object) -> list[dict[str, Any]]:
        """Give rows."""
        try:
            return self._cursor.execute(query.encode(), values).fetchall()
        except (psycopg.DataError, psycopg.ProgrammingError, psycopg.InternalError) as error:
            if isinstance(error, psycopg.errors.InsufficientPrivilege):
                raise
            reason = str(error).splitlines()[0]
            raise UnreadableError(Message("store.filter_unreadable", {"reason": reason})) from error

    async def fetchval(self, query: str, *values: object) -> object:
        """Give the one value of the one row."""
        (row,) = await self.fetch(query, *values)
        (value,) = row.values()
        return value


def run(work: Coroutine[Any, Any, Answer]) -> Answer:
    """
    Do work that is written to wait, and here never has to.

    Parameters
    ----------
    work
        Reads through a :class:`Reader` and waits for nothing else.

    Returns
    -------
    answer
        What it gives.
    """
    try:
        work.send(None)
    except StopIteration as done:
        answer: Answer = done.value
        return answer
    work.close()
    raise AssertionError  # it waited for something that is not in this thread
