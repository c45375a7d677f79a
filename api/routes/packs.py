"""The filing pack of a published version, as one ZIP."""

from typing import Final

from fastapi import APIRouter, Request, Response

from api.auth import ClerkDep, CommunityDep, RestrictedDep
from api.caching import OWN, IfNoneMatch, unchanged
from api.errors import problems, spoken_language
from api.schemas.fields import LanguageAsked, NumberPath
from gridmap.filing import make_pack
from gridmap.filing.reading import read_filing
from gridmap.store.certificates import find_certificate
from gridmap.store.publications import require_version_of

ZIP: Final = "application/zip"

router = APIRouter(prefix="/communities/{community}", tags=["publications"])


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
    language: LanguageAsked = None,
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
        "Cache-Control": OWN,
        "Content-Language": wanted,
        "Vary": "Accept-Language",
    }
    if same := unchanged(headers, if_none_match):
        return same
    headers["Content-Disposition"] = f'attachment; filename="gridmap-{number}-{wanted}.zip"'
    pack = make_pack(read_filing(session, number, language=wanted), language=wanted)
    return Response(pack, media_type=ZIP, headers=headers)
