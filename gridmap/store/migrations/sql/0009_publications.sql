-- Publication: a version is submitted, approved, published and filed, by different people; what is
-- in force on a day follows from the days publications begin on, so there is always exactly one.

SELECT set_config('search_path', format('gridmap, %I', nspname), true)
FROM pg_extension JOIN pg_namespace n ON n.oid = extnamespace WHERE extname = 'postgis';

CREATE TABLE gridmap.signed_exception (
    version_id INTEGER NOT NULL,
    code TEXT NOT NULL,
    rule TEXT NOT NULL,
    why TEXT NOT NULL,
    signed_by TEXT NOT NULL,
    signed_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT pk_signed_exception PRIMARY KEY (version_id, code, rule),
    CONSTRAINT fk_signed_exception_version_id_code FOREIGN KEY (version_id, code)
        REFERENCES gridmap.grid (version_id, code) ON DELETE CASCADE,
    CONSTRAINT ck_signed_exception_rule_known CHECK (rule IN ('band', 'owner')),
    CONSTRAINT ck_signed_exception_has_why CHECK (why <> ''),
    CONSTRAINT ck_signed_exception_is_signed CHECK (signed_by <> '')
);

CREATE TABLE gridmap.version_step (
    version_id INTEGER NOT NULL,
    step TEXT NOT NULL,
    taken_by TEXT NOT NULL,
    taken_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
    way TEXT NOT NULL,
    note TEXT DEFAULT '' NOT NULL,
    CONSTRAINT pk_version_step PRIMARY KEY (version_id, step),
    CONSTRAINT fk_version_step_version_id FOREIGN KEY (version_id)
        REFERENCES gridmap.plan_version (id),
    CONSTRAINT ck_version_step_step_known
        CHECK (step IN ('submitted', 'approved', 'published', 'filed')),
    CONSTRAINT ck_version_step_way_known CHECK (way IN ('service', 'command')),
    CONSTRAINT ck_version_step_has_name CHECK (taken_by <> '')
);

CREATE TABLE gridmap.publication (
    version_id INTEGER NOT NULL,
    community_code TEXT NOT NULL,
    valid_from TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_publication PRIMARY KEY (version_id, community_code),
    CONSTRAINT fk_publication_version_id_community_code
        FOREIGN KEY (version_id, community_code)
        REFERENCES gridmap.plan_community (version_id, community_code)
);
CREATE UNIQUE INDEX uq_publication_in_force ON gridmap.publication (community_code, valid_from);

CREATE TABLE gridmap.certificate (
    version_id INTEGER NOT NULL,
    content JSONB NOT NULL,
    sha256 TEXT NOT NULL,
    CONSTRAINT pk_certificate PRIMARY KEY (version_id),
    CONSTRAINT fk_certificate_version_id FOREIGN KEY (version_id)
        REFERENCES gridmap.plan_version (id),
    CONSTRAINT ck_certificate_hash_is_whole CHECK (length(sha256) = 64)
);


-- Step after step, and never twice by the same hand -----------------------------------------------

CREATE FUNCTION gridmap.take_version_step() RETURNS trigger
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    steps CONSTANT text[] := ARRAY['submitted', 'approved', 'published', 'filed'];
    place CONSTANT integer := array_position(steps, NEW.step);
    before version_step;
BEGIN
    IF (SELECT status FROM plan_version WHERE id = NEW.version_id) IS DISTINCT FROM 'draft' THEN
        PERFORM refuse('only_whole_versions_go_on', format(
            'Version %s is not finished.', NEW.version_id));
    END IF;
    IF place > 1 THEN
        SELECT * INTO before FROM version_step
        WHERE version_id = NEW.version_id AND step = steps[place - 1];
        IF NOT FOUND THEN
            PERFORM refuse('steps_in_order', format(
                'Version %s is not %s yet.', NEW.version_id, steps[place - 1]));
        END IF;
        IF NEW.way = 'service' AND NEW.step <> 'filed' AND before.taken_by = NEW.taken_by THEN
            PERFORM refuse('four_eyes', format(
                'Version %s was %s by %s: somebody else has to go on.',
                NEW.version_id, before.step, before.taken_by));
        END IF;
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER in_order BEFORE INSERT ON gridmap.version_step
    FOR EACH ROW EXECUTE FUNCTION gridmap.take_version_step();


