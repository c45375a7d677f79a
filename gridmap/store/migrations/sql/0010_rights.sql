-- What an account of the service may read at all, whatever a query says.
--
-- The service connects as the owner of these tables and, for one transaction, becomes
-- `gridmap_service`, which reads, and writes drafts, only as far as the policies below let it. They
-- name no role, so that they can be restored where that one is not there yet; the owner, and so
-- every command of the library, goes past them.


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

-- Where they may redraw.
CREATE FUNCTION gridmap.plans_in(community text) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT coalesce(
        gridmap.acting_role() IN ('planner', 'admin')
        AND (gridmap.acts_everywhere() OR community = ANY (gridmap.own_communities())),
        false
    )
$$;

-- Who has to find a household. A leader reads figures, an administrator keeps accounts.
CREATE FUNCTION gridmap.finds_households() RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT coalesce(gridmap.acting_role() IN ('planner', 'approver', 'dispatcher'), false)
$$;

-- A worker answers for a grid once it is published, and only while it is in force.
CREATE FUNCTION gridmap.versions_in_force() RETURNS TABLE (community_code text, version_id integer)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT DISTINCT ON (community_code) community_code, version_id
    FROM gridmap.publication WHERE valid_from <= now()
    ORDER BY community_code, valid_from DESC
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

-- A fault may say where a household was looked for.
ALTER TABLE gridmap.fault ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON gridmap.fault FOR SELECT USING (
    (SELECT gridmap.finds_households())
    AND (
        (SELECT gridmap.acts_everywhere())
        OR community_code = ANY ((SELECT gridmap.own_communities())::text[])
    )
);

-- Where the others are posted is no worker's business.
ALTER TABLE gridmap.worker ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON gridmap.worker FOR SELECT USING ((SELECT gridmap.acting_role()) <> 'worker');

-- Drafts are read by whoever acts in their community and redrawn by its planners, each under their
-- own name. The draft that is read here is one that its policy lets through.
ALTER TABLE gridmap.terrain ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON gridmap.terrain FOR SELECT USING (
    (SELECT gridmap.acts_everywhere())
    OR community_code = ANY ((SELECT gridmap.own_communities())::text[])
);
CREATE POLICY planned ON gridmap.terrain FOR INSERT WITH CHECK (gridmap.plans_in(community_code));

ALTER TABLE gridmap.draft ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON gridmap.draft FOR SELECT USING (
    (SELECT gridmap.acts_everywhere())
    OR community_code = ANY ((SELECT gridmap.own_communities())::text[])
);
CREATE POLICY planned ON gridmap.draft FOR INSERT
    WITH CHECK (gridmap.plans_in(community_code) AND created_by = gridmap.acting_name());
CREATE POLICY redrawn ON gridmap.draft FOR UPDATE USING (gridmap.plans_in(community_code));

DO $$
DECLARE
    part text;
BEGIN
    FOREACH part IN ARRAY ARRAY['draft_step', 'draft_snapshot', 'draft_grid']
    LOOP
        EXECUTE format('ALTER TABLE gridmap.%I ENABLE ROW LEVEL SECURITY', part);
        EXECUTE format('CREATE POLICY own ON gridmap.%I FOR SELECT USING (
            draft_id IN (SELECT d.id FROM gridmap.draft d))', part);
    END LOOP;
END
$$;
CREATE POLICY planned ON gridmap.draft_step FOR INSERT WITH CHECK (
    made_by = gridmap.acting_name()
    AND draft_id IN (SELECT d.id FROM gridmap.draft d WHERE gridmap.plans_in(d.community_code))
);
CREATE POLICY planned ON gridmap.draft_snapshot FOR INSERT WITH CHECK (
    draft_id IN (SELECT d.id FROM gridmap.draft d WHERE gridmap.plans_in(d.community_code))
);
CREATE POLICY planned ON gridmap.draft_grid FOR INSERT WITH CHECK (
    draft_id IN (SELECT d.id FROM gridmap.draft d WHERE gridmap.plans_in(d.community_code))
);
CREATE POLICY replaced ON gridmap.draft_grid FOR DELETE USING (
    draft_id IN (SELECT d.id FROM gridmap.draft d WHERE gridmap.plans_in(d.community_code))
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
        gridmap.compound, gridmap.dedicated, gridmap.link, gridmap.todays_grid, gridmap.worker,
        gridmap.fault, gridmap.publication, gridmap.version_step, gridmap.terrain, gridmap.draft, gridmap.draft_step,
        gridmap.draft_snapshot, gridmap.draft_grid
        TO gridmap_service;
    GRANT INSERT ON
        gridmap.terrain, gridmap.draft, gridmap.draft_step, gridmap.draft_snapshot,
        gridmap.draft_grid
        TO gridmap_service;
    GRANT UPDATE (name, head) ON gridmap.draft TO gridmap_service;
    GRANT DELETE ON gridmap.draft_grid TO gridmap_service;
    GRANT INSERT, SELECT (id, read_at) ON gridmap.household_read TO gridmap_service;
    RETURN true;
END
$$;

SELECT gridmap.admit_service();
