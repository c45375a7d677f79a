"""Which collection of OGC API a route is about, and what it answers of it."""

from typing import Annotated

from fastapi import Depends, Path, Query
from tipg.collections import PgCollection

from api.schemas.ogc import PlainAsked
from gridmap.store import published


async def get_collection(
    collection_id: Annotated[str, Path(alias="collectionId", max_length=80, examples=["grids"])],
) -> PgCollection:
    """Find the collection of a route's `{collectionId}`."""
    return published.find_collection(collection_id)


CollectionDep = Annotated[PgCollection, Depends(get_collection)]
PlainDep = Annotated[PlainAsked, Query()]
