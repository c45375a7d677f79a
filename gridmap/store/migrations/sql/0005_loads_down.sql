ALTER TABLE gridmap.dataset DROP COLUMN loads;
ALTER TABLE gridmap.building DROP COLUMN loads;
ALTER TABLE gridmap.grid
    DROP COLUMN loads,
    DROP CONSTRAINT ck_grid_status_known,
    ADD CONSTRAINT ck_grid_status_known
        CHECK (status IN ('ok', 'over_band', 'under_band', 'over_persons'));
