-- What was signed for a whole version cannot be kept: there was no place for it.
ALTER TABLE gridmap.signed_exception DISABLE TRIGGER never_edited;
DELETE FROM gridmap.signed_exception WHERE code = '';
ALTER TABLE gridmap.signed_exception ENABLE TRIGGER never_edited;
ALTER TABLE gridmap.signed_exception
    DROP CONSTRAINT ck_signed_exception_grid_or_version,
    DROP CONSTRAINT ck_signed_exception_rule_known,
    DROP CONSTRAINT fk_signed_exception_version_id,
    DROP CONSTRAINT fk_signed_exception_version_id_grid_code,
    DROP grid_code;
ALTER TABLE gridmap.signed_exception
    ADD CONSTRAINT ck_signed_exception_rule_known CHECK (rule IN ('band', 'owner')),
    ADD CONSTRAINT fk_signed_exception_version_id_code FOREIGN KEY (version_id, code)
        REFERENCES gridmap.grid (version_id, code) ON DELETE CASCADE;
