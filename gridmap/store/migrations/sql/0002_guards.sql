-- What only many rows together can tell is checked at the end of a transaction, once for every
-- grid that was touched. So a redraw may move homes and lines in any order, and COPY of a whole
-- city stays fast: there are two hundred times more buildings than grids.
--
-- Areas and distances are taken in the metres the plan was made in. A line that is straight there
-- is not straight in degrees: along one kilometre the two differ by a centimetre.
--
-- Tolerances: planning coordinates lie on a lattice of 0.1 mm, so a border may be off by that much
-- along its whole length, and an anchor on a border by that much; beside that, 1e-6 of the area.

SELECT set_config('search_path', format('gridmap, %I', nspname), true)
FROM pg_extension JOIN pg_namespace n ON n.oid = extnamespace WHERE extname = 'postgis';

CREATE FUNCTION gridmap.slack_m2(shape geometry) RETURNS double precision
LANGUAGE sql IMMUTABLE AS $$
    SELECT 1e-6 * ST_Area(shape) + 1e-4 * ST_Perimeter(shape)
$$;

CREATE FUNCTION gridmap.refuse(rule text, said text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%', said USING ERRCODE = 'check_violation', CONSTRAINT = rule;
END $$;


-- An import is never edited ---------------------------------------------------------------------

CREATE FUNCTION gridmap.refuse_late_rows() RETURNS trigger
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF EXISTS (SELECT FROM touched JOIN dataset ON dataset.id = touched.dataset_id
               WHERE dataset.state = 'complete') THEN
        PERFORM refuse('dataset_is_never_edited',
                       format('A finished dataset is not edited: %s.', TG_TABLE_NAME));
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION gridmap.refuse_update() RETURNS trigger
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    PERFORM refuse('dataset_is_never_edited',
                   format('Imported rows are written once: %s.', TG_TABLE_NAME));
    RETURN NULL;
END $$;

DO $$
DECLARE
    layer text;
BEGIN
    FOREACH layer IN ARRAY ARRAY['community', 'building', 'household', 'road', 'railway', 'water',
        'wall', 'compound', 'dedicated', 'todays_grid', 'worker', 'link', 'balance'] LOOP
        EXECUTE format('CREATE TRIGGER late_insert AFTER INSERT ON gridmap.%I REFERENCING NEW TABLE
            AS touched FOR EACH STATEMENT EXECUTE FUNCTION gridmap.refuse_late_rows()', layer);
        EXECUTE format('CREATE TRIGGER late_delete AFTER DELETE ON gridmap.%I REFERENCING OLD TABLE
            AS touched FOR EACH STATEMENT EXECUTE FUNCTION gridmap.refuse_late_rows()', layer);
        EXECUTE format('CREATE TRIGGER any_update BEFORE UPDATE ON gridmap.%I
            FOR EACH STATEMENT EXECUTE FUNCTION gridmap.refuse_update()', layer);
    END LOOP;
END $$;


-- An import is whole and balanced, or it is not there ---------------------------------------------

CREATE FUNCTION gridmap.check_dataset() RETURNS trigger
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    here dataset;
    binned record;
    wrong text;
BEGIN
    SELECT * INTO here FROM dataset WHERE id = NEW.id;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    IF here.state <> 'complete' THEN
        PERFORM refuse('dataset_is_whole', 'An import ends complete or not at all.');
    END IF;
    SELECT coalesce(sum(households), 0) AS households, coalesce(sum(persons), 0) AS persons
    INTO binned FROM balance WHERE dataset_id = here.id;
    IF (here.ledger_households, here.ledger_persons)
        IS DISTINCT FROM (binned.households, binned.persons) THEN
        PERFORM refuse('bins_add_up_to_ledger', 'The bins do not add up to the ledger.');
    END IF;
    wrong := wrong_bin(here);
    IF wrong IS NOT NULL THEN
        PERFORM refuse('rows_add_up_to_bins', format(
            'The rows do not add up to what bin %s says.', wrong));
    END IF;
    wrong := miscounted_building(here);
    IF wrong IS NOT NULL THEN
        PERFORM refuse('building_counts_its_households', format(
            'Building %s counts others than were placed in it.', wrong));
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION gridmap.wrong_bin(here gridmap.dataset) RETURNS text
LANGUAGE sql STABLE SET search_path FROM CURRENT AS $$
    WITH held AS (
        SELECT bin, count(*) AS households, sum(persons) AS persons FROM household
        WHERE dataset_id = here.id AND here.has_ledger GROUP BY bin
        UNION ALL
        SELECT 'placed', sum(households), sum(persons) FROM building
        WHERE dataset_id = here.id HAVING NOT here.has_ledger
    )
    SELECT b.bin FROM balance b LEFT JOIN held h USING (bin)
    WHERE b.dataset_id = here.id AND (here.has_ledger OR b.bin = 'placed')
        AND (b.households, b.persons) IS DISTINCT FROM
            (coalesce(h.households, 0), coalesce(h.persons, 0))
    ORDER BY b.bin LIMIT 1
$$;

CREATE FUNCTION gridmap.miscounted_building(here gridmap.dataset) RETURNS text
LANGUAGE sql STABLE SET search_path FROM CURRENT AS $$
    SELECT b.building_id
    FROM building b LEFT JOIN (
        SELECT placed_in, count(*) AS households, sum(persons) AS persons FROM household
        WHERE dataset_id = here.id AND bin = 'placed' GROUP BY placed_in
    ) h ON h.placed_in = b.building_id
    WHERE b.dataset_id = here.id AND here.has_ledger
        AND (b.households, b.persons) IS DISTINCT FROM
            (coalesce(h.households, 0), coalesce(h.persons, 0))
    ORDER BY b.building_id LIMIT 1
$$;

CREATE CONSTRAINT TRIGGER whole AFTER INSERT OR UPDATE ON gridmap.dataset
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION gridmap.check_dataset();


-- A grid and what it touches ----------------------------------------------------------------------

CREATE FUNCTION gridmap.count_revision() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    NEW.revision := OLD.revision + 1;
    RETURN NEW;
END $$;

CREATE TRIGGER revision BEFORE UPDATE ON gridmap.grid
FOR EACH ROW EXECUTE FUNCTION gridmap.count_revision();

CREATE FUNCTION gridmap.touch_grids() RETURNS trigger
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    UPDATE grid SET revision = grid.revision
    FROM (SELECT DISTINCT version_id, grid_code FROM touched) moved
    WHERE grid.version_id = moved.version_id AND grid.code = moved.grid_code;
    RETURN NULL;
END $$;

CREATE FUNCTION gridmap.touch_version() RETURNS trigger
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    UPDATE plan_version SET status = status
    WHERE id IN (SELECT version_id FROM touched);
    RETURN NULL;
END $$;

CREATE TRIGGER into_grids AFTER INSERT ON gridmap.assignment REFERENCING NEW TABLE AS touched
FOR EACH STATEMENT EXECUTE FUNCTION gridmap.touch_grids();
CREATE TRIGGER moved_into_grids AFTER UPDATE ON gridmap.assignment REFERENCING NEW TABLE AS touched
FOR EACH STATEMENT EXECUTE FUNCTION gridmap.touch_grids();
CREATE TRIGGER moved_out_of_grids AFTER UPDATE ON gridmap.assignment
REFERENCING OLD TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION gridmap.touch_grids();
CREATE TRIGGER out_of_grids AFTER DELETE ON gridmap.assignment REFERENCING OLD TABLE AS touched
FOR EACH STATEMENT EXECUTE FUNCTION gridmap.touch_grids();
CREATE TRIGGER moved_out_of_version AFTER UPDATE ON gridmap.assignment
REFERENCING OLD TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION gridmap.touch_version();
CREATE TRIGGER out_of_version AFTER DELETE ON gridmap.assignment REFERENCING OLD TABLE AS touched
FOR EACH STATEMENT EXECUTE FUNCTION gridmap.touch_version();
CREATE TRIGGER new_community AFTER INSERT ON gridmap.plan_community
REFERENCING NEW TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION gridmap.touch_version();

CREATE FUNCTION gridmap.check_grid_place(here gridmap.grid, srid integer) RETURNS void
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    shape geometry := ST_Transform(here.geom, srid);
    outside double precision;
    other text;
BEGIN
    SELECT ST_Area(ST_Difference(shape, ST_Transform(geom, srid))) INTO outside
    FROM community WHERE dataset_id = here.dataset_id AND code = here.community_code;
    IF outside > slack_m2(shape) THEN
        PERFORM refuse('grid_inside_community', format(
            'Grid %s lies %s m² outside community %s.', here.code, round(outside::numeric, 2),
            here.community_code));
    END IF;
    SELECT code INTO other FROM grid
    WHERE version_id = here.version_id AND code <> here.code AND geom && here.geom
        AND ST_Area(ST_Intersection(shape, ST_Transform(geom, srid))) > slack_m2(shape)
    ORDER BY code LIMIT 1;
    IF FOUND THEN
        PERFORM refuse('grids_do_not_overlap', format(
            'Grids %s and %s overlap.', here.code, other));
    END IF;
END $$;

CREATE FUNCTION gridmap.check_grid_homes(here gridmap.grid, srid integer) RETURNS void
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    shape geometry := ST_Transform(here.geom, srid);
    held record;
    home text;
BEGIN
    SELECT count(*) AS buildings, coalesce(sum(b.households), 0) AS households,
           coalesce(sum(b.persons), 0) AS persons
    INTO held FROM assignment a JOIN building b USING (dataset_id, building_id)
    WHERE a.version_id = here.version_id AND a.grid_code = here.code;
    IF (held.buildings, held.households, held.persons)
        IS DISTINCT FROM (here.buildings, here.households, here.persons) THEN
        PERFORM refuse('grid_counts_its_homes', format(
            'Grid %s says %s buildings, %s households, %s persons, and holds %s, %s, %s.',
            here.code, here.buildings, here.households, here.persons, held.buildings,
            held.households, held.persons));
    END IF;
    SELECT b.building_id INTO home
    FROM assignment a JOIN building b USING (dataset_id, building_id)
    WHERE a.version_id = here.version_id AND a.grid_code = here.code
        AND NOT ST_Intersects(here.geom, b.anchor)
        AND NOT ST_DWithin(shape, ST_Transform(b.anchor, srid), 1e-4)
    ORDER BY b.building_id LIMIT 1;
    IF FOUND THEN
        PERFORM refuse('home_lies_in_its_grid', format(
            'Building %s does not lie in its grid %s.', home, here.code));
    END IF;
END $$;

CREATE FUNCTION gridmap.check_grid() RETURNS trigger
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    here grid;
    srid integer;
BEGIN
    SELECT * INTO here FROM grid WHERE version_id = NEW.version_id AND code = NEW.code;
    IF NOT FOUND OR here.revision <> NEW.revision THEN
        RETURN NULL;  -- gone, or a later change of it is still to be checked
    END IF;
    -- Two who redraw one community at the same time would not see each other's lines.
    PERFORM FROM plan_community
    WHERE version_id = here.version_id AND community_code = here.community_code
    FOR NO KEY UPDATE;
    SELECT metric_srid INTO srid FROM dataset WHERE id = here.dataset_id;
    PERFORM check_grid_place(here, srid);
    PERFORM check_grid_homes(here, srid);
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER sound AFTER INSERT OR UPDATE ON gridmap.grid
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION gridmap.check_grid();


-- A finished version leaves nobody out --------------------------------------------------------------

CREATE FUNCTION gridmap.check_version() RETURNS trigger
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    here plan_version;
    home text;
BEGIN
    SELECT * INTO here FROM plan_version WHERE id = NEW.id;
    IF NOT FOUND OR here.status = 'planning' THEN
        RETURN NULL;
    END IF;
    SELECT b.building_id INTO home
    FROM plan_community p
    JOIN building b ON b.dataset_id = p.dataset_id AND b.community_code = p.community_code
    LEFT JOIN assignment a ON a.version_id = p.version_id AND a.building_id = b.building_id
    WHERE p.version_id = here.id AND a.building_id IS NULL
    ORDER BY b.building_id LIMIT 1;
    IF FOUND THEN
        PERFORM refuse('nobody_is_left_out', format(
            'Building %s is in no grid of plan %s.', home, here.id));
    END IF;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER nobody_left_out AFTER INSERT OR UPDATE ON gridmap.plan_version
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION gridmap.check_version();
