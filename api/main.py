"""The service, put together."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute
from sqlalchemy.orm import Session, sessionmaker

from api.errors import describe_problems, handle_errors
from api.guard import Guard
from api.logging import set_up_logging
from api.oidc import set_up_oidc
from api.routes import (
    accounts,
    comparisons,
    document,
    drafts,
    features,
    health,
    households,
    jobs,
    lineage,
    notices,
    oidc,
    packs,
    publications,
    sessions,
    tiles,
    tokens,
)
from api.settings import Settings, read_settings
from gridmap.store.rights import require_service_role
from gridmap.store.session import open_engine
from gridmap.store.session import sessions as sessions_of

PREFIX: Final = "/api/v1"
ROUTES: Final = (
    *(health, sessions, oidc, accounts, tokens),
    *(drafts, publications, packs, comparisons, lineage),
    *(jobs, households, notices, features, tiles),
    document,
)
LARGEST_BODY: Final = 16 * 1024 * 1024


def now() -> datetime:
    """Ask the machine's clock."""
    return datetime.now(UTC)


def create_app(
    makes_sessions: sessionmaker[Session],
    settings: Settings,
    *,
    clock: Callable[[], datetime] = now,
) -> FastAPI:
    """Put the service together over a database; nothing here reaches for the network."""
    app = FastAPI(
        title="gridmap",
        description="Service grids, so that no household is missed (格不漏户、户不漏人).",
        version="1",
        openapi_url=None,  # a route of our own, for whoever is signed in
        docs_url=None,  # these pages are made of what they load from elsewhere
        redoc_url=None,
        generate_unique_id_function=_name_of,
        lifespan=_close_in_the_end,
        max_body_size=LARGEST_BODY,
    )
    app.state.sessions, app.state.settings, app.state.clock = makes_sessions, settings, clock
    app.state.rooms = {}  # terrains never change, so they stay open
    for routes in ROUTES:
        app.include_router(routes.router, prefix=PREFIX)
    handle_errors(app)
    set_up_oidc(app, settings, path=f"{PREFIX}{oidc.router.prefix}")
    app.add_middleware(Guard)
    app.openapi = lambda: _describe(app)  # type: ignore[method-assign]
    return app


def serve() -> FastAPI:
    """Make the service as the environment says; a server calls this."""
    set_up_logging()
    settings = read_settings()
    makes_sessions = sessions_of(open_engine(settings.find_database()))
    with makes_sessions.begin() as session:
        require_service_role(session)
    return create_app(makes_sessions, settings)


@asynccontextmanager
async def _close_in_the_end(app: FastAPI) -> AsyncIterator[None]:
    yield
    if engine := app.state.sessions.kw.get("bind"):
        engine.dispose()


def _describe(app: FastAPI) -> dict[str, Any]:
    if not app.openapi_schema:
        plain = get_openapi(
            title=app.title, version=app.version, description=app.description, routes=app.routes
        )
        app.openapi_schema = describe_problems(plain)
    return app.openapi_schema


def _name_of(route: APIRoute) -> str:
    return route.name
