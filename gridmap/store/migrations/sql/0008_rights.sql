-- What an account of the service may read at all, whatever a query says.
--
-- The service connects as the owner of these tables and, for one transaction, becomes
-- `gridmap_service`, which may read but not write and which the policies below hold for. They hold
-- for nobody in particular, so that they can be restored where that role is not there yet; the
-- owner, and so every command of the library, goes past them.


-- Who acts ----------------------------------------------------------------------------------------
--
-- These read accounts for somebody who may not, and say only what is theirs. A policy asks them in
-- a subquery, which is answered once a query and not once a row.

CREATE FUNCTION gridmap.acting_account() RETURNS integer LANGUAGE sql STABLE AS $$
    SELECT nullif(current_setting('gridmap.account', true), '')::integer
$$;

CREATE FUNCTION gridmap.acting_role() RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT role FROM gridmap.account WHERE id = gridmap.acting_account() AND is_active
$$;

CREATE FUNCTION gridmap.acting_name() RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT name FROM gridmap.account WHERE id = gridmap.acting_account() AND is_active
$$;

CREATE FUNCTION gridmap.acts_everywhere() RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT EXISTS (
        SELECT FROM gridmap.account
        WHERE id = gridmap.acting_account() AND is_active AND everywhere
    )
$$;

CREATE FUNCTION gridmap.own_areas() RETURNS SETOF text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT code FROM gridmap.account_area WHERE account_id = gridmap.acting_account()
$$;

CREATE FUNCTION gridmap.own_communities() RETURNS text[] LANGUAGE sql STABLE AS $$
    SELECT ARRAY(SELECT gridmap.own_areas()) WHERE gridmap.acting_role() <> 'worker'
$$;

-- Who has to find a household. A leader reads figures, an administrator keeps accounts.
CREATE FUNCTION gridmap.finds_households() RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT coalesce(gridmap.acting_role() IN ('planner', 'approver', 'dispatcher'), false)
$$;

-- The grids that count now: of every community, those of the newest finished plan.
CREATE FUNCTION gridmap.versions_in_force() RETURNS TABLE (community_code text, version_id integer)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT c.community_code, max(c.version_id)
    FROM gridmap.plan_community c
    JOIN gridmap.plan_version v ON v.id = c.version_id AND v.status <> 'planning'
    GROUP BY 1
$$;

CREATE FUNCTION gridmap.own_grids() RETURNS TABLE (version_id integer, code text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT g.version_id, g.code
    FROM gridmap.grid g
    JOIN gridmap.versions_in_force() f USING (version_id, community_code)
    WHERE gridmap.acting_role() = 'worker' AND g.code IN (SELECT gridmap.own_areas())
$$;

CREATE FUNCTION gridmap.own_buildings() RETURNS TABLE (dataset_id integer, building_id text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT a.dataset_id, a.building_id
    FROM gridmap.own_grids() g
    JOIN gridmap.assignment a ON a.version_id = g.version_id AND a.grid_code = g.code
$$;


-- What is whose -----------------------------------------------------------------------------------

ALTER TABLE gridmap.grid ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON gridmap.grid FOR SELECT USING (
    (SELECT gridmap.acts_everywhere())
    OR community_code = ANY ((SELECT gridmap.own_communities())::text[])
    OR (version_id, code) IN (SELECT g.version_id, g.code FROM gridmap.own_grids() g)
);

-- The grids that are read here are those that the policy above lets through.
ALTER TABLE gridmap.assignment ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON gridmap.assignment FOR SELECT USING (
    (version_id, grid_code) IN (SELECT g.version_id, g.code FROM gridmap.grid g)
);

ALTER TABLE gridmap.microgrid ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON gridmap.microgrid FOR SELECT USING (
    (version_id, grid_code) IN (SELECT g.version_id, g.code FROM gridmap.grid g)
);

ALTER TABLE gridmap.building ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON gridmap.building FOR SELECT USING (
    (SELECT gridmap.acts_everywhere())
    OR community_code = ANY ((SELECT gridmap.own_communities())::text[])
    OR (dataset_id, building_id) IN (SELECT b.dataset_id, b.building_id FROM gridmap.own_buildings() b)
);

ALTER TABLE gridmap.household ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON gridmap.household FOR SELECT USING (
    (
        (SELECT gridmap.finds_households())
        AND (
            (SELECT gridmap.acts_everywhere())
            OR community_code = ANY ((SELECT gridmap.own_communities())::text[])
        )
    )
    OR (dataset_id, placed_in) IN (SELECT b.dataset_id, b.building_id FROM gridmap.own_buildings() b)
);

-- Who reads a household is written down in the same transaction, under the reader's own name.
ALTER TABLE gridmap.household_read ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON gridmap.household_read FOR INSERT
    WITH CHECK (who = gridmap.acting_name());
CREATE POLICY written ON gridmap.household_read FOR SELECT USING (true);


-- The role the service acts in --------------------------------------------------------------------
--
-- Roles belong to the whole server. Whoever may not make one asks an administrator for
--     CREATE ROLE gridmap_service NOLOGIN; GRANT gridmap_service TO <owner of these tables>;
-- and this is tried again whenever the service starts, as it is after a restore elsewhere.

CREATE FUNCTION gridmap.admit_service() RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    BEGIN
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'gridmap_service') THEN
            CREATE ROLE gridmap_service NOLOGIN;
        END IF;
        IF NOT pg_has_role('gridmap_service', 'MEMBER') THEN
            EXECUTE format('GRANT gridmap_service TO %I', current_user);
        END IF;
    EXCEPTION
        -- It is not ours to make, or another database's migration makes it this very moment.
        WHEN insufficient_privilege OR duplicate_object OR unique_violation THEN NULL;
    END;
    IF NOT EXISTS (
        SELECT FROM pg_roles
        WHERE rolname = 'gridmap_service' AND NOT rolsuper AND NOT rolbypassrls
        AND pg_has_role(oid, 'MEMBER')
    ) THEN
        RETURN false;
    END IF;
    GRANT USAGE ON SCHEMA gridmap TO gridmap_service;
    GRANT SELECT ON
        gridmap.grid, gridmap.assignment, gridmap.microgrid, gridmap.building, gridmap.household,
        gridmap.dataset, gridmap.balance, gridmap.community, gridmap.plan_version,
        gridmap.plan_community, gridmap.road, gridmap.railway, gridmap.water, gridmap.wall,
        gridmap.compound, gridmap.dedicated, gridmap.link
        TO gridmap_service;
    GRANT INSERT, SELECT (id, read_at) ON gridmap.household_read TO gridmap_service;
    RETURN true;
END
$$;

SELECT gridmap.admit_service();
