"""The filing pack of a published version, as one ZIP."""

from typing import Annotated, Final, Literal

from fastapi import APIRouter, Header, Query, Request, Response

from api.auth import ClerkDep, CommunityDep, RestrictedDep
from api.errors import problems, spoken_language
from api.schemas.fields import NumberPath
from gridmap.filing import make_pack
from gridmap.filing.reading import read_filing
from gridmap.store.certificates import find_certificate
from gridmap.store.publications import require_version_of

ZIP: Final = "application/zip"

router = APIRouter(prefix="/communities/{community}", tags=["publications"])

Wanted = Annotated[
    Literal["zh", "en"] | None,
    Query(description="Of the sheets; without it the header Accept-Language decides."),
]
IfNoneMatch = Annotated[str, Header(max_length=200, description="The ETag that is known.")]


@router.get(
    "/versions/{number}/pack",
    response_class=Response,
    responses={
        200: {"content": {ZIP: {"schema": {"type": "string", "format": "binary"}}}},
        304: {"description": "Unchanged."},
        **problems(404),
    },
)
def get_pack(  # noqa: PLR0913, PLR0917 (what a route depends on)
    community: CommunityDep,
    number: NumberPath,
    clerk: ClerkDep,
    session: RestrictedDep,
    request: Request,
    language: Wanted = None,
    if_none_match: IfNoneMatch = "",
) -> Response:
    """
    Give the filing pack of a published version: map, table, reasons, certificate and layers.

    No household is in it, only counts by grid and by building.
    """
    del clerk
    require_version_of(session, number, community)
    wanted = language or spoken_language(request)
    etag = f'W/"{find_certificate(session, number).sha256[:32]}-{wanted}"'
    headers = {
        "ETag": etag,
        "Cache-Control": "private, no-cache",
        "Content-Language": wanted,
        "Vary": "Accept-Language",
    }
    if if_none_match == etag:
        return Response(status_code=304, headers=headers)
    headers["Content-Disposition"] = f'attachment; filename="gridmap-{number}-{wanted}.zip"'
    pack = make_pack(read_filing(session, number, language=wanted), language=wanted)
    return Response(pack, media_type=ZIP, headers=headers)
