"""A version on its way to the files: the gate, the steps by different people, the certificate."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request

from api.auth import ClerkDep, CommunityDep, PlannerDep, ReaderDep, require_role
from api.db import NowDep, SessionDep
from api.errors import problems, spoken_language
from api.schemas.fields import NumberPath
from api.schemas.publications import (
    CertificateOut,
    ExceptionIn,
    GateOut,
    NoteIn,
    OwnerAsked,
    OwnerOut,
    PublicationIn,
)
from gridmap.store import certificates, publications, register
from gridmap.store.accounts import Account

router = APIRouter(prefix="/communities/{community}", tags=["publications"])

AskerDep = Annotated[
    Account, Depends(require_role("planner", "approver", "dispatcher", "leader", "admin"))
]
ApproverDep = Annotated[Account, Depends(require_role("approver", "admin"))]


def get_version(community: CommunityDep, number: NumberPath, session: SessionDep) -> int:
    """Give the number of a version that is of this community alone."""
    publications.require_version_of(session, number, community)
    return number


VersionDep = Annotated[int, Depends(get_version)]


@router.get("/versions/{number}/gate", responses=problems(404))  # noqa: FAST003 (as below)
def look_at_gate(
    reader: ReaderDep,
    version: VersionDep,
    session: SessionDep,
    request: Request,
) -> GateOut:
    """Tell what keeps a version from being published."""
    del reader
    language = spoken_language(request)
    found = publications.look_at_gate(session, version)
    return GateOut(is_open=not found, findings=[finding.text(language) for finding in found])


@router.post("/versions/{number}/exceptions", status_code=201, responses=problems(404, 409))  # noqa: FAST003 (get_version takes them)
def sign_exception(
    approver: ApproverDep,
    version: VersionDep,
    given: ExceptionIn,
    session: SessionDep,
    request: Request,
) -> GateOut:
    """Answer for a grid that is out of the rule or without a worker; say what is left."""
    publications.sign_exception(
        session, version, given.code, given.rule, by=approver.name, why=given.why
    )
    return look_at_gate(approver, version, session, request)


@router.post("/versions/{number}/submission", status_code=204, responses=problems(404, 409))  # noqa: FAST003 (get_version takes them)
def submit(
    planner: PlannerDep,
    version: VersionDep,
    given: NoteIn,
    session: SessionDep,
) -> None:
    """Submit a version: from now on nobody changes it."""
    publications.take_step(session, version, "submitted", by=planner.name, note=given.note)


@router.post("/versions/{number}/approval", status_code=204, responses=problems(404, 409))  # noqa: FAST003 (get_version takes them)
def approve(
    approver: ApproverDep,
    version: VersionDep,
    given: NoteIn,
    session: SessionDep,
) -> None:
    """Approve a version that somebody else has submitted."""
    publications.take_step(session, version, "approved", by=approver.name, note=given.note)


@router.post("/versions/{number}/publication", status_code=201, responses=problems(404, 409))  # noqa: FAST003 (get_version takes them)
def publish(
    approver: ApproverDep,
    version: VersionDep,
    given: PublicationIn,
    session: SessionDep,
) -> CertificateOut:
    """Put a version in force that somebody else has approved, and certify it."""
    row = publications.publish(session, version, by=approver.name, valid_from=given.valid_from)
    return CertificateOut.of(row, holds=True)


@router.post("/versions/{number}/filing", status_code=204, responses=problems(404, 409))  # noqa: FAST003 (get_version takes them)
def file(
    clerk: ClerkDep,
    version: VersionDep,
    given: NoteIn,
    session: SessionDep,
) -> None:
    """Note that a published version has gone to the files."""
    publications.take_step(session, version, "filed", by=clerk.name, note=given.note)


@router.get("/versions/{number}/certificate", responses=problems(404))  # noqa: FAST003 (get_version takes them)
def show_certificate(reader: ReaderDep, version: VersionDep, session: SessionDep) -> CertificateOut:
    """Show a certificate, and whether it still holds, computed from the rows as they are."""
    del reader
    holds = certificates.verify_certificate(session, version)
    return CertificateOut.of(certificates.find_certificate(session, version), holds=holds)


@router.get("/owner", responses=problems(404, 409))
def find_owner(
    community: CommunityDep,
    asker: AskerDep,
    session: SessionDep,
    now: NowDep,
    asked: Annotated[OwnerAsked, Query()],
) -> OwnerOut:
    """Tell whose grid a place, a building or a code was in on any day since publication began."""
    del asker
    place = None
    if asked.longitude is not None and asked.latitude is not None:
        place = asked.longitude, asked.latitude
    found = register.find_owner(
        session,
        community,
        at=asked.at or now,
        place=place,
        building=asked.building,
        code=asked.code,
    )
    return OwnerOut.of(found)
