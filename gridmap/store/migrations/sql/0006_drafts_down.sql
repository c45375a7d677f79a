DROP TABLE gridmap.draft_grid, gridmap.draft_snapshot, gridmap.draft_step, gridmap.draft,
    gridmap.terrain;
DROP FUNCTION gridmap.check_draft_whole(), gridmap.refuse_going_back(),
    gridmap.refuse_rewriting(), gridmap.take_step();
