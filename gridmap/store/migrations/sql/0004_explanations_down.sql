ALTER TABLE gridmap.grid
    DROP COLUMN neck_m,
    DROP COLUMN enclosed_by,
    DROP COLUMN why;
