ALTER TABLE gridmap.account DROP password_expired;
DROP INDEX gridmap.ix_household_read_household_id;
ALTER TABLE gridmap.household_read DROP CONSTRAINT ck_household_read_one_is_one;
ALTER TABLE gridmap.household_read DROP household_id;
