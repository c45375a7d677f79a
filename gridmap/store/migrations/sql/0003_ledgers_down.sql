DROP TABLE gridmap.household_read, gridmap.column_mapping, gridmap.decision, gridmap.offer,
    gridmap.layer_version;
DROP FUNCTION gridmap.refuse_change;
ALTER TABLE gridmap.dataset DROP COLUMN fingerprint;

ALTER TABLE gridmap.fault DROP COLUMN sheet;

ALTER TABLE gridmap.household
    DROP COLUMN sheet,
    DROP COLUMN confidence,
    DROP CONSTRAINT ck_household_placed_by_known,
    ADD CONSTRAINT ck_household_placed_by_known
        CHECK (placed_by IN ('building', 'address', 'coordinates', ''));
