"""A published version out of the store, as far as it is filed; and its coverage map."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import geopandas as gpd
import pandas as pd
import shapely
from sqlalchemy import func, select

from gridmap.crs import LONLAT
from gridmap.filing.record import Filing
from gridmap.maps.coverage import coverage_map
from gridmap.schema import LINE
from gridmap.store import plans
from gridmap.store.certificates import canonical, find_certificate
from gridmap.store.datasets import find_dataset
from gridmap.store.layers import read_layer
from gridmap.store.tables import GridRow

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from geopandas import GeoDataFrame
    from sqlalchemy.orm import Session

    from gridmap.maps.page import OfflineMap
    from gridmap.messages import Language
    from gridmap.plan.model import Draft

    Surroundings = Mapping[str, GeoDataFrame]


def read_filing(session: Session, version: int, *, language: Language) -> Filing:
    """
    Read what is filed of a version.

    Parameters
    ----------
    session
        Open transaction, of whoever may read the version: whatever their rights, what they get is
        the same.
    version
        A published one.
    language
        That the coverage map opens in.

    Returns
    -------
    filing
        Without faults, because they may speak of households.

    Raises
    ------
    MissingError
        If there is no such version, or it is not published.
    """
    row = plans.find_version(session, version)
    certificate = find_certificate(session, version)
    draft = replace(plans.read_draft(session, version), faults=())
    communities = sorted(set(draft.grids["community_code"]))
    surroundings = _read_surroundings(session, row.dataset_id, communities)
    return Filing(
        version=version,
        draft=draft,
        certificate=certificate.content,
        sha256=certificate.sha256,
        document=canonical(certificate.content),
        certified=_certified(session, version),
        names=surroundings["communities"]["name"].to_dict(),
        roads=surroundings["roads"],
        water=surroundings["water"],
        page=_drawn(session, row.dataset_id, draft, language, surroundings),
    )


def read_whole_draft(session: Session, version: int) -> Draft:
    """
    Read a stored plan with the faults of its import, missing households among them.

    Parameters
    ----------
    session
        Open transaction.
    version
        Its number.

    Returns
    -------
    draft
        For whoever may see them.
    """
    draft = plans.read_draft(session, version)
    return replace(draft, faults=(*plans.read_import_faults(session, version), *draft.faults))


def draw_coverage(session: Session, version: int, draft: Draft, language: Language) -> OfflineMap:
    """
    Draw a stored plan over the roads and names of its import, the whole of it.

    Parameters
    ----------
    session
        Open transaction.
    version
        Its number.
    draft
        The plan.
    language
        That the page opens in.

    Returns
    -------
    page
        To be written.
    """
    dataset = plans.find_version(session, version).dataset_id
    surroundings = _read_surroundings(session, dataset, None)
    return _drawn(session, dataset, draft, language, surroundings)


def _read_surroundings(
    session: Session, dataset: int, communities: Sequence[str] | None
) -> Surroundings:
    """Read what lies around: of the whole import, or near some communities."""
    return {
        name: read_layer(session, dataset, name, communities=communities)
        for name in ("roads", "railways", "water", "communities")
    }


def _drawn(
    session: Session,
    dataset: int,
    draft: Draft,
    language: Language,
    surroundings: Surroundings,
) -> OfflineMap:
    imported = find_dataset(session, dataset).imported_at
    return coverage_map(
        draft,
        language=language,
        made_at=f"{imported:%Y-%m-%d %H:%M}",
        backdrop=_backdrop(surroundings),
        community_names=surroundings["communities"]["name"].to_dict(),
    )


def _backdrop(surroundings: Surroundings) -> GeoDataFrame:
    """Collect the lines that people find their way by: streets, railways, banks."""
    roads, railways, water = (surroundings[name] for name in ("roads", "railways", "water"))
    banks = water.set_geometry(water.geometry.where(water.geom_type.isin(LINE), water.boundary))
    lines = [
        roads.assign(kind=roads["class"]),
        railways.assign(kind="railway"),
        banks.assign(kind="river"),
    ]
    columns = ["kind", "name", "geometry"]
    return pd.concat([part[columns] for part in lines if len(part)] or [roads.assign(kind="")])


def _certified(session: Session, version: int) -> GeoDataFrame:
    """Read the grids to the bit as the certificate's hash has them: in degrees."""
    row = GridRow
    asked = (
        select(row.code, row.name, row.kind, row.households, row.persons, row.buildings)
        .add_columns(row.worker, row.status, func.ST_AsBinary(row.geom).label("geometry"))
        .where(row.version_id == version)
        .order_by(row.code)
    )
    found = session.execute(asked).all()
    names = [column["name"] for column in asked.column_descriptions]
    frame = pd.DataFrame([tuple(each) for each in found], columns=names)
    shapes = shapely.from_wkb([bytes(shape) for shape in frame["geometry"]])
    return gpd.GeoDataFrame(frame.drop(columns="geometry"), geometry=shapes, crs=LONLAT)
