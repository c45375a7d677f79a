"""
The certificate of a publication: what was certified, and a hash that can be computed again.

Nothing in it is kept twice: it is put together from the rows as they are, now and at any time.
"""

from __future__ import annotations

import hashlib
import json
from datetime import UTC
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select, text

from gridmap.errors import MissingError
from gridmap.messages import Message
from gridmap.store.audit import count_balance
from gridmap.store.datasets import find_dataset
from gridmap.store.plans import find_version
from gridmap.store.tables import (
    CertificateRow,
    GridRow,
    LayerVersionRow,
    PublicationRow,
    SignedExceptionRow,
    VersionStepRow,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

FORM: Final = 1
"""Of the certificate: a program that reads it can tell what it will find."""


def is_published(session: Session, version: int) -> bool:
    """
    Tell whether a version has a certificate.

    Parameters
    ----------
    session
        Open transaction.
    version
        Its number.

    Returns
    -------
    is_published
        Whether it was ever in force.
    """
    return session.get(CertificateRow, version) is not None


def find_certificate(session: Session, version: int) -> CertificateRow:
    """
    Find the certificate of a version.

    Parameters
    ----------
    session
        Open transaction.
    version
        Its number.

    Returns
    -------
    row
        What was certified, and its hash.

    Raises
    ------
    MissingError
        If the version has no certificate.
    """
    row = session.get(CertificateRow, version)
    if row is None:
        raise MissingError(Message("store.not_published", {"version": version}))
    return row


def verify_certificate(session: Session, version: int) -> bool:
    """
    Compute a certificate again from the rows as they are.

    Parameters
    ----------
    session
        Open transaction.
    version
        A published one.

    Returns
    -------
    holds
        Whether all that was certified is still so, and the hash is that of it.

    Raises
    ------
    MissingError
        If the version has no certificate.
    """
    row = find_certificate(session, version)
    now = hash_of(certify(session, version))
    return now == row.sha256 == hash_of(row.content)


def hash_of(content: dict[str, Any]) -> str:
    """
    Give the hash of what was certified.

    Parameters
    ----------
    content
        Plain values.

    Returns
    -------
    sha256
        In hexadecimal, over JSON in UTF-8 with keys in order and no spaces.
    """
    return hashlib.sha256(canonical(content)).hexdigest()


def canonical(content: dict[str, Any]) -> bytes:
    """
    Write what was certified in the one form that its hash is of.

    Parameters
    ----------
    content
        Plain values.

    Returns
    -------
    document
        JSON in UTF-8 with keys in order and no spaces.
    """
    plain = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return plain.encode()


def certify(session: Session, version: int) -> dict[str, Any]:
    """
    Put together what is certified, from the rows as they are.

    Parameters
    ----------
    session
        Open transaction.
    version
        A published one.

    Returns
    -------
    content
        Plain values: the balance sheet, the rule, the data it was made from, its grids as one
        hash, who signed what exception and who took which step.
    """
    row = find_version(session, version)
    begins = select(PublicationRow.valid_from).where(PublicationRow.version_id == version).limit(1)
    return {
        "form": FORM,
        "version": version,
        "valid_from": _utc(session.scalars(begins).one()),
        "balance": count_balance(session, row).to_dict(),
        "rules": row.rules,
        "data": _data(session, row.dataset_id),
        "grids": {
            "count": len(grids_of(session, version)),
            "sha256": str(session.execute(text(_GRIDS_HASH), {"version": version}).scalar_one()),
        },
        "exceptions": [
            {
                "code": signed.code,
                "rule": signed.rule,
                "why": signed.why,
                "by": signed.signed_by,
                "at": _utc(signed.signed_at),
            }
            for signed in exceptions_of(session, version)
        ],
        "steps": _steps(session, version),
    }


def _data(session: Session, dataset: int) -> dict[str, Any]:
    """Name the import, and what each of its layers held."""
    row = find_dataset(session, dataset)
    layers = session.scalars(
        select(LayerVersionRow)
        .where(LayerVersionRow.dataset_id == dataset)
        .order_by(LayerVersionRow.layer)
    )
    return {
        "dataset": dataset,
        "imported_at": _utc(row.imported_at),
        "fingerprint": row.fingerprint,
        "layers": {layer.layer: layer.fingerprint for layer in layers},
    }


def _steps(session: Session, version: int) -> list[dict[str, str]]:
    """List who took which step; filing comes after the certificate."""
    taken = session.scalars(
        select(VersionStepRow)
        .where(VersionStepRow.version_id == version, VersionStepRow.step != "filed")
        .order_by(VersionStepRow.taken_at)
    )
    return [
        {"step": each.step, "by": each.taken_by, "at": _utc(each.taken_at), "way": each.way}
        for each in taken
    ]


def _utc(when: datetime) -> str:
    return when.astimezone(UTC).isoformat()


def grids_of(session: Session, version: int) -> Sequence[GridRow]:
    """
    Give the grids of a version.

    Parameters
    ----------
    session
        Open transaction.
    version
        Its number.

    Returns
    -------
    grids
        In the order of their codes.
    """
    asked = select(GridRow).where(GridRow.version_id == version).order_by(GridRow.code)
    return session.scalars(asked).all()


def exceptions_of(session: Session, version: int) -> Sequence[SignedExceptionRow]:
    """
    Give the exceptions of a version that somebody has signed for.

    Parameters
    ----------
    session
        Open transaction.
    version
        Its number.

    Returns
    -------
    exceptions
        In the order of the codes.
    """
    asked = select(SignedExceptionRow).where(SignedExceptionRow.version_id == version)
    order = SignedExceptionRow.code, SignedExceptionRow.rule
    return session.scalars(asked.order_by(*order)).all()


_GRIDS_HASH: Final = """
    SELECT encode(
        sha256(convert_to(coalesce(string_agg(one.line, chr(10) ORDER BY one.line), ''), 'UTF8')),
        'hex')
    FROM (
        SELECT concat_ws('|', g.code, g.name, g.kind, g.households, g.persons, g.buildings,
                         g.worker, g.status, encode(sha256(ST_AsBinary(g.geom)), 'hex'),
                         string_agg(a.building_id, ',' ORDER BY a.building_id)) AS line
        FROM gridmap.grid g
        LEFT JOIN gridmap.assignment a ON a.version_id = g.version_id AND a.grid_code = g.code
        WHERE g.version_id = :version
        GROUP BY g.version_id, g.code
    ) one
"""
