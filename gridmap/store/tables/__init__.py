"""
The tables: imported layers, the ledger, plan versions and their grids.

A *dataset* is one import: all layers of one day, written once and never edited. A *plan version*
divides communities of one dataset into grids. Everything lies in a schema of its own, `gridmap`,
so that a county's PostGIS can hold it beside its other tables and rights can be given as a whole.

What a row may not be is said here where one row can tell. What only many rows can tell (a grid
inside its community, no overlap, counts that add up) is kept by the triggers in `migrations/`.
Geometry is EPSG:4326.
"""

from gridmap.store.tables.accounts import (
    ROLES,
    AccountAreaRow,
    AccountRow,
    ApiTokenRow,
    Role,
    SignInAttemptRow,
    SignInRow,
)
from gridmap.store.tables.base import SCHEMA, Base
from gridmap.store.tables.drafts import (
    DraftGridRow,
    DraftRow,
    DraftSnapshotRow,
    DraftStepRow,
    TerrainRow,
)
from gridmap.store.tables.imported import (
    BalanceRow,
    BuildingRow,
    CommunityRow,
    CompoundRow,
    DatasetRow,
    DedicatedRow,
    HouseholdRow,
    LinkRow,
    RailwayRow,
    RoadRow,
    TodaysGridRow,
    WallRow,
    WaterRow,
    WorkerRow,
)
from gridmap.store.tables.jobs import (
    JOB_STATES,
    JobState,
    PlanningJobRow,
    PlanningParcelRow,
)
from gridmap.store.tables.planned import (
    AssignmentRow,
    FaultRow,
    GridRow,
    MicrogridRow,
    PlanCommunityRow,
    PlanVersionRow,
)
from gridmap.store.tables.published import (
    DESCENT,
    CertificateRow,
    LineageRow,
    PublicationRow,
    SignedExceptionRow,
    VersionStepRow,
)
from gridmap.store.tables.reconciled import (
    ColumnMappingRow,
    DecisionRow,
    HouseholdReadRow,
    LayerVersionRow,
    OfferRow,
)

__all__ = [
    "DESCENT",
    "JOB_STATES",
    "ROLES",
    "SCHEMA",
    "AccountAreaRow",
    "AccountRow",
    "ApiTokenRow",
    "AssignmentRow",
    "BalanceRow",
    "Base",
    "BuildingRow",
    "CertificateRow",
    "ColumnMappingRow",
    "CommunityRow",
    "CompoundRow",
    "DatasetRow",
    "DecisionRow",
    "DedicatedRow",
    "DraftGridRow",
    "DraftRow",
    "DraftSnapshotRow",
    "DraftStepRow",
    "FaultRow",
    "GridRow",
    "HouseholdReadRow",
    "HouseholdRow",
    "JobState",
    "LayerVersionRow",
    "LineageRow",
    "LinkRow",
    "MicrogridRow",
    "OfferRow",
    "PlanCommunityRow",
    "PlanVersionRow",
    "PlanningJobRow",
    "PlanningParcelRow",
    "PublicationRow",
    "RailwayRow",
    "RoadRow",
    "Role",
    "SignInAttemptRow",
    "SignInRow",
    "SignedExceptionRow",
    "TerrainRow",
    "TodaysGridRow",
    "VersionStepRow",
    "WallRow",
    "WaterRow",
    "WorkerRow",
]
