"""
Every error that is raised on purpose.

::

    GridmapError
    ├── InputError            what was handed in cannot be used        exit code 2
    │   ├── CrsError          a layer is not in metres, or has no CRS
    │   └── MissingColumnError  a frame does not fit its table contract
    ├── RefusedError          the answer is no, by a rule              exit code 1
    │   ├── CodesExhaustedError  a community has more grids than its code has numbers
    │   ├── StaleDraftError   somebody else has changed the draft in between
    │   ├── GateError         a version may not be published
    │   ├── NotSignedInError  nobody is signed in, or not by that name and password
    │   ├── NotAllowedError   who is signed in may not do this, or not here
    │   ├── UnreadableError   a question is put in a way that cannot be read
    │   ├── ThrottledError    too many attempts; `seconds` says when to come back
    │   └── TakenError        a name is already somebody's
    ├── StoreError            PostGIS cannot be had or cannot be used  exit code 2
    │   └── MissingError      what is asked for is not there
    ├── UnreachableError      another service that is needed does not answer  exit code 2
    ├── FontError             no font has the characters a sheet needs exit code 2
    └── ClusterError          processes or a Dask cluster cannot be had, or fail  exit code 2

Fields go to `super().__init__` and the sentence is made in `__str__`, because an exception that
formats in `__init__` cannot be unpickled and dies on its way home from another process.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gridmap.messages import Language, Message, chosen_language

if TYPE_CHECKING:
    from gridmap.schema import Fault


class GridmapError(Exception):
    """Something a user can be told in one sentence."""

    exit_code = 2

    def __init__(self, message: Message) -> None:
        super().__init__(message)
        self.message = message

    @property
    def reasons(self) -> list[Message]:
        """What is wrong, a sentence a fault, in no language yet."""
        return [self.message]

    def sentences(self, language: Language) -> list[str]:
        """Say what is wrong, one sentence a fault."""
        return [reason.text(language) for reason in self.reasons]

    def __str__(self) -> str:
        return "\n".join(self.sentences(chosen_language()))


class InputError(GridmapError, ValueError):
    """What was handed in cannot be used: every fault at once."""

    def __init__(self, *faults: Fault) -> None:
        Exception.__init__(self, *faults)
        self.faults = faults

    @property
    def reasons(self) -> list[Message]:
        """Every fault in a sentence of its own."""
        return [fault.message for fault in self.faults]


class CrsError(GridmapError, ValueError):
    """A layer is not in metres, or has no CRS."""


class MissingColumnError(GridmapError, KeyError):
    """A frame does not fit its table contract."""

    __str__ = GridmapError.__str__


class RefusedError(GridmapError):
    """The answer is no, and the rule that says so is named."""

    exit_code = 1


class CodesExhaustedError(RefusedError):
    """A community has more grids than its code profile has numbers."""


class StaleDraftError(RefusedError):
    """Somebody else has changed the draft in between: look again, then change it."""


class GateError(RefusedError):
    """A version may not be published: everything that is in the way at once."""

    def __init__(self, *messages: Message) -> None:
        Exception.__init__(self, *messages)
        self.messages = messages

    @property
    def reasons(self) -> list[Message]:
        """Everything that is in the way, in a sentence each."""
        return list(self.messages)


class NotSignedInError(RefusedError):
    """Nobody is signed in, or not by that name and password."""


class NotAllowedError(RefusedError):
    """Who is signed in may not do this, or not here."""


class UnreadableError(RefusedError):
    """A question is put in a way that cannot be read: a filter, a box, a day."""


class ThrottledError(RefusedError):
    """Too many attempts; the field `seconds` of the message says when to come back."""


class TakenError(RefusedError):
    """A name is already somebody's."""


class StoreError(GridmapError, RuntimeError):
    """PostGIS cannot be had, or cannot be used as it is."""


class MissingError(StoreError):
    """What is asked for is not there."""


class UnreachableError(GridmapError, RuntimeError):
    """Another service that is needed does not answer, or not as it should."""


class ClusterError(GridmapError, RuntimeError):
    """The processes that plan, here or on a Dask cluster, cannot be had or cannot be used."""


class FontError(GridmapError, RuntimeError):
    """No font on this machine has the characters that a sheet is set in."""
