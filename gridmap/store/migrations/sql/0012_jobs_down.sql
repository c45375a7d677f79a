DROP FUNCTION gridmap.admit_service();
ALTER FUNCTION gridmap.admit_service_without_jobs() RENAME TO admit_service;
DROP TABLE gridmap.planning_parcel;
DROP TABLE gridmap.planning_job;
DROP FUNCTION gridmap.number_job_change();
DROP SCHEMA gridmap_queue CASCADE;
