DO $$
DECLARE
    held text;
    act text;
BEGIN
    FOREACH held IN ARRAY ARRAY['grid', 'assignment', 'microgrid'] LOOP
        FOREACH act IN ARRAY ARRAY['insert', 'update', 'delete'] LOOP
            EXECUTE format('DROP TRIGGER submitted_%s ON gridmap.%I', act, held);
        END LOOP;
    END LOOP;
END $$;
DROP TABLE gridmap.certificate, gridmap.publication, gridmap.version_step, gridmap.signed_exception;
DROP FUNCTION gridmap.refuse_changing_published(), gridmap.refuse_late_signature(),
    gridmap.take_publication(), gridmap.take_version_step();
