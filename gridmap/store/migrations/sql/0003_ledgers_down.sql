ALTER TABLE gridmap.fault DROP COLUMN sheet;

ALTER TABLE gridmap.household
    DROP COLUMN sheet,
    DROP COLUMN confidence,
    DROP CONSTRAINT ck_household_placed_by_known,
    ADD CONSTRAINT ck_household_placed_by_known
        CHECK (placed_by IN ('building', 'address', 'coordinates', ''));
