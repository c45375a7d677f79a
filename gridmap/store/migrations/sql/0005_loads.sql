-- Further loads that a rule gives a band of their own, by name.

ALTER TABLE gridmap.dataset ADD COLUMN loads TEXT[] DEFAULT '{}' NOT NULL;
ALTER TABLE gridmap.building ADD COLUMN loads JSONB DEFAULT '{}' NOT NULL;
ALTER TABLE gridmap.grid
    ADD COLUMN loads JSONB DEFAULT '{}' NOT NULL,
    DROP CONSTRAINT ck_grid_status_known,
    ADD CONSTRAINT ck_grid_status_known CHECK (status IN
        ('ok', 'over_band', 'under_band', 'over_persons', 'over_load', 'under_load'));
