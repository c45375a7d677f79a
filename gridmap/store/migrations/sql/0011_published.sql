-- What is published, for whoever reads the database itself or asks for it over OGC API: grids in
-- force and as they were, and what is in them. No household is here, only how many there are.
--
-- These views read with the rights of who asks, so the policies of the tables hold in them too.

SELECT set_config('search_path', format('gridmap, %I', nspname), true)
FROM pg_extension JOIN pg_namespace n ON n.oid = extnamespace WHERE extname = 'postgis';

CREATE SCHEMA gridmap_published;
COMMENT ON SCHEMA gridmap_published IS
    'Published grids, now and as they were, with the communities and buildings they cover';

-- A leader's map shows no figure under five.
CREATE FUNCTION gridmap_published.hides_small() RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT coalesce(gridmap.acting_role() = 'leader', false)
$$;

CREATE VIEW gridmap_published.term WITH (security_invoker = true) AS
SELECT version_id, community_code, valid_from,
    lead(valid_from) OVER (PARTITION BY community_code ORDER BY valid_from) AS valid_to
FROM gridmap.publication;
COMMENT ON VIEW gridmap_published.term IS
    'From when until when a version is in force in a community; valid_to is NULL until another follows';

CREATE VIEW gridmap_published.grid_history WITH (security_invoker = true) AS
SELECT g.version_id || '.' || g.code AS id, g.code, g.name, g.community_code, g.kind,
    CASE WHEN g.households BETWEEN 1 AND 4 AND (SELECT gridmap_published.hides_small())
        THEN NULL ELSE g.households END AS households,
    CASE WHEN g.persons BETWEEN 1 AND 4 AND (SELECT gridmap_published.hides_small())
        THEN NULL ELSE g.persons END AS persons,
    g.buildings, g.area_m2, g.worker, g.status, t.valid_from, t.valid_to, g.geom
FROM gridmap_published.term t JOIN gridmap.grid g USING (version_id, community_code);
COMMENT ON VIEW gridmap_published.grid_history IS
    'Every grid that was ever published, from when until when it was in force';

CREATE VIEW gridmap_published.grids WITH (security_invoker = true) AS
SELECT * FROM gridmap_published.grid_history
WHERE valid_from <= now() AND (valid_to IS NULL OR valid_to > now());
COMMENT ON VIEW gridmap_published.grids IS 'The grids in force now';

-- The communities that have a grid which is there for whoever asks, and the figures of just those.
CREATE VIEW gridmap_published.communities WITH (security_invoker = true) AS
SELECT t.version_id || '.' || c.code AS id, c.code, c.name, s.grids,
    CASE WHEN s.households BETWEEN 1 AND 4 AND (SELECT gridmap_published.hides_small())
        THEN NULL ELSE s.households END AS households,
    CASE WHEN s.persons BETWEEN 1 AND 4 AND (SELECT gridmap_published.hides_small())
        THEN NULL ELSE s.persons END AS persons,
    t.valid_from, t.valid_to, c.geom
FROM gridmap_published.term t
JOIN gridmap.plan_version v ON v.id = t.version_id
JOIN gridmap.community c ON c.dataset_id = v.dataset_id AND c.code = t.community_code
JOIN LATERAL (
    SELECT count(*)::integer AS grids, sum(g.households)::integer AS households,
        sum(g.persons)::integer AS persons
    FROM gridmap.grid g
    WHERE g.version_id = t.version_id AND g.community_code = t.community_code
) s ON s.grids > 0
WHERE t.valid_from <= now() AND (t.valid_to IS NULL OR t.valid_to > now());
COMMENT ON VIEW gridmap_published.communities IS 'The communities whose grids are in force now';

CREATE VIEW gridmap_published.buildings WITH (security_invoker = true) AS
SELECT b.dataset_id || '.' || b.building_id AS id, b.building_id, a.grid_code, b.community_code,
    b.name, b.use,
    CASE WHEN b.households BETWEEN 1 AND 4 AND (SELECT gridmap_published.hides_small())
        THEN NULL ELSE b.households END AS households,
    CASE WHEN b.persons BETWEEN 1 AND 4 AND (SELECT gridmap_published.hides_small())
        THEN NULL ELSE b.persons END AS persons,
    t.valid_from, t.valid_to, b.geom
FROM gridmap_published.term t
JOIN gridmap.plan_version v ON v.id = t.version_id
JOIN gridmap.building b ON b.dataset_id = v.dataset_id AND b.community_code = t.community_code
JOIN gridmap.assignment a ON a.version_id = t.version_id AND a.building_id = b.building_id
WHERE t.valid_from <= now() AND (t.valid_to IS NULL OR t.valid_to > now());
COMMENT ON VIEW gridmap_published.buildings IS
    'The buildings of the grids in force now, with the number of their households and persons';

-- As gridmap.admit_service does for the tables: tried again whenever the service starts.
CREATE FUNCTION gridmap_published.admit_service() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'gridmap_service') THEN
        GRANT USAGE ON SCHEMA gridmap_published TO gridmap_service;
        GRANT SELECT ON ALL TABLES IN SCHEMA gridmap_published TO gridmap_service;
    END IF;
END
$$;

SELECT gridmap_published.admit_service();
