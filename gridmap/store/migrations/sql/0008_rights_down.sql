DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'gridmap_service') THEN
        REVOKE ALL ON ALL TABLES IN SCHEMA gridmap FROM gridmap_service;
        REVOKE INSERT, SELECT (id, read_at) ON gridmap.household_read FROM gridmap_service;
        REVOKE ALL ON SCHEMA gridmap FROM gridmap_service;
    END IF;
END
$$;

DROP FUNCTION gridmap.admit_service();

DROP POLICY written ON gridmap.household_read;
DROP POLICY own ON gridmap.household_read;
ALTER TABLE gridmap.household_read DISABLE ROW LEVEL SECURITY;
DROP POLICY own ON gridmap.household;
ALTER TABLE gridmap.household DISABLE ROW LEVEL SECURITY;
DROP POLICY own ON gridmap.building;
ALTER TABLE gridmap.building DISABLE ROW LEVEL SECURITY;
DROP POLICY own ON gridmap.microgrid;
ALTER TABLE gridmap.microgrid DISABLE ROW LEVEL SECURITY;
DROP POLICY own ON gridmap.assignment;
ALTER TABLE gridmap.assignment DISABLE ROW LEVEL SECURITY;
DROP POLICY own ON gridmap.grid;
ALTER TABLE gridmap.grid DISABLE ROW LEVEL SECURITY;

DROP FUNCTION gridmap.own_buildings();
DROP FUNCTION gridmap.own_grids();
DROP FUNCTION gridmap.versions_in_force();
DROP FUNCTION gridmap.finds_households();
DROP FUNCTION gridmap.own_communities();
DROP FUNCTION gridmap.own_areas();
DROP FUNCTION gridmap.acts_everywhere();
DROP FUNCTION gridmap.acting_name();
DROP FUNCTION gridmap.acting_role();
DROP FUNCTION gridmap.acting_account();
