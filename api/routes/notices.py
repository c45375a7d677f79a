"""The public notice: which grids are in force, for everybody to read without signing in."""

from functools import cache
from typing import Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined

from api.db import NowDep, SessionDep
from api.errors import problems, spoken_language
from api.schemas.fields import CommunityPath, LanguageAsked
from api.schemas.notices import NoticeGridsOut, NoticeOut, NoticesOut, PublishedGridOut
from gridmap.messages import Language, Message
from gridmap.store import notices

HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
    "Vary": "Accept-Language",
}

WORDS: Final = (
    "all",
    "bounds",
    "code",
    "community",
    "grids",
    "households",
    "name",
    "nothing",
    "since",
    "worker",
)

router = APIRouter(tags=["notices"])


@cache
def page() -> Environment:
    """Read the templates once; what is put into them is text and never markup."""
    return Environment(
        loader=PackageLoader("api"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )


@router.get("/notices")
def list_notices(session: SessionDep, now: NowDep) -> NoticesOut:
    """List the communities whose grids are in force."""
    found = notices.list_notices(session, at=now)
    return NoticesOut(notices=[NoticeOut.of(notice) for notice in found])


@router.get("/notices.html", response_class=HTMLResponse)
def show_notices(
    request: Request, session: SessionDep, now: NowDep, language: LanguageAsked = None
) -> HTMLResponse:
    """Show the communities whose grids are in force, as a page."""
    spoken = language or spoken_language(request)
    title = Message("notice.title").text(spoken)
    return _page(spoken, title, notices=notices.list_notices(session, at=now), notice=None)


@router.get("/notices/{community}.html", response_class=HTMLResponse, responses=problems(404))
def show_notice(
    community: CommunityPath,
    request: Request,
    session: SessionDep,
    now: NowDep,
    language: LanguageAsked = None,
) -> HTMLResponse:
    """Show the grids of a community in force, as a page with a map."""
    spoken = language or spoken_language(request)
    notice, sketch, grids = notices.read_notice(session, community, at=now)
    title = Message("notice.heading", {"name": notice.name}).text(spoken)
    version = str(notice.version)
    return _page(
        spoken,
        title,
        notice=notice,
        sketch=sketch,
        grids=grids,
        letter=min(sketch.width, sketch.height) / 25,
        certificate=Message(
            "notice.certificate", {"version": version, "sha256": notice.sha256}
        ).text(spoken),
        few=Message("notice.few", {"count": notices.FEWEST}).text(spoken),
    )


@router.get("/notices/{community}", responses=problems(404))
def read_notice(
    community: CommunityPath, request: Request, session: SessionDep, now: NowDep
) -> NoticeGridsOut:
    """Tell the grids of a community in force; figures under five are not told."""
    notice, _, grids = notices.read_notice(session, community, at=now)
    language = spoken_language(request)
    return NoticeGridsOut(
        notice=NoticeOut.of(notice),
        grids=[PublishedGridOut.of(grid, language) for grid in grids],
    )


def _page(language: Language, title: str, **shown: Any) -> HTMLResponse:  # noqa: ANN401
    words = {word: Message(f"notice.{word}").text(language) for word in WORDS}
    template = page().get_template("notice.html")
    content = template.render(language=language, title=title, words=words, **shown)
    return HTMLResponse(content, headers=HEADERS | {"Content-Language": language})
