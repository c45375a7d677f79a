-- What a plan says of the shape of each grid, and why it looks so.

ALTER TABLE gridmap.grid
    ADD COLUMN neck_m DOUBLE PRECISION,
    ADD COLUMN enclosed_by TEXT DEFAULT '' NOT NULL,
    ADD COLUMN why JSONB,
    ADD CONSTRAINT ck_grid_neck_measured CHECK (neck_m >= 0),
    ADD CONSTRAINT ck_grid_enclosed_by_another CHECK (enclosed_by <> code);
