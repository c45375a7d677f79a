"""One request, one transaction: it ends before the answer is sent."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Annotated

from fastapi import Depends, Request
from sqlalchemy.orm import Session

from gridmap.store.drafts import Rooms
from gridmap.store.session import breaks_said


@contextmanager
def transaction(request: Request) -> Iterator[Session]:
    """Open a transaction; it is in force if the block ends well, else it never was."""
    with breaks_said(), request.app.state.sessions.begin() as session:
        yield session


def get_session(request: Request) -> Iterator[Session]:
    """Give a route its transaction."""
    with transaction(request) as session:
        yield session


async def get_now(request: Request) -> datetime:
    """Ask the service's clock."""
    clock: Callable[[], datetime] = request.app.state.clock
    return clock()


async def get_rooms(request: Request) -> Rooms:
    """Give what the service has on its desks already."""
    rooms: Rooms = request.app.state.rooms
    return rooms


# scope="function" ends the transaction before the answer is sent. FastAPI's default, "request",
# ends it after, so that what could not be stored would still have been answered with 201.
SessionDep = Annotated[Session, Depends(get_session, scope="function")]
RoomsDep = Annotated[Rooms, Depends(get_rooms)]
NowDep = Annotated[datetime, Depends(get_now)]
