"""The description of the service itself."""

from typing import Any

from fastapi import APIRouter, Request

from api.auth import AccountDep

router = APIRouter(tags=["document"])


@router.get("/openapi.json")
def read_document(request: Request, account: AccountDep) -> dict[str, Any]:
    """Give this document."""
    del account  # that there is one is enough
    document: dict[str, Any] = request.app.openapi()
    return document
