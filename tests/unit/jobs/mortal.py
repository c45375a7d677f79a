"""Orders whose processes die at the first attempt, in a module that other processes can import."""

import os
import signal
from dataclasses import dataclass
from pathlib import Path

from gridmap.jobs.order import Order


@dataclass(frozen=True, slots=True)
class MortalOrder(Order):
    """
    Kills its own process so many times; a file in the folder for every death.

    Processes that come to it at once may die together, for one of the deaths.
    """

    folder: str = ""
    deaths: int = 1

    def plan_packed(self, community: bytes) -> bytes:
        """Die, or plan."""
        for number in range(self.deaths):
            died = Path(self.folder, str(number))
            if not died.exists():
                died.touch()
                os.kill(os.getpid(), signal.SIGKILL)
        return Order.plan_packed(self, community)
