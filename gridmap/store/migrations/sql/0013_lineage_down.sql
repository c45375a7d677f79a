DROP FUNCTION gridmap.admit_service();
ALTER FUNCTION gridmap.admit_service_before_lineage() RENAME TO admit_service;

DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'gridmap_service') THEN
        REVOKE ALL ON gridmap.certificate FROM gridmap_service;
    END IF;
END
$$;
DROP POLICY own ON gridmap.certificate;
ALTER TABLE gridmap.certificate DISABLE ROW LEVEL SECURITY;
DROP TABLE gridmap.lineage;
DROP FUNCTION gridmap.refuse_late_lineage();
