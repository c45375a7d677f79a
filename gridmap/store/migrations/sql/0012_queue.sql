-- The queue's own tables and functions have a schema of their own: they are its library's, and
-- nothing of ours is named as they are. What follows this file is run in it.

CREATE SCHEMA gridmap_queue;
SET LOCAL search_path TO gridmap_queue;
