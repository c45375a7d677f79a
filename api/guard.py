"""Around everything: a line in the log for every request, and never a stack trace for a user."""

import logging
import secrets
import time
import traceback
from pathlib import Path
from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import own_fault

HEADERS: Final = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}
"""On every answer that does not say otherwise."""

log = logging.getLogger(__name__)


class Guard:
    """The outermost layer of the service."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on and watch what comes of it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began, statuses, number = time.perf_counter(), [], secrets.token_hex(8)

        async def watch(message: Message) -> None:
            if message["type"] == "http.response.start":
                statuses.append(message["status"])
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
                headers["X-Request-Id"] = number
            await send(message)

        try:
            await self.app(scope, receive, watch)
        except Exception as error:  # noqa: BLE001 (nothing gets past: that is what it is for)
            failed = {"request": number, "error": type(error).__name__, "at": _places(error)}
            log.error("request_failed", extra=failed)  # noqa: TRY400 (texts hold data)
            if not statuses:
                await own_fault(Request(scope))(scope, receive, watch)
        finally:
            fields = {
                "request": number,
                "method": scope["method"],
                "route": getattr(scope.get("route"), "path", None),
                "status": statuses[0] if statuses else None,
                "ms": round(1000 * (time.perf_counter() - began), 1),
                "account": scope.get("state", {}).get("account"),
            }
            log.info("request", extra=fields)


def _places(error: BaseException) -> list[str]:
    """Say where it happened without a word of what it was about."""
    frames = traceback.extract_tb(error.__traceback__)
    return [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames[-8:]]
