-- A look at a single household says at which one, so that whoever lives there can be told who looked.

ALTER TABLE gridmap.household_read ADD household_id text NOT NULL DEFAULT '';
ALTER TABLE gridmap.household_read ADD CONSTRAINT ck_household_read_one_is_one
    CHECK (household_id = '' OR households = 1);
CREATE INDEX ix_household_read_household_id ON gridmap.household_read (household_id)
    WHERE household_id <> '';

-- A password that somebody else made is good for choosing another.
ALTER TABLE gridmap.account ADD password_expired boolean NOT NULL DEFAULT false;
