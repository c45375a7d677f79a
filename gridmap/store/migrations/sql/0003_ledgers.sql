-- Where in a workbook a row stood, what placed it and how surely.

ALTER TABLE gridmap.household
    ADD COLUMN sheet TEXT DEFAULT '' NOT NULL,
    ADD COLUMN confidence DOUBLE PRECISION DEFAULT '0' NOT NULL,
    DROP CONSTRAINT ck_household_placed_by_known,
    ADD CONSTRAINT ck_household_placed_by_known CHECK (placed_by IN
        ('decision', 'building', 'address', 'parsed', 'coordinates', 'nearest', 'kept', ''));

ALTER TABLE gridmap.fault ADD COLUMN sheet TEXT DEFAULT '' NOT NULL;
