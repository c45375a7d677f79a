"""Whether the service can work, for whoever watches it."""

from fastapi import APIRouter

from api.db import SessionDep
from api.schemas.health import HealthOut
from gridmap.store.session import require_answer

router = APIRouter(tags=["health"])


@router.get("/health")
def read_health(session: SessionDep) -> HealthOut:
    """Say that the service is up and its database answers."""
    require_answer(session)
    return HealthOut()
