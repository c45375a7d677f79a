-- Lineage: written when a version is published, between what was in force and what is, and never
-- edited. It says which grid is a child of which, and how counts are restated on either base.

SELECT set_config('search_path', format('gridmap, %I', nspname), true)
FROM pg_extension JOIN pg_namespace n ON n.oid = extnamespace WHERE extname = 'postgis';

CREATE TABLE gridmap.lineage (
    version_id INTEGER NOT NULL,
    community_code TEXT NOT NULL,
    old_code TEXT NOT NULL,
    new_code TEXT NOT NULL,
    old_version INTEGER,
    kind TEXT NOT NULL,
    households INTEGER NOT NULL,
    share_of_area DOUBLE PRECISION NOT NULL,
    measure TEXT NOT NULL,
    part BIGINT NOT NULL,
    whole BIGINT NOT NULL,
    back_measure TEXT NOT NULL,
    back_part BIGINT NOT NULL,
    back_whole BIGINT NOT NULL,
    CONSTRAINT pk_lineage PRIMARY KEY (version_id, community_code, old_code, new_code),
    CONSTRAINT fk_lineage_version_id_community_code FOREIGN KEY (version_id, community_code)
        REFERENCES gridmap.publication (version_id, community_code),
    CONSTRAINT fk_lineage_old_version_community_code FOREIGN KEY (old_version, community_code)
        REFERENCES gridmap.publication (version_id, community_code),
    CONSTRAINT ck_lineage_kind_known CHECK (kind IN (
        'same', 'renamed', 'split', 'merge', 'redrawn', 'moved_line',
        'new', 'ended', 'ground', 'outside')),
    CONSTRAINT ck_lineage_measure_known CHECK (measure IN ('', 'households', 'ground')),
    CONSTRAINT ck_lineage_back_measure_known CHECK (back_measure IN ('', 'households', 'ground')),
    CONSTRAINT ck_lineage_of_a_grid CHECK (old_code <> '' OR new_code <> ''),
    CONSTRAINT ck_lineage_old_is_of_a_version CHECK (old_version IS NOT NULL OR old_code = ''),
    CONSTRAINT ck_lineage_area_is_share CHECK (share_of_area BETWEEN 0 AND 1),
    CONSTRAINT ck_lineage_part_of_whole CHECK (part BETWEEN 0 AND whole),
    CONSTRAINT ck_lineage_back_part_of_whole CHECK (back_part BETWEEN 0 AND back_whole),
    CONSTRAINT ck_lineage_households_counted CHECK (households >= 0)
);
CREATE INDEX ix_lineage_community_code_old_version
    ON gridmap.lineage (community_code, old_version);

CREATE TRIGGER never_edited BEFORE UPDATE OR DELETE ON gridmap.lineage
    FOR EACH ROW EXECUTE FUNCTION gridmap.refuse_rewriting();

-- It is written before the certificate, in the transaction that publishes, and not added to later.
CREATE FUNCTION gridmap.refuse_late_lineage() RETURNS trigger
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    version integer;
BEGIN
    SELECT t.version_id INTO version FROM touched t JOIN certificate USING (version_id) LIMIT 1;
    IF FOUND THEN
        PERFORM refuse('lineage_before_certificate', format(
            'Version %s is published: its lineage is not added to.', version));
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER before_certificate AFTER INSERT ON gridmap.lineage
    REFERENCING NEW TABLE AS touched FOR EACH STATEMENT
    EXECUTE FUNCTION gridmap.refuse_late_lineage();


-- Who may read it, and the certificates that a filing pack holds ----------------------------------

ALTER TABLE gridmap.lineage ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON gridmap.lineage FOR SELECT USING (
    (SELECT gridmap.acts_everywhere())
    OR community_code = ANY ((SELECT gridmap.own_communities())::text[])
);

-- A certificate speaks of all communities of its version: only who acts in every one reads it.
ALTER TABLE gridmap.certificate ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON gridmap.certificate FOR SELECT USING (
    (SELECT gridmap.acts_everywhere())
    OR (
        (SELECT gridmap.own_communities()) IS NOT NULL
        AND NOT EXISTS (
            SELECT FROM gridmap.plan_community c
            WHERE c.version_id = certificate.version_id
            AND c.community_code <> ALL ((SELECT gridmap.own_communities())::text[])
        )
    )
);

-- What was granted so far is granted as before; this adds to it.
ALTER FUNCTION gridmap.admit_service() RENAME TO admit_service_before_lineage;

CREATE FUNCTION gridmap.admit_service() RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    IF NOT gridmap.admit_service_before_lineage() THEN
        RETURN false;
    END IF;
    GRANT SELECT ON gridmap.lineage, gridmap.certificate TO gridmap_service;
    RETURN true;
END
$$;

SELECT gridmap.admit_service();
