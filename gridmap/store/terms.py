"""What is in force when, as the beginning of a query."""

from typing import Final

IN_FORCE: Final = """
    WITH in_force AS (
        SELECT DISTINCT ON (community_code) community_code, version_id, valid_from
        FROM gridmap.publication WHERE valid_from <= :at
        ORDER BY community_code, valid_from DESC
    )
"""
"""The one version that is in force in each community at a time: the newest that has begun."""
