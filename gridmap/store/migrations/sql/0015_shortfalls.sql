-- Households that are in no grid, because they have no place or more than one, keep a version from
-- being published like a grid out of the rule: unless somebody signs. Such a signature is of the
-- whole version and names no grid.

ALTER TABLE gridmap.signed_exception DROP CONSTRAINT fk_signed_exception_version_id_code;
ALTER TABLE gridmap.signed_exception DROP CONSTRAINT ck_signed_exception_rule_known;
ALTER TABLE gridmap.signed_exception
    ADD grid_code text GENERATED ALWAYS AS (nullif(code, '')) STORED;
ALTER TABLE gridmap.signed_exception
    ADD CONSTRAINT fk_signed_exception_version_id_grid_code FOREIGN KEY (version_id, grid_code)
        REFERENCES gridmap.grid (version_id, code) ON DELETE CASCADE,
    ADD CONSTRAINT fk_signed_exception_version_id FOREIGN KEY (version_id)
        REFERENCES gridmap.plan_version (id) ON DELETE CASCADE,
    ADD CONSTRAINT ck_signed_exception_rule_known
        CHECK (rule IN ('band', 'owner', 'no_place', 'conflict')),
    ADD CONSTRAINT ck_signed_exception_grid_or_version
        CHECK ((code = '') = (rule IN ('no_place', 'conflict')));
