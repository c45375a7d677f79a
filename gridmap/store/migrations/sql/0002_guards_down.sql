DROP FUNCTION gridmap.refuse_late_rows, gridmap.refuse_update, gridmap.check_dataset,
    gridmap.count_revision, gridmap.touch_grids, gridmap.touch_version, gridmap.check_grid,
    gridmap.check_version CASCADE;
DROP FUNCTION gridmap.wrong_bin, gridmap.miscounted_building, gridmap.check_grid_place,
    gridmap.check_grid_homes, gridmap.refuse, gridmap.slack_m2;
