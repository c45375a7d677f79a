DROP VIEW gridmap_published.buildings, gridmap_published.communities, gridmap_published.grids,
    gridmap_published.grid_history, gridmap_published.term;
DROP FUNCTION gridmap_published.hides_small(), gridmap_published.admit_service();
DROP SCHEMA gridmap_published;
