"""Whether the service can work."""

from typing import Literal

from pydantic import BaseModel


class HealthOut(BaseModel):
    """Said only when the database answers."""

    status: Literal["ok"] = "ok"
