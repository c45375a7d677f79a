DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'gridmap_service') THEN
        REVOKE ALL ON ALL TABLES IN SCHEMA gridmap FROM gridmap_service;
        REVOKE UPDATE (name, head) ON gridmap.draft FROM gridmap_service;
        REVOKE INSERT, SELECT (id, read_at) ON gridmap.household_read FROM gridmap_service;
        REVOKE ALL ON SCHEMA gridmap FROM gridmap_service;
    END IF;
END
$$;

DROP FUNCTION gridmap.admit_service();

DO $$
DECLARE
    held record;
BEGIN
    FOR held IN SELECT tablename, policyname FROM pg_policies WHERE schemaname = 'gridmap'
    LOOP
        EXECUTE format('DROP POLICY %I ON gridmap.%I', held.policyname, held.tablename);
        EXECUTE format('ALTER TABLE gridmap.%I DISABLE ROW LEVEL SECURITY', held.tablename);
    END LOOP;
END
$$;

DROP FUNCTION gridmap.own_buildings();
DROP FUNCTION gridmap.own_grids();
DROP FUNCTION gridmap.versions_in_force();
DROP FUNCTION gridmap.finds_households();
DROP FUNCTION gridmap.plans_in(text);
DROP FUNCTION gridmap.own_communities();
DROP FUNCTION gridmap.own_areas();
DROP FUNCTION gridmap.acts_everywhere();
DROP FUNCTION gridmap.acting_name();
DROP FUNCTION gridmap.acting_role();
DROP FUNCTION gridmap.acting_account();