-- What is in force follows what was, and no code comes back ---------------------------------------

CREATE FUNCTION gridmap.take_publication() RETURNS trigger
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    last record;
    again text;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended(NEW.community_code, 7));
    IF NOT EXISTS (SELECT FROM version_step
                   WHERE version_id = NEW.version_id AND step = 'published') THEN
        PERFORM refuse('only_published_is_in_force', format(
            'Version %s is not published.', NEW.version_id));
    END IF;
    SELECT version_id, valid_from INTO last FROM publication
    WHERE community_code = NEW.community_code ORDER BY valid_from DESC LIMIT 1;
    IF last.valid_from >= NEW.valid_from THEN
        PERFORM refuse('days_go_on', format(
            'What is in force in %s from %s on cannot be followed from %s on.',
            NEW.community_code, last.valid_from, NEW.valid_from));
    END IF;
    SELECT g.code INTO again FROM grid g
    WHERE g.version_id = NEW.version_id AND g.community_code = NEW.community_code
        AND EXISTS (SELECT FROM publication p JOIN grid was ON was.version_id = p.version_id
                    WHERE p.community_code = NEW.community_code AND was.code = g.code)
        AND NOT EXISTS (SELECT FROM grid was
                        WHERE was.version_id = last.version_id AND was.code = g.code)
    ORDER BY 1 LIMIT 1;
    IF again IS NOT NULL THEN
        PERFORM refuse('codes_never_come_back', format(
            'Code %s was in force once and has ended: it is not used again.', again));
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER follows BEFORE INSERT ON gridmap.publication
    FOR EACH ROW EXECUTE FUNCTION gridmap.take_publication();


-- What was written down stays ---------------------------------------------------------------------

DO $$
DECLARE
    kept text;
BEGIN
    FOREACH kept IN ARRAY ARRAY['signed_exception', 'version_step', 'publication', 'certificate']
    LOOP
        EXECUTE format('CREATE TRIGGER never_edited BEFORE UPDATE OR DELETE ON gridmap.%I
            FOR EACH ROW EXECUTE FUNCTION gridmap.refuse_rewriting()', kept);
    END LOOP;
END $$;

CREATE FUNCTION gridmap.refuse_late_signature() RETURNS trigger
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF EXISTS (SELECT FROM version_step
               WHERE version_id = NEW.version_id AND step = 'published') THEN
        PERFORM refuse('signed_before_published', format(
            'Version %s is published: its exceptions are signed before.', NEW.version_id));
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER before_published BEFORE INSERT ON gridmap.signed_exception
    FOR EACH ROW EXECUTE FUNCTION gridmap.refuse_late_signature();

CREATE FUNCTION gridmap.refuse_changing_published() RETURNS trigger
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    version integer;
BEGIN
    SELECT t.version_id INTO version FROM touched t
    JOIN version_step s ON s.version_id = t.version_id AND s.step = 'submitted' LIMIT 1;
    IF FOUND THEN
        PERFORM refuse('submitted_is_never_edited', format(
            'Version %s has been submitted: it is not changed any more.', version));
    END IF;
    RETURN NULL;
END $$;

DO $$
DECLARE
    held text;
    act text;
BEGIN
    FOREACH held IN ARRAY ARRAY['grid', 'assignment', 'microgrid'] LOOP
        FOREACH act IN ARRAY ARRAY['INSERT', 'UPDATE', 'DELETE'] LOOP
            EXECUTE format('CREATE TRIGGER submitted_%s AFTER %s ON gridmap.%I
                REFERENCING %s TABLE AS touched FOR EACH STATEMENT
                EXECUTE FUNCTION gridmap.refuse_changing_published()',
                lower(act), act, held, CASE act WHEN 'DELETE' THEN 'OLD' ELSE 'NEW' END);
        END LOOP;
    END LOOP;
END $$;
